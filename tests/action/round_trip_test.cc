// decode(encode(action)) is the action, whatever valid action it is; and encoding is stable.

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "action/encoder.h"
#include "base/random.h"
#include "recording_visitor.h"
#include "tests/support/random_actions.h"

namespace awps {
namespace {

// A seed in AWPS_TEST_SEED repeats a run.
uint64_t chosen_seed() {
  const char* given = std::getenv("AWPS_TEST_SEED");
  return given == nullptr ? seed_from_system() : std::strtoull(given, nullptr, 10);
}

TEST(RoundTrip, KeepsEveryRandomAction) {
  const uint64_t seed = chosen_seed();
  SCOPED_TRACE("AWPS_TEST_SEED=" + std::to_string(seed));
  RandomActions actions(seed);
  ActionDecoder decoder;
  for (int i = 0; i < 20'000; ++i) {
    Arena arena(1024);
    const Action action = actions.next(arena);
    std::string line;
    append_action(line, action);
    RecordingVisitor seen;
    decode_padded(decoder, line, false, seen);
    ASSERT_EQ(seen.shape(), "A") << line << "\n"
                                 << (seen.records().empty() ? "" : seen.records()[0].message);
    ASSERT_TRUE(same_action(seen.records()[0].action, action)) << line;
    std::string again;
    append_action(again, seen.records()[0].action);
    ASSERT_EQ(again, line);
  }
}

TEST(RoundTrip, ALineHoldsNoNewline) {
  Action action;
  action.data = "a\nb\r\n";
  std::string line;
  append_action(line, action);
  EXPECT_EQ(line, R"({"actionName":"sendToAll","data":"a\nb\r\n"})");
}

}  // namespace
}  // namespace awps
