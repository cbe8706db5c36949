// The metrics: against a golden file, the table, promtool, and the law of the actions.

#include "admin/exposition.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>

#include "base/check.h"
#include "tests/admin/fake_service.h"

namespace awps::admin {
namespace {

constexpr ProcessFacts kFacts{.cpu_seconds = 1.25,
                              .open_fds = 17,
                              .max_fds = 1024,
                              .resident_bytes = 12345678,
                              .virtual_bytes = 123456789,
                              .threads = 6};

std::string sample() {
  return exposition(sample_status(), kFacts);
}

/// {"name{labels}": value}
std::map<std::string, double> samples_of(const std::string& text) {
  std::map<std::string, double> samples;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    const size_t blank = line.rfind(' ');
    const bool is_new =
        samples.emplace(line.substr(0, blank), std::stod(line.substr(blank + 1))).second;
    EXPECT_TRUE(is_new) << line;
  }
  return samples;
}

TEST(Exposition, IsAsInTheGoldenFile) {
  std::ifstream file(AWPS_EXPOSITION_GOLDEN);
  std::stringstream golden;
  golden << file.rdbuf();
  if (golden.str() != sample()) {
    std::ofstream("exposition.new") << sample();
    FAIL() << "it differs; if that is meant, take over exposition.new of this folder as "
           << AWPS_EXPOSITION_GOLDEN;
  }
}

/// What promtool says of the text, and "exit N" where that is not 0.
std::string promtool(const std::string& text) {
  const std::string path = testing::TempDir() + "exposition." + std::to_string(::getpid());
  std::ofstream(path) << text;
  FILE* pipe = ::popen(("promtool check metrics < " + path + " 2>&1").c_str(), "r");
  AWPS_CHECK(pipe != nullptr);
  std::string output;
  char buffer[4096];
  while (const size_t count = std::fread(buffer, 1, sizeof buffer, pipe)) {
    output.append(buffer, count);
  }
  const int status = ::pclose(pipe);
  std::remove(path.c_str());
  if (status != 0) output += "exit " + std::to_string(WEXITSTATUS(status));
  return output;
}

TEST(Exposition, PleasesPromtool) {
  EXPECT_EQ(promtool(sample()), "");
}

TEST(Exposition, PleasesPromtoolWhateverIsInItsLabels) {
  ServiceStatus status = sample_status();
  status.hubs[0].name = "a\"b\\c\nd\xff\x01 {}=,";
  status.endpoints[0].url = "http://\xe2\x82/\\";
  EXPECT_EQ(promtool(exposition(status, kFacts)), "");
  const std::string text = exposition(status, kFacts);
  EXPECT_NE(text.find(R"(awpsd_ready{hub="a\"b\\c\nd?? {}=,"} 1)"), std::string::npos);
}

TEST(Exposition, OfNothingPleasesPromtool) {
  EXPECT_EQ(promtool(exposition({}, {})), "");
}

TEST(Exposition, HasEveryMetricOfTheTableWithHelpAndType) {
  const std::string text = sample();
#define AWPS_EXPECT(field, name, help, type)                                        \
  EXPECT_NE(text.find("# HELP " name " " help "\n# TYPE " name " " type "\n" name), \
            std::string::npos)                                                      \
      << name;
#define AWPS_COUNTER(field, name, help) AWPS_EXPECT(field, name, help, "counter")
#define AWPS_GAUGE(field, name, help) AWPS_EXPECT(field, name, help, "gauge")
#define AWPS_HISTOGRAM(field, name, help) AWPS_EXPECT(field, name, help, "histogram")
  AWPS_HUB_COUNTERS(AWPS_COUNTER)
  AWPS_HUB_GAUGES(AWPS_GAUGE)
  AWPS_HUB_HISTOGRAMS(AWPS_HISTOGRAM)
  AWPS_SPOOL_COUNTERS(AWPS_COUNTER)
  AWPS_SPOOL_GAUGES(AWPS_GAUGE)
  AWPS_SPOOL_HISTOGRAMS(AWPS_HISTOGRAM)
  AWPS_INTAKE_COUNTERS(AWPS_COUNTER)
  AWPS_STREAM_COUNTERS(AWPS_COUNTER)
#undef AWPS_HISTOGRAM
#undef AWPS_GAUGE
#undef AWPS_COUNTER
#undef AWPS_EXPECT
}

TEST(Exposition, HasTheNumbersOfEachHub) {
  const ServiceStatus status = sample_status();
  const auto samples = samples_of(sample());
  for (const HubStatus& hub : status.hubs) {
    const std::string label = "{hub=\"" + hub.name + "\"}";
#define AWPS_EXPECT(field, name, help)                                        \
  EXPECT_EQ(samples.at(name + label),                                         \
            static_cast<double>(hub.values.field) /                           \
                (std::string_view(#field) == "busy_nanoseconds" ? 1e9 : 1.0)) \
      << name;
    AWPS_HUB_COUNTERS(AWPS_EXPECT)
    AWPS_HUB_GAUGES(AWPS_EXPECT)
#undef AWPS_EXPECT
  }
#define AWPS_EXPECT(field, name, help) \
  EXPECT_EQ(samples.at(name), static_cast<double>(status.intake.field)) << name;
  AWPS_INTAKE_COUNTERS(AWPS_EXPECT)
#undef AWPS_EXPECT
}

TEST(Exposition, HasTheNumbersOfEachLog) {
  const SpoolStatus spool = *sample_status().hubs[0].spool;
  const auto samples = samples_of(sample());
#define AWPS_EXPECT(field, name, help)                                            \
  EXPECT_EQ(samples.at(name "{hub=\"chat\"}"),                                    \
            static_cast<double>(spool.values.field) /                             \
                (std::string_view(#field) == "recovery_nanoseconds" ? 1e9 : 1.0)) \
      << name;
  AWPS_SPOOL_COUNTERS(AWPS_EXPECT)
  AWPS_SPOOL_GAUGES(AWPS_EXPECT)
#undef AWPS_EXPECT
#define AWPS_EXPECT(field, call)                                                   \
  EXPECT_EQ(samples.at(AWPS_SPOOL_ERRORS_NAME "{hub=\"chat\",call=\"" call "\"}"), \
            static_cast<double>(spool.values.field))                               \
      << call;
  AWPS_SPOOL_ERRORS(AWPS_EXPECT)
#undef AWPS_EXPECT
  EXPECT_EQ(samples.at("awpsd_spool_oldest_seconds{hub=\"chat\"}"), 2.5);
  EXPECT_EQ(samples.at("awpsd_spool_max_bytes{hub=\"chat\"}"), 1073741824);
  EXPECT_EQ(samples.at("awpsd_spool_commit_seconds_count{hub=\"chat\"}"),
            static_cast<double>(spool.values.commit.total()));
}

TEST(Exposition, HasTheRoomOfAllLogs) {
  const auto samples = samples_of(sample());
  EXPECT_EQ(samples.at("awpsd_spool_all_max_bytes"), 4'000'012);
  EXPECT_EQ(samples.at("awpsd_spool_free_bytes"), 4'000'013);
  EXPECT_EQ(samples.at("awpsd_spool_min_free_bytes"), 4'000'014);
}

TEST(Exposition, HasNothingOfALogForAHubWithoutOne) {
  for (const auto& [name, value] : samples_of(sample())) {
    const bool is_of_a_log = name.starts_with("awpsd_spool_") &&
                             !name.starts_with("awpsd_spool_duplicates_total") &&
                             name.find('{') != std::string::npos;
    EXPECT_FALSE(is_of_a_log && name.find("telemetry") != std::string::npos) << name;
  }
}

TEST(Exposition, KeepsTheLawOfTheActions) {
  const auto samples = samples_of(sample());
  for (const std::string hub : {"chat", "telemetry"}) {
    const auto of = [&](const std::string& name) {
      return samples.at("awpsd_actions_" + name + "{hub=\"" + hub + "\"}");
    };
    EXPECT_EQ(of("accepted_total"), of("queued") + of("active") + of("deferred") +
                                        of("delivered_total") + of("superseded_total") +
                                        of("dead_lettered_total") + of("expired_total") +
                                        of("abandoned_total") + of("returned_total"));
  }
}

TEST(Exposition, HasHistogramsWhoseBucketsAddUp) {
  const auto samples = samples_of(sample());
  const std::string hub = "{hub=\"chat\"";
  const HistogramValues values = sample_status().hubs[0].values.delivery;
  double before = 0;
  for (const Duration bound : Histogram::bounds()) {
    std::ostringstream le;
    le << to_seconds(bound);
    const double count =
        samples.at("awpsd_delivery_seconds_bucket" + hub + ",le=\"" + le.str() + "\"}");
    EXPECT_GE(count, before);
    before = count;
  }
  const double all = static_cast<double>(values.total());
  EXPECT_EQ(samples.at("awpsd_delivery_seconds_bucket" + hub + ",le=\"+Inf\"}"), all);
  EXPECT_EQ(samples.at("awpsd_delivery_seconds_count" + hub + "}"), all);
  EXPECT_EQ(samples.at("awpsd_delivery_seconds_sum" + hub + "}"), values.sum_seconds);
  EXPECT_EQ(before, all - static_cast<double>(values.counts.back()));
}

TEST(Exposition, SaysTheStates) {
  ServiceStatus status = sample_status();
  status.hubs[0].state = HubState::kPaused;
  status.hubs[0].not_ready = "held";
  status.hubs[1].state = HubState::kDrained;
  status.endpoints[0].state = "held";
  status.endpoints[0].hold = "failing";
  status.endpoints[0].seconds_left = 2.5;
  const auto samples = samples_of(exposition(status, kFacts));
  const std::string endpoint = "{endpoint=\"https://example.webpubsub.azure.com\"}";
  EXPECT_EQ(samples.at("awpsd_ready{hub=\"chat\"}"), 0);
  EXPECT_EQ(samples.at("awpsd_ready{hub=\"telemetry\"}"), 1);
  EXPECT_EQ(samples.at("awpsd_hub_paused{hub=\"chat\"}"), 1);
  EXPECT_EQ(samples.at("awpsd_hub_paused{hub=\"telemetry\"}"), 0);
  EXPECT_EQ(samples.at("awpsd_hub_draining{hub=\"telemetry\"}"), 1);
  EXPECT_EQ(samples.at("awpsd_endpoint_paused" + endpoint), 0);
  EXPECT_EQ(samples.at("awpsd_endpoint_wait_seconds" + endpoint), 2.5);
}

TEST(Exposition, SaysWhyAnEndpointIsHeld) {
  struct Row {
    const char* hold;
    std::array<double, 4> values;  // by the order of kHoldWords
  };
  static constexpr Row kRows[] = {{"", {0, 0, 0, 0}},
                                  {"unreachable", {1, 0, 0, 0}},
                                  {"failing", {0, 1, 0, 0}},
                                  {"credential", {0, 0, 1, 0}},
                                  {"endpoint_at_fault", {0, 0, 0, 1}}};
  for (const Row& row : kRows) {
    ServiceStatus status = sample_status();
    status.endpoints[0].hold = row.hold;
    const auto samples = samples_of(exposition(status, kFacts));
    std::array<double, 4> values{};
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = samples.at("awpsd_endpoint_held{endpoint=\"" + status.endpoints[0].url +
                             "\",reason=\"" + std::string(kHoldWords[i]) + "\"}");
    }
    EXPECT_EQ(values, row.values) << row.hold;
  }
}

TEST(Exposition, SaysWhatIsLearntOfTargetsAndRules) {
  const auto samples = samples_of(sample());
  const std::string endpoint = "{endpoint=\"https://example.webpubsub.azure.com\"";
  EXPECT_EQ(samples.at("awpsd_suspect_targets" + endpoint + "}"), 1);
  EXPECT_EQ(samples.at("awpsd_rule_off" + endpoint + ",rule=\"fan_out\"}"), 1);
  EXPECT_EQ(samples.at("awpsd_rule_off" + endpoint + ",rule=\"bulk_membership\"}"), 0);
  EXPECT_EQ(samples.at("awpsd_rule_off" + endpoint + ",rule=\"merge\"}"), 0);
}

TEST(Exposition, SaysByWhichEvidenceAttemptsWereCharged) {
  const ServiceStatus status = sample_status();
  const auto samples = samples_of(sample());
  for (const HubStatus& hub : status.hubs) {
    const std::string name = "awpsd_charged_attempts_total{hub=\"" + hub.name + "\",evidence=";
    EXPECT_EQ(samples.at(name + "\"answered\"}"), static_cast<double>(hub.values.charged_answered));
    EXPECT_EQ(samples.at(name + "\"healthy\"}"), static_cast<double>(hub.values.charged_healthy));
  }
}

TEST(Exposition, LeavesOutWhatAWorkerThatDidNotAnswerKnows) {
  const auto samples = samples_of(sample());
  EXPECT_EQ(samples.at("awpsd_dead_letters{hub=\"chat\"}"), 301);
  EXPECT_EQ(samples.at("awpsd_dead_letters_dropped_total{hub=\"chat\"}"), 303);
  EXPECT_EQ(samples.at("awpsd_dead_letters_unwritten{hub=\"chat\"}"), 304);
  EXPECT_EQ(samples.at("awpsd_worker_answers{hub=\"chat\"}"), 1);
  EXPECT_EQ(samples.at("awpsd_worker_answers{hub=\"telemetry\"}"), 0);
  EXPECT_EQ(samples.count("awpsd_dead_letters{hub=\"telemetry\"}"), 0U);
}

TEST(ProcessFacts, AreThoseOfThisProcess) {
  const ProcessFacts before = process_facts();
  EXPECT_GT(before.resident_bytes, 1'000'000U);
  EXPECT_GT(before.virtual_bytes, before.resident_bytes);
  EXPECT_GT(before.cpu_seconds, 0);
  EXPECT_GE(before.threads, 1U);
  EXPECT_GT(before.max_fds, before.open_fds);
  const int fd = ::dup(0);
  EXPECT_EQ(process_facts().open_fds, before.open_fds + 1);
  ::close(fd);
}

}  // namespace
}  // namespace awps::admin
