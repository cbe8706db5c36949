// What the library writes is what the daemon's own decoder reads.

#include "client/encoder.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/json_text.h"
#include "tests/action/recording_visitor.h"
#include "tests/client/test_seed.h"

namespace awps::client {
namespace {

constexpr std::string_view kPieces[] = {"a", "Z9", " ", "\"", "\\", "/", "\n", "\x7f",
                                        "é", "€",  "😀", "%",  "'",  ".", "\t", "\x01"};
constexpr std::string_view kJson[] = {"null", " \"x\" ", "[1e999,{\"a\":\"\\ud83d\\ude00\"}]",
                                      "{}\n", "-0.0",    "true"};

// A random call, and the Action that the daemon is to see.
class RandomCall {
 public:
  explicit RandomCall(Random& random) : random_(random) {
    action.kind = static_cast<ActionKind>(random.below(kActionKinds));
    call.action = name_of(action.kind);
    if (addresses_user(action.kind)) call.user = action.member = name();
    if (addresses_connection(action.kind)) call.connection = action.member = name();
    if (has_group(action.kind)) call.group = action.group = name();
    if (is_send(action.kind)) add_message();
    add_permission();
    if (is_bulk_change(action.kind)) add_groups();
    add_options();
    action.options = &options_;
  }

  Call call;
  Fields fields;
  Action action;

 private:
  std::string_view keep(std::string text) { return arena_.copy(text); }
  std::string text(uint64_t most) {
    std::string all;
    for (uint64_t i = random_.below(most); i > 0; --i) all += kPieces[random_.below(16)];
    return all;
  }
  std::string_view name() { return keep("n" + text(6)); }
  bool maybe() { return random_.chance(0.4); }

  void add_message() {
    message_.type = static_cast<DataType>(random_.below(3));
    std::string data = text(30);
    if (message_.type == DataType::kJson) data = kJson[random_.below(6)];
    if (message_.type == DataType::kBinary) {
      data.clear();
      for (uint64_t i = random_.below(40); i > 0; --i) data += static_cast<char>(random_.next());
    }
    message_.data = action.data = keep(data);
    constexpr awps::DataType kTypes[] = {awps::DataType::kText, awps::DataType::kJson,
                                         awps::DataType::kBinary};
    action.data_type = kTypes[static_cast<size_t>(message_.type)];
    call.message = &message_;
  }

  void add_permission() {
    using enum ActionKind;
    if (action.kind != kGrantPermission && action.kind != kRevokePermission) return;
    const bool sends = maybe();
    call.permission = sends ? Permission::kSendToGroup : Permission::kJoinLeaveGroup;
    action.permission = sends ? awps::Permission::kSendToGroup : awps::Permission::kJoinLeaveGroup;
    call.target_name = options_.target_name = name();
  }

  void add_groups() {
    for (uint64_t i = 1 + random_.below(3); i > 0; --i) {
      groups_.push_back(keep(std::to_string(i) + text(6)));  // each once
    }
    call.groups = options_.groups = groups_;
    call.filter = options_.filter = name();
  }

  void add_options() {
    using enum ActionKind;
    const ActionKind kind = action.kind;
    if (maybe()) fields.hub = options_.hub = name();
    if (maybe()) fields.ordering_key = options_.ordering_key = name();
    if (maybe()) fields.id = name(), action.id = quoted(*fields.id);
    if (maybe()) {
      fields.ttl = std::chrono::milliseconds(1 + random_.below(100'000));
      action.time_to_live = fields.ttl;
    }
    if (is_send(kind)) {
      if (maybe()) fields.conflation_key = options_.conflation_key = name();
      if (maybe()) add_message_ttl();
      if (maybe()) fields.unordered = action.unordered = true;
      if (kind != kSendToConnection && maybe()) fields.filter = options_.filter = name();
    }
    if (is_close(kind) && maybe()) fields.reason = options_.reason = keep(text(5));
    if (takes_excluded(kind)) {
      for (uint64_t i = random_.below(4); i > 0; --i) excluded_.push_back(name());
      fields.excluded = options_.excluded = excluded_;
    }
  }

  void add_message_ttl() {
    fields.message_ttl_seconds = static_cast<unsigned>(random_.below(301));
    options_.message_ttl_seconds = static_cast<uint16_t>(*fields.message_ttl_seconds);
  }

  std::string_view quoted(std::string_view id) {
    std::string all;
    append_json_string(all, id);
    return keep(all);
  }

  Random& random_;
  Arena arena_{1024};
  Message message_;
  ActionOptions options_;
  std::vector<std::string_view> excluded_;
  std::vector<std::string_view> groups_;
};

TEST(Encoder, WritesWhatTheDaemonReads) {
  Random random = seeded_random();
  ActionDecoder decoder;
  for (int i = 0; i < 20'000; ++i) {
    const RandomCall given(random);
    const auto line = encode(given.call, given.fields);
    ASSERT_TRUE(line) << line.error().message;
    ASSERT_EQ(line.value().find('\n'), line.value().size() - 1);
    RecordingVisitor seen;
    decode_padded(decoder, line.value().substr(0, line.value().size() - 1), false, seen);
    ASSERT_EQ(seen.shape(), "A") << line.value() << seen.records()[0].message;
    ASSERT_TRUE(same_action(seen.records()[0].action, given.action)) << line.value();
  }
}

struct Refusal {
  const char* name;
  Call call;
  Fields fields;
  ErrorCode code;
  std::string_view words;
};

TEST(Encoder, RefusesAtTheCallWhatCannotBeWritten) {
  const std::string_view kLatin = "caf\xe9";
  const std::string large(kMaxMessageBytes + 1, 'x');
  const Message latin = Message::text(kLatin);
  const Message latin_json = Message::json(kLatin);
  const Message too_large = Message::binary(large);
  const std::string_view excluded[] = {"c1", kLatin};
  const std::span<const std::string_view> kNoNames;
  const std::string_view kEmptyName[] = {"g", ""};
  using enum ErrorCode;
  const Refusal kRows[] = {
      {"text", {.action = "sendToAll", .message = &latin}, {}, kInvalid, "data is not UTF-8"},
      {"json", {.action = "sendToAll", .message = &latin_json}, {}, kInvalid, "data is not UTF-8"},
      {"size", {.action = "sendToAll", .message = &too_large}, {}, kTooLarge, "1 MiB"},
      {"user", {.action = "sendToUser", .user = kLatin}, {}, kInvalid, "userId is not UTF-8"},
      {"no user", {.action = "sendToUser", .user = ""}, {}, kInvalid, "userId is empty"},
      {"no group", {.action = "x", .group = ""}, {}, kInvalid, "group is empty"},
      {"no connection", {.action = "x", .connection = ""}, {}, kInvalid, "connectionId is empty"},
      {"no target", {.action = "x", .target_name = ""}, {}, kInvalid, "targetName is empty"},
      {"no groups", {.action = "x", .groups = kNoNames}, {}, kInvalid, "groups is empty"},
      {"empty group", {.action = "x", .groups = kEmptyName}, {}, kInvalid, "groups holds an empty"},
      {"no filter", {.action = "x", .filter = ""}, {}, kInvalid, "filter is empty"},
      {"two filters", {.action = "x", .filter = "a"}, {.filter = "a"}, kInvalid, "said twice"},
      {"key", {.action = "x"}, {.ordering_key = kLatin}, kInvalid, "orderingKey is not UTF-8"},
      {"excluded", {.action = "x"}, {.excluded = excluded}, kInvalid, "excluded holds"},
      {"ttl", {.action = "x"}, {.ttl = std::chrono::milliseconds(-1)}, kInvalid, "ttl is negative"},
  };
  for (const Refusal& row : kRows) {
    const auto line = encode(row.call, row.fields);
    ASSERT_FALSE(line) << row.name;
    EXPECT_EQ(line.error().code, row.code) << row.name;
    EXPECT_NE(line.error().message.find(row.words), std::string::npos) << line.error().message;
    EXPECT_TRUE(line.error().message.starts_with(row.call.action)) << line.error().message;
  }
}

// An empty filter would reach everybody: it must come to the daemon, which refuses it.
TEST(Encoder, WritesAnEmptyFilter) {
  const Message message = Message::text("x");
  const auto line = encode({.action = "sendToAll", .message = &message}, {.filter = ""});
  ASSERT_TRUE(line);
  EXPECT_EQ(line.value(), R"({"actionName":"sendToAll","filter":"","data":"x"})"
                          "\n");
}

TEST(Encoder, WritesAHelloThatTheDaemonReads) {
  const std::string line = encode_hello({.hub = "a\"b", .ack = "delivered", .name = "näme"});
  const RecordingVisitor seen =
      decode_line(std::string_view(line).substr(0, line.size() - 1), true);
  ASSERT_EQ(seen.shape(), "H") << line;
  EXPECT_EQ(seen.records()[0].hub, "a\"b");
  EXPECT_EQ(seen.records()[0].producer, "näme");
  EXPECT_EQ(seen.records()[0].ack, awps::Ack::kDelivered);
}

}  // namespace
}  // namespace awps::client
