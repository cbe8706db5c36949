// The metrics of streams: each number at its labels, and never more series than promised.

#include "admin/stream_exposition.h"

#include <gtest/gtest.h>

#include <map>
#include <sstream>
#include <string>

#include "tests/admin/fake_service.h"

namespace awps::admin {
namespace {

std::map<std::string, double> samples_of(const std::vector<StreamView>& streams) {
  MetricWriter out;
  write_streams(out, streams);
  std::istringstream lines(out.take());
  std::map<std::string, double> samples;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    const size_t blank = line.rfind(' ');
    EXPECT_TRUE(samples.emplace(line.substr(0, blank), std::stod(line.substr(blank + 1))).second)
        << line;
  }
  return samples;
}

/// A stream of so many partitions, of which each has a lag of 3 and 1 to 5 seconds of age.
StreamView stream_of(int partitions) {
  StreamView stream{.name = "orders", .state = "running", .max_ahead = 10};
  for (int i = 0; i < partitions; ++i) {
    stream.partitions.push_back({.number = i,
                                 .lag = 3,
                                 .ahead = 2,
                                 .wait = i % 2 == 0 ? "room" : "ending",
                                 .oldest = OldestRecordView{.seconds = 1.0 + i % 5}});
  }
  return stream;
}

TEST(StreamExposition, HasEveryCount) {
  const StreamView stream = sample_status().streams[0];
  const auto samples = samples_of({stream});
#define AWPS_EXPECT(field, name, help) \
  EXPECT_EQ(samples.at(name "{stream=\"orders\"}"), static_cast<double>(stream.values.field));
  AWPS_STREAM_COUNTERS(AWPS_EXPECT)
#undef AWPS_EXPECT
#define AWPS_EXPECT(field, label)                                                            \
  EXPECT_EQ(samples.at(AWPS_STREAM_COMMITS_NAME "{stream=\"orders\",result=\"" label "\"}"), \
            static_cast<double>(stream.values.field));
  AWPS_STREAM_COMMITS(AWPS_EXPECT)
#undef AWPS_EXPECT
#define AWPS_EXPECT(field, label)                                                             \
  EXPECT_EQ(samples.at(AWPS_STREAM_REBALANCES_NAME "{stream=\"orders\",kind=\"" label "\"}"), \
            static_cast<double>(stream.values.field));
  AWPS_STREAM_REBALANCES(AWPS_EXPECT)
#undef AWPS_EXPECT
}

TEST(StreamExposition, HasTheGaugesOfEachPartition) {
  const auto samples = samples_of(sample_status().streams);
  const std::string third = "{stream=\"orders\",partition=\"3\"}";
  const std::string eleventh = "{stream=\"orders\",partition=\"11\"}";
  EXPECT_EQ(samples.at("awpsd_stream_lag" + third), 300'000);
  EXPECT_EQ(samples.at("awpsd_stream_ahead" + third), 5000);
  EXPECT_EQ(samples.at("awpsd_stream_oldest_seconds" + third), 61.5);
  EXPECT_EQ(samples.at("awpsd_stream_partition_waits" + third), 1);
  EXPECT_EQ(samples.count("awpsd_stream_lag" + eleventh), 0U) << "it is not known";
  EXPECT_EQ(samples.at("awpsd_stream_ahead" + eleventh), 0);
  EXPECT_EQ(samples.at("awpsd_stream_oldest_seconds" + eleventh), 0);
  EXPECT_EQ(samples.at("awpsd_stream_partition_waits" + eleventh), 0);
}

TEST(StreamExposition, SaysTheStateOfAStream) {
  const std::string orders = "{stream=\"orders\"}";
  const auto troubled = samples_of(sample_status().streams);
  EXPECT_EQ(troubled.at("awpsd_stream_troubled" + orders), 1);
  EXPECT_EQ(troubled.at("awpsd_stream_owned" + orders), 2);
  EXPECT_EQ(troubled.at("awpsd_stream_max_ahead" + orders), 5000);
  EXPECT_EQ(troubled.at("awpsd_stream_partitions" + orders), 64);
  for (const std::string_view word : kStreamStateWords) {
    StreamView stream = stream_of(0);
    stream.state = word;
    const auto samples = samples_of({stream});
    EXPECT_EQ(samples.at("awpsd_stream_troubled" + orders), word == "troubled" ? 1 : 0) << word;
    EXPECT_EQ(samples.at("awpsd_stream_owned" + orders), 0) << word;
    EXPECT_EQ(samples.count("awpsd_stream_partitions" + orders), 0U) << "they are not known";
  }
}

TEST(StreamExposition, HasNoMoreSeriesOfPartitionsThanPromised) {
  const auto series_of_partitions = [](int partitions) {
    size_t series = 0;
    for (const auto& [name, value] : samples_of({stream_of(partitions)})) {
      if (name.find("partition=") != std::string::npos) ++series;
    }
    return series;
  };
  EXPECT_EQ(series_of_partitions(64), kMostPartitionSeries) << "all that may be";
  EXPECT_EQ(series_of_partitions(65), 0U);
  EXPECT_EQ(series_of_partitions(10'000), 0U);
}

TEST(StreamExposition, SumsThePartitionsThatHaveNoRoom) {
  StreamView stream = stream_of(100);
  stream.partitions[7].lag = std::nullopt;
  const auto samples = samples_of({stream});
  const std::string orders = "{stream=\"orders\"}";
  EXPECT_EQ(samples.at("awpsd_stream_lag" + orders), 99 * 3) << "what is not known is left out";
  EXPECT_EQ(samples.at("awpsd_stream_ahead" + orders), 200);
  EXPECT_EQ(samples.at("awpsd_stream_oldest_seconds" + orders), 5) << "the highest";
  EXPECT_EQ(samples.at("awpsd_stream_partition_waits" + orders), 50);
  EXPECT_EQ(samples.at("awpsd_stream_owned" + orders), 100);
}

TEST(StreamExposition, KeepsStreamsApart) {
  StreamView other = stream_of(1);
  other.name = "news";
  const auto samples = samples_of({stream_of(100), other});
  EXPECT_EQ(samples.at("awpsd_stream_lag{stream=\"orders\"}"), 300);
  EXPECT_EQ(samples.at("awpsd_stream_lag{stream=\"news\",partition=\"0\"}"), 3);
}

}  // namespace
}  // namespace awps::admin
