#include "client/action_id.h"

#include <gtest/gtest.h>

#include <set>

#include "client/encoder.h"
#include "tests/action/recording_visitor.h"
#include "tests/client/test_seed.h"

namespace awps::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

// Not a copy, which would have less memory.
std::string taken(Result<std::string> line) {
  return std::move(line.value());
}

TEST(ActionId, StartsWithTheTimeAndChance) {
  const system_clock::time_point now(milliseconds(1'796'036'483'123));
  EXPECT_EQ(make_id_start(now, 0x12345678'4f1c9a2b), "1796036483123.4f1c9a2b-");
  EXPECT_EQ(make_id_start(now, 0x0000000a), "1796036483123.0000000a-");
}

TEST(ActionId, DiffersWithTheTimeAndWithEachBitOfChance) {
  const system_clock::time_point now(milliseconds(1'796'036'483'123));
  std::set<std::string> starts = {make_id_start(now, 0), make_id_start(now + milliseconds(1), 0)};
  for (unsigned bit = 0; bit < 32; ++bit) starts.insert(make_id_start(now, uint64_t{1} << bit));
  EXPECT_EQ(starts.size(), 34U);
}

TEST(ActionId, IsAddedToTheLineOfACall) {
  const Message message = Message::text("x");
  const auto line = encode({.action = "sendToAll", .message = &message}, {}, kIdBytes);
  std::string text = line.value();
  const size_t place = add_id(text, "7.a-");
  complete_id(text, place, 42);
  EXPECT_EQ(text, "{\"actionName\":\"sendToAll\",\"data\":\"x\",\"id\":\"7.a-42\"}\n");
}

struct Row {
  const char* name;
  std::string_view line;
  std::string_view expected;  // empty: it has an id, and stays as it is
};

TEST(ActionId, IsAddedToALineThatHasNone) {
  const Row kRows[] = {
      {"no member", "{}", R"({"id":"7.a-42"})"},
      {"blanks alone", "{ }", R"({ "id":"7.a-42"})"},
      {"a member", R"({"a":1})", R"({"a":1,"id":"7.a-42"})"},
      {"blanks around", "\t{\"a\":1 } \r", "\t{\"a\":1 ,\"id\":\"7.a-42\"}"},
      {"a brace in a text at the end", R"({"a":"}"})", R"({"a":"}","id":"7.a-42"})"},
      {"id deeper", R"({"a":{"id":1}})", R"({"a":{"id":1},"id":"7.a-42"})"},
      {"id as a value", R"({"a":"id"})", R"({"a":"id","id":"7.a-42"})"},
      {"null", R"({"id":null,"a":1})", R"({"id":"7.a-42","a":1})"},
      {"null in other letters", R"({"a":1,"ID" : null})", R"({"a":1,"ID" : "7.a-42"})"},
      {"an id", R"({"id":"mine","a":1})", ""},
      {"an empty id", R"({"id":""})", ""},
      {"a number", R"({"a":1,"Id":13})", ""},
      {"an id that the daemon refuses", R"({"id":[1]})", ""},
      {"twice, which the daemon refuses", R"({"id":"mine","ID":null})", ""},
  };
  for (const Row& row : kRows) {
    std::string line = encode_line(row.line, kIdBytes).value();
    const auto place = add_missing_id(line, "7.a-");
    ASSERT_EQ(place.has_value(), !row.expected.empty()) << row.name;
    if (place) complete_id(line, *place, 42);
    const std::string_view expected = place ? row.expected : row.line;
    EXPECT_EQ(line, std::string(expected) + "\n") << row.name;
  }
}

// A line that grew beyond what it is charged would break the bound of the buffer.
TEST(ActionId, TheLargestNumberNeedsNoMoreMemory) {
  constexpr uint64_t kLargest = ~uint64_t{0};
  const std::string start = make_id_start(system_clock::time_point::max(), ~0U);
  for (size_t size = 0; size < 200; ++size) {
    const std::string json = "{\"a\":\"" + std::string(size, 'x') + "\"}";
    for (const size_t spare : {size_t{0}, kIdBytes}) {
      std::string line = taken(encode_line(json, spare));
      const size_t place = add_missing_id(line, start).value();
      const size_t charged = line.capacity();
      complete_id(line, place, kLargest);
      ASSERT_EQ(line.capacity(), charged) << size << ", " << spare;
    }
    std::string spared = taken(encode_line(json, kIdBytes));
    const size_t reserved = spared.capacity();
    (void)add_missing_id(spared, start);
    ASSERT_EQ(spared.capacity(), reserved) << size;
  }
}

// The daemon's own decoder finds the id, and nothing else that is new.
TEST(ActionId, IsTheDaemonsIdOfTheAction) {
  Random random = seeded_random();
  constexpr std::string_view kMembers[] = {R"("actionName":"sendToAll")",
                                           R"("data":"x")",
                                           R"("data":{"id":"in"})",
                                           R"("id":null)",
                                           R"("ID" : null )",
                                           R"("id":"mine")",
                                           R"("Id":13)",
                                           R"("note":"id")",
                                           R"("dataType":"json")",
                                           R"("hub":"}\"{")",
                                           R"( "a":[{}, "]"] )",
                                           R"("id":1.5)"};
  size_t completed = 0;
  size_t kept = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = R"({"actionName":"sendToAll")";
    for (uint64_t n = random.below(5); n > 0; --n) {
      text += ',';
      text += kMembers[random.below(std::size(kMembers))];
    }
    text += random.chance(0.5) ? " } \r" : "}";
    const RecordingVisitor before = decode_line(text);
    auto encoded = encode_line(text, kIdBytes);
    ASSERT_TRUE(encoded) << text << encoded.error().message;
    std::string line = encoded.value();
    const auto place = add_missing_id(line, "7.a-");
    if (place) complete_id(line, *place, 42);
    const RecordingVisitor after = decode_line(std::string_view(line).substr(0, line.size() - 1));
    ASSERT_EQ(before.shape(), after.shape()) << text << line;
    if (before.shape() != "A") continue;
    const std::string_view id = before.records()[0].action.id;
    ASSERT_EQ(after.records()[0].action.id, place ? R"("7.a-42")" : id) << text << line;
    ASSERT_EQ(place.has_value(), id.empty()) << text;
    ++(place ? completed : kept);
  }
  EXPECT_GT(completed, 100U);
  EXPECT_GT(kept, 100U);
}

}  // namespace
}  // namespace awps::client
