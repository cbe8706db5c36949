// What the intake counts is what producers wrote: each counter, exactly.

#include <array>
#include <memory>

#include "tests/socket/intake_law.h"
#include "tests/socket/server_harness.h"

namespace awps {
namespace {

/// Lines of one producer, and what they count for.
struct Text {
  std::string text;
  uint64_t lines = 0;
  uint64_t actions = 0;
  uint64_t rejected = 0;
  uint64_t warnings = 0;
};

std::array<Text, 4> texts() {
  const std::string a = line_of("a");
  const std::string element = a.substr(0, a.size() - 1);
  return {
      Text{.text = hello("accepted") + a + a, .lines = 3, .actions = 2},
      // The last line has no line feed.
      Text{.text = "\n}\n" + a + "null", .lines = 4, .actions = 3, .rejected = 2},
      Text{
          .text = "[" + element + ",7," + element + "]\n", .lines = 1, .actions = 3, .rejected = 1},
      Text{.text = line_of("a", R"(,"orderngKey":"b")") + line_of("a", R"(,"orderngKey":"b")"),
           .lines = 2,
           .actions = 2,
           .warnings = 2}};
}

class IntakeCounts : public testing::TestWithParam<int> {};

TEST_P(IntakeCounts, WhatProducersWrote) {
  TestServer server({.threads = GetParam()});
  IntakeValues wanted;
  for (const Text& written : texts()) {
    UnixClient client(server.path);
    ASSERT_TRUE(client.write(written.text));
    client.end_output();
    client.read_all();
    ++wanted.connections;
    wanted.bytes += written.text.size();
    wanted.lines += written.lines;
    wanted.actions += written.actions;
    wanted.rejected += written.rejected;
    wanted.warnings += written.warnings;
  }
  server.finish();
  const IntakeValues values = sum_of(server.counters);
#define AWPS_EXPECT(field, ...) EXPECT_EQ(values.field, wanted.field) << #field;
  AWPS_INTAKE_COUNTERS(AWPS_EXPECT)
#undef AWPS_EXPECT
}

INSTANTIATE_TEST_SUITE_P(Threads, IntakeCounts, testing::Values(1, 2),
                         testing::PrintToStringParamName());

TEST(IntakeCounters, ARefusedConnectionIsNoConnection) {
  ServerOptions options;
  options.server.access.users = {::getuid() + 1};
  TestServer server(options);
  UnixClient client(server.path);
  client.read_all();
  server.finish();
  const IntakeValues values = sum_of(server.counters);
  EXPECT_EQ(values.connections_refused, 1U);
  EXPECT_EQ(values.connections, 0U);
  EXPECT_EQ(values.bytes, 0U);
}

TEST(IntakeCounters, AProducerThatWaitsForRoomWasPausedOnce) {
  ServerOptions options;
  options.chat.budget = {.max_bytes = 1000, .max_producer_share = 1};
  TestServer server(options);
  server.chat.hold();
  std::string lines;
  for (int i = 0; i < 20'000; ++i) lines += line_of(std::to_string(i));
  UnixClient full(server.path);
  ASSERT_LT(full.write_until_blocked(lines, std::chrono::milliseconds(200)), lines.size());
  // The only thread answers this one, so it has done with the other.
  UnixClient other(server.path);
  ASSERT_TRUE(other.write(hello("none")));
  ASSERT_NE(other.read_line(), "");
  EXPECT_EQ(server.counters[0].paused_reads.value(), 1U);
}

}  // namespace
}  // namespace awps
