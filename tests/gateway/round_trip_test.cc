// What RequestBuilder sends to the service, the gateway reads as the same action.

#include <gtest/gtest.h>
#include <simdjson.h>

#include "gateway/action_maker.h"
#include "service_api/request_builder.h"
#include "tests/support/random_actions.h"

namespace awps {
namespace {

constexpr std::string_view kEndpoint = "https://a.b";

class RoundTrip {
 public:
  /// The action that comes back, with what no request of the service carries taken over.
  const Action* operator()(const Action& action) {
    builder_.build(action, request_);
    const auto routed = route_request(name_of(request_.method),
                                      std::string_view(request_.url).substr(kEndpoint.size()));
    EXPECT_TRUE(routed) << routed.error().message << request_.url;
    if (!routed) return nullptr;
    routed_ = *routed;
    headers_ = {{"Content-Type", std::string(request_.content_type)}};
    const auto fields = read_request_fields(routed_.route, headers_);
    EXPECT_TRUE(fields) << fields.error().message;
    if (!fields) return nullptr;
    fields_ = *fields;
    fields_.ordering_key = action.options->ordering_key;
    fields_.conflation_key = action.options->conflation_key;
    fields_.time_to_live = action.time_to_live;
    fields_.unordered = action.unordered;
    const Action* made = maker_.make(
        {.request = routed_, .fields = fields_, .body = request_.body, .id = action.id});
    EXPECT_NE(made, nullptr) << maker_.take_refusal().message << request_.url;
    return made;
  }

 private:
  RequestBuilder builder_{kEndpoint, "chat", "2024-12-01"};
  ServiceRequest request_;
  RoutedRequest routed_;
  std::vector<std::pair<std::string, std::string>> headers_;
  RequestFields fields_;
  ActionMaker maker_;
};

void expect_comes_back(RoundTrip& round_trip, Action action) {
  ActionOptions options = *action.options;
  options.hub = "chat";
  action.options = &options;
  const Action* made = round_trip(action);
  ASSERT_NE(made, nullptr) << name_of(action.kind);
  EXPECT_TRUE(same_action(*made, action)) << name_of(action.kind);
}

TEST(GatewayRoundTrip, EveryActionComesBack) {
  RoundTrip round_trip;
  const std::array<std::string_view, 2> names = {"g1", "g/2 é"};
  for (const std::string_view name :
       {"plain", "a b", "a/b", "%2F", "..x", ":send", "é😀", "'()*!~@", "?#&=+", "\\\"\n"}) {
    for (size_t i = 0; i < kActionKinds; ++i) {
      const auto kind = static_cast<ActionKind>(i);
      ActionOptions options;
      if (takes_filter(kind)) options.filter = "userId eq 'o''k' and 'g' in groups";
      if (takes_excluded(kind)) options.excluded = names;
      if (is_bulk_change(kind)) options.groups = names;
      if (is_close(kind)) options.reason = "";
      if (is_send(kind)) options.message_ttl_seconds = 0;
      Action action{.kind = kind, .options = &options};
      if (addresses_member(kind)) action.member = name;
      if (has_group(kind)) action.group = name;
      if (is_send(kind)) action.data = "text";
      expect_comes_back(round_trip, action);
    }
  }
}

TEST(GatewayRoundTrip, PermissionsComeBack) {
  RoundTrip round_trip;
  const ActionOptions options{.target_name = "a/b"};
  for (const Permission permission : {Permission::kSendToGroup, Permission::kJoinLeaveGroup}) {
    expect_comes_back(round_trip, {.kind = ActionKind::kGrantPermission,
                                   .permission = permission,
                                   .member = "c",
                                   .options = &options});
  }
}

TEST(GatewayRoundTrip, RandomActionsComeBack) {
  const uint64_t seed = seed_from_system();
  SCOPED_TRACE("seed " + std::to_string(seed));
  RandomActions actions(seed);
  RoundTrip round_trip;
  for (int i = 0; i < 5000 && !testing::Test::HasFailure(); ++i) {
    Arena arena(4096);
    Action action = actions.next(arena);
    // Its bytes are random; what the codec lets through as text is UTF-8.
    if (action.data_type == DataType::kText &&
        !simdjson::validate_utf8(action.data.data(), action.data.size())) {
      action.data_type = DataType::kBinary;
    }
    expect_comes_back(round_trip, action);
  }
}

}  // namespace
}  // namespace awps
