// What is said of an endpoint whose limits a fleet shares.

#include <gtest/gtest.h>

#include <string>

#include "daemon/awpsctl/view/notes.h"

namespace awps {
namespace {

EndpointReading shared_endpoint(double pace, double configured, const std::string& reason) {
  EndpointReading endpoint{.url = "https://a.example",
                           .state = "open",
                           .pace_reason = reason,
                           .pace = pace,
                           .configured = configured};
  endpoint.shared_by = {.stream = "orders", .owned = 24, .all = 64, .part = 0.375};
  return endpoint;
}

std::string text_of(const EndpointReading& endpoint) {
  std::string text;
  for (const Note& note : endpoint_notes(endpoint)) text += note.text + "\n";
  return text;
}

const std::string kSum = "375/s = 1000/s × 24 of 64 partitions of \"orders\"";

TEST(SharedPace, IsTheSumAsTheDaemonSaysIt) {
  EXPECT_EQ(text_of(shared_endpoint(375, 1000, kSum)), "pace " + kSum + "\n");
}

TEST(SharedPace, ThatWasLoweredSaysWhy) {
  const std::string reason = "learnt from 429: the service took 290 a second; at most " + kSum;
  EndpointReading endpoint = shared_endpoint(262, 1000, reason);
  endpoint.learnt = true;
  EXPECT_EQ(text_of(endpoint), "pace 262/s, " + reason + "\n");
}

TEST(SharedPace, WithoutALimitOfRequestsThePartIsSaid) {
  EndpointReading endpoint = shared_endpoint(0, 0, "none is configured");
  EXPECT_EQ(text_of(endpoint),
            "38% of what the fleet may send is this daemon's: it owns 24 of 64 partitions of "
            "\"orders\"\n");
  endpoint.shared_by = {.stream = "orders", .owned = 0, .all = 0, .part = 0.01};
  EXPECT_EQ(text_of(endpoint),
            "1% of what the fleet may send is this daemon's: how many partitions \"orders\" has is "
            "not known yet\n");
}

}  // namespace
}  // namespace awps
