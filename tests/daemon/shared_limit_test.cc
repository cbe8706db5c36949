// A limit that a fleet shares: which part of it is this daemon's, from the stream to the endpoint.

#include <gtest/gtest.h>

#include <string>

#include "tests/daemon/stream_harness.h"

namespace awps {
namespace {

const std::string kShared =
    "service.requests_per_second = 1000\nservice.shared_by = \"orders\"\n" + kHubs;

class SharedLimitTest : public StreamHarness {
 protected:
  EndpointStatus endpoint(const std::string& host = "main") {
    const ServiceStatus status = reader_->read();
    for (const EndpointStatus& one : status.endpoints) {
      if (one.url == "https://" + host + ".example") return one;
    }
    return {};
  }
  void until_pace(double pace) {
    until([&] {
      second();
      return endpoint().pace_requests_per_second == pace;
    });
  }
};

TEST_F(SharedLimitTest, FollowsThePartitionsOfItsStream) {
  start(kShared + stream("orders") + stream("events"));
  until_pace(250);
  EXPECT_EQ(endpoint().pace_reason, "250/s = 1000/s × 1 of 4 partitions of \"orders\"");
  const auto shared = endpoint().shared_by;
  ASSERT_TRUE(shared);
  EXPECT_EQ(shared->stream, "orders");
  EXPECT_EQ(shared->owned, 1U);
  EXPECT_EQ(shared->all, 4U);
  EXPECT_EQ(shared->part, 0.25);
  until([&] {
    second();
    return view("orders").partitions_of_topic == 4U;
  });
  streams_->begin_stop();
  until_pace(10);
  EXPECT_EQ(endpoint().shared_by->owned, 0U) << "a stop gives it back";
}

TEST_F(SharedLimitTest, AReloadSharesALimitAndEndsThat) {
  start("service.requests_per_second = 1000\n" + kHubs + stream("orders"));
  until([&] {
    second();
    return view("orders").partitions_of_topic.has_value();
  });
  EXPECT_EQ(endpoint().pace_requests_per_second, 1000);
  EXPECT_FALSE(endpoint().shared_by);
  ASSERT_TRUE(reload(kShared + stream("orders")).ok());
  until_pace(250);  // nothing has to change at the stream
  ASSERT_TRUE(reload("service.requests_per_second = 600\n" + kHubs + stream("orders")).ok());
  EXPECT_EQ(endpoint().pace_requests_per_second, 600);
}

TEST_F(SharedLimitTest, AServiceThatAReloadBringsHasThePresentPart) {
  start(kShared + stream("orders"));
  until_pace(250);
  settings_ = settings_of(
      {{"WebPubSubConnectionString", connection_to("main")}, {"B", connection_to("other")}});
  const std::string other =
      "[services.b]\nconnection = \"B\"\nrequests_per_second = 40\nshared_by = \"orders\"\n"
      "[hubs.far]\nservice = \"b\"\n";
  const auto diff = reload(kShared + other + stream("orders"));
  ASSERT_TRUE(diff.ok()) << diff.error().message;
  EXPECT_EQ(endpoint("other").pace_requests_per_second, 10);
}

TEST_F(SharedLimitTest, AStreamThatSharesALimitIsNotTakenOut) {
  start(kShared + stream("orders"));
  until_pace(250);
  const auto diff = reload(kShared + stream("events"));
  ASSERT_FALSE(diff.ok());
  EXPECT_NE(diff.error().message.find("service.shared_by: there is no [streams.orders]"),
            std::string::npos)
      << diff.error().message;
  EXPECT_FALSE(topic("orders").was_left());
  EXPECT_EQ(endpoint().pace_requests_per_second, 250);
}

}  // namespace
}  // namespace awps
