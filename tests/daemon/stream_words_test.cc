// What of a stream stands in the way of readiness.

#include "daemon/awpsd/stream_words.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

struct ReadyRow {
  const char* name;
  const char* state;
  const char* cause;
  bool has_joined;
  const char* reason;
};

class StreamReadiness : public testing::TestWithParam<ReadyRow> {};

TEST_P(StreamReadiness, IsSaidInWords) {
  StreamView view;
  view.name = "orders";
  view.group = "fleet";
  view.state = GetParam().state;
  view.cause = GetParam().cause;
  view.has_joined = GetParam().has_joined;
  EXPECT_EQ(not_ready_reason(view), GetParam().reason);
}

INSTANTIATE_TEST_SUITE_P(
    States, StreamReadiness,
    testing::Values(ReadyRow{"Joins", "joining", "", false,
                             "stream orders: it joins the group fleet, which has not yet said what "
                             "is its part"},
                    ReadyRow{"JoinsAgain", "joining", "", true, ""},
                    ReadyRow{"HasNoPart", "idle", "", true, ""},
                    ReadyRow{"Runs", "running", "", true, ""},
                    ReadyRow{"IsTroubledBeforeItJoins", "troubled", "no broker answers", false,
                             "stream orders: no broker answers"},
                    ReadyRow{"Stops", "stopping", "", false, ""}),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace awps
