#include "record/record.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "tests/support/random_actions.h"

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string bytes_of(const Record& record) {
  std::string bytes;
  append_record(bytes, record);
  return bytes;
}

std::string line_of(const Record& record) {
  std::string line;
  append_line(line, record);
  return line;
}

// The bytes are on disks: this must not change.
TEST(Record, HasTheseBytes) {
  const std::vector<std::string_view> excluded = {"c1", "c2"};
  const ActionOptions options{.hub = "not this one",
                              .ordering_key = "k",
                              .filter = "f",
                              .excluded = excluded,
                              .message_ttl_seconds = 300};
  const Record record{.action = {.kind = ActionKind::kSendToGroup,
                                 .data_type = DataType::kText,
                                 .unordered = true,
                                 .group = "g",
                                 .data = "hi",
                                 .id = "13",
                                 .time_to_live = Duration(0x0102),
                                 .options = &options},
                      .hub = "chat",
                      .origin = {.producer = 0x0A0B, .seq = 0x0C, .ordered_batch = 0x0D},
                      .accepted_at = WallTime(Duration(0x0E))};
  constexpr size_t kHead = 40;
  constexpr std::string_view kExpected(
      "\x01\x01\x02\x01\x0D\0\0\0"
      "\x0B\x0A\0\0\0\0\0\0"
      "\x0C\0\0\0\0\0\0\0"
      "\x0E\0\0\0\0\0\0\0"
      "\x02\x01\0\0\0\0\0\0"
      "\x02\x01g"
      "\x03\x02hi"
      "\x04\x02"
      "13"
      "\x05\x04"
      "chat"
      "\x06\x01k"
      "\x08\x01"
      "f"
      "\x0B\x02"
      "c1"
      "\x0B\x02"
      "c2"
      "\x0C\x02\x2C\x01",
      kHead + 3 + 4 + 4 + 6 + 3 + 3 + 4 + 4 + 4);
  EXPECT_EQ(bytes_of(record), kExpected);
}

TEST(Record, HasABulkChangesGroupsLast) {
  const std::vector<std::string_view> groups = {"g", "h 1"};
  const ActionOptions options{.filter = "true", .groups = groups};
  const Record record{.action = {.kind = ActionKind::kAddConnectionsToGroups, .options = &options},
                      .letter = 1};
  const std::string bytes = bytes_of(record);
  EXPECT_EQ(bytes[1], '\x10');
  EXPECT_TRUE(
      bytes.ends_with(std::string_view("\x08\x04"
                                       "true"
                                       "\x0D\x08\x01\0\0\0\0\0\0\0"
                                       "\x0E\x01"
                                       "g"
                                       "\x0E\x03"
                                       "h 1",
                                       24)));
  EXPECT_EQ(line_of(record),
            R"({"actionName":"addConnectionsToGroups","filter":"true","groups":["g","h 1"]})");
}

TEST(Record, NamesTheLetterThatItWas) {
  const ActionOptions options;
  const Record record{.action = {.data = "hi", .options = &options}, .letter = 0x0102};
  const std::string bytes = bytes_of(record);
  EXPECT_TRUE(bytes.ends_with(std::string_view("\x0D\x08\x02\x01\0\0\0\0\0\0", 10)));
  RecordReader reader;
  const Result<Record> read = reader.read(bytes);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->letter, 0x0102U);
  EXPECT_FALSE(reader.read(bytes.substr(0, bytes.size() - 1)).ok());
  EXPECT_EQ(line_of(record), line_of({.action = record.action}));  // it is nobody else's affair
}

TEST(Record, ReadsWhatWasWritten) {
  const uint64_t seed = seed_from_system();
  SCOPED_TRACE("seed " + std::to_string(seed));
  RandomActions actions(seed);
  Random random(seed);
  RecordReader reader;
  for (int i = 0; i < 5'000; ++i) {
    Arena arena(1024);
    Record record{.action = actions.next(arena),
                  .hub = random.chance(0.9) ? "chat" : "",
                  .origin = {random.next(), random.next(), static_cast<uint32_t>(random.next())},
                  .accepted_at = WallTime(Duration(static_cast<int64_t>(random.next() / 2)))};
    const std::string bytes = bytes_of(record);
    const Result<Record> read = reader.read(bytes);
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_EQ(read->hub, record.hub);
    ASSERT_EQ(read->origin, record.origin);
    ASSERT_EQ(read->accepted_at, record.accepted_at);
    ActionOptions options = *record.action.options;
    options.hub = record.hub;
    record.action.options = &options;
    ASSERT_TRUE(same_action(read->action, record.action));
    ASSERT_EQ(bytes_of(*read), bytes);
  }
}

TEST(Record, AnyCutIsSeen) {
  const Record record{.action = {.kind = ActionKind::kSendToUser, .member = "u", .data = "d"},
                      .hub = "chat"};
  const std::string bytes = bytes_of(record);
  RecordReader reader;
  int readable = 0;
  for (size_t size = 0; size < bytes.size(); ++size) {
    readable += reader.read(std::string_view(bytes).substr(0, size)).ok() ? 1 : 0;
  }
  EXPECT_EQ(readable, 3) << "only between fields; the frame around a record knows its length";
}

struct ForeignRow {
  const char* name;
  size_t place;  // npos: behind the end
  std::string bytes;
  bool readable;
};

std::ostream& operator<<(std::ostream& out, const ForeignRow& row) {
  return out << row.name;
}

class ForeignRecord : public testing::TestWithParam<ForeignRow> {};

TEST_P(ForeignRecord, IsSkippedOrSaidToBeUnreadable) {
  std::string bytes = bytes_of({.action = {.kind = ActionKind::kSendToAll, .data = "d"}});
  const auto& [name, place, changed, readable] = GetParam();
  if (place == std::string::npos) {
    bytes += changed;
  } else {
    bytes.replace(place, changed.size(), changed);
  }
  RecordReader reader;
  const Result<Record> read = reader.read(bytes);
  ASSERT_EQ(read.ok(), readable);
  if (readable) {
    EXPECT_EQ(read->action.data, "d");
  } else {
    EXPECT_NE(read.error().message.find("a record cannot be read"), std::string::npos);
  }
}

constexpr size_t kBehind = std::string::npos;

INSTANTIATE_TEST_SUITE_P(
    Rows, ForeignRecord,
    testing::Values(
        ForeignRow{"UnknownFieldThatMayBeSkipped", kBehind, std::string("\x7F\x03xyz"), true},
        ForeignRow{"UnknownFieldThatMayNot", kBehind, std::string("\x80\x03xyz"), false},
        ForeignRow{"LaterVersion", 0, "\x02", false}, ForeignRow{"UnknownKind", 1, "\x12", false},
        ForeignRow{"UnknownDataType", 2, "\x03", false},
        ForeignRow{"UnknownFlag", 3, "\x04", false},
        ForeignRow{"NegativeTimeToLive", 39, "\xFF", false},
        ForeignRow{"FieldTwice", kBehind, std::string("\x03\x01x"), false},
        ForeignRow{"FieldsOutOfOrder", kBehind, std::string("\x01\x01x"), false},
        ForeignRow{"LengthBeyondTheEnd", kBehind, std::string("\x04\x09x"), false},
        ForeignRow{"LengthWithoutEnd", kBehind, std::string("\x04") + std::string(10, '\xFF'),
                   false},
        ForeignRow{"TagAlone", kBehind, "\x04", false},
        ForeignRow{"MessageTtlOfOneByte", kBehind, std::string("\x0C\x01\x01"), false}),
    [](const auto& row) { return std::string(row.param.name); });

// Nobody writes them, but what sends them could not go on: a record on disk must stop no daemon.
TEST(Record, OfABulkChangeHasAFilterAndGroups) {
  constexpr std::string_view kGroup = "g";
  const ActionOptions whole{.filter = "true", .groups = {&kGroup, 1}};
  const ActionOptions no_groups{.filter = "true"};
  const ActionOptions no_filter{.groups = {&kGroup, 1}};
  const ActionOptions empty_filter{.filter = "", .groups = {&kGroup, 1}};
  for (const ActionKind kind :
       {ActionKind::kAddConnectionsToGroups, ActionKind::kRemoveConnectionsFromGroups}) {
    const auto is_readable = [kind](const ActionOptions& options) {
      RecordReader reader;
      return reader.read(bytes_of({.action = {.kind = kind, .options = &options}})).ok();
    };
    EXPECT_TRUE(is_readable(whole));
    EXPECT_FALSE(is_readable(no_groups));
    EXPECT_FALSE(is_readable(no_filter));
    EXPECT_FALSE(is_readable(empty_filter));
  }
}

// Likewise: a batch has no room for them.
TEST(Record, HasNamesThatABatchTakes) {
  const std::string longest(Accepted::kMostNameBytes, 'x');
  const std::string longer = longest + 'x';
  const auto is_readable = [](const Action& action) {
    RecordReader reader;
    return reader.read(bytes_of({.action = action})).ok();
  };
  EXPECT_TRUE(is_readable({.member = longest, .group = longest, .data = longer, .id = longest}));
  EXPECT_FALSE(is_readable({.member = longer}));
  EXPECT_FALSE(is_readable({.group = longer}));
  EXPECT_FALSE(is_readable({.id = longer}));
}

TEST(Record, OfAnActionTakesItsAgeOff) {
  Account account;
  account.producer = 7;
  Batch batch(account, Instant{}, 256);
  const Accepted& accepted = batch.add(
      {.kind = ActionKind::kSendToAll, .data = "d", .time_to_live = seconds(5)}, 3, 100, 9);
  const Record record = record_of(accepted, batch, "chat", milliseconds(1500));
  EXPECT_EQ(record.origin, (Origin{.producer = 7, .seq = 3, .ordered_batch = 9}));
  EXPECT_EQ(record.hub, "chat");
  EXPECT_EQ(record.action.time_to_live, milliseconds(3500));
  EXPECT_EQ(record_of(accepted, batch, "chat", seconds(60)).action.time_to_live, Duration(1))
      << "it has not expired yet";
  const Accepted& lasting = batch.add({.kind = ActionKind::kSendToAll, .data = "d"}, 4, 100, 0);
  EXPECT_EQ(record_of(lasting, batch, "chat", seconds(60)).action.time_to_live, Duration(0));
}

TEST(Record, AsALineNamesItsHubAndKeepsTheOrderOfItsBatch) {
  Record record{.action = {.kind = ActionKind::kSendToAll, .data = "d"}, .hub = "chat"};
  EXPECT_EQ(line_of(record), R"({"actionName":"sendToAll","hub":"chat","data":"d"})");
  record.origin = {.producer = 7, .seq = 3, .ordered_batch = 9};
  EXPECT_EQ(line_of(record),
            R"({"actionName":"sendToAll","hub":"chat","orderingKey":"batch-7-9","data":"d"})");
  const ActionOptions own{.ordering_key = "mine"};
  record.action.options = &own;
  EXPECT_EQ(line_of(record),
            R"({"actionName":"sendToAll","hub":"chat","orderingKey":"mine","data":"d"})");
}

}  // namespace
}  // namespace awps
