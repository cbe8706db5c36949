#include "queue/refused_record.h"

#include <gtest/gtest.h>

#include <ostream>

namespace awps {
namespace {

struct BeginningRow {
  const char* name;
  std::string text;
  size_t most;
  std::string beginning;
};

std::ostream& operator<<(std::ostream& out, const BeginningRow& row) {
  return out << row.name;
}

class BeginningTest : public testing::TestWithParam<BeginningRow> {};

TEST_P(BeginningTest, EndsBetweenCharacters) {
  EXPECT_EQ(beginning_of(GetParam().text, GetParam().most), GetParam().beginning);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, BeginningTest,
    testing::Values(BeginningRow{"Short", "abc", 3, "abc"}, BeginningRow{"Long", "abcd", 3, "abc"},
                    BeginningRow{"Empty", "", 3, ""}, BeginningRow{"None", "abc", 0, ""},
                    BeginningRow{"BehindACharacter", "aé1", 3, "aé"},
                    BeginningRow{"InTheMidstOfTwoBytes", "aé1", 2, "a"},
                    BeginningRow{"BehindThreeOfFourBytes", "a😀", 4, "a"},
                    BeginningRow{"OfOneCharacterAlone", "😀", 2, ""},
                    BeginningRow{"BehindFourBytesAlike", "abc\x80\x80\x80\x80", 6,
                                 "abc\x80\x80\x80"},
                    BeginningRow{"OfNoUtf8", std::string(9, '\x80'), 5, std::string(5, '\x80')}),
    [](const auto& test) { return test.param.name; });

RefusedRecord record() {
  return {.stream = "orders",
          .topic = "awps-actions",
          .partition = 3,
          .offset = int64_t{1} << 40,
          .has_key = true,
          .key = "chat/g/\"news\"",
          .element = 2,
          .bytes = "{\"é\":\n",
          .total_bytes = 1234,
          .code = "invalid_json",
          .message = "no JSON"};
}

TEST(RefusedRecordJson, HasTheShapeOfTheDocument) {
  EXPECT_EQ(json_of(record()),
            R"({"stream":"orders","topic":"awps-actions","partition":3,"offset":1099511627776,)"
            R"("key":"chat/g/\"news\"","element":2,"text":"{\"é\":\n","bytes":1234})");
}

TEST(RefusedRecordJson, HasWhatIsNotUtf8AsBase64) {
  RefusedRecord binary = record();
  binary.key = "\xff\x01";
  binary.bytes = std::string("\0\x80", 2);
  EXPECT_EQ(json_of(binary),
            R"({"stream":"orders","topic":"awps-actions","partition":3,"offset":1099511627776,)"
            R"("keyBase64":"/wE=","element":2,"base64":"AIA=","bytes":1234})");
}

TEST(RefusedRecordJson, TellsNoKeyFromAnEmptyOne) {
  RefusedRecord keyless = record();
  keyless.key = "";
  EXPECT_NE(json_of(keyless).find(R"("key":"",)"), std::string::npos);
  keyless.has_key = false;
  EXPECT_NE(json_of(keyless).find(R"("key":null,)"), std::string::npos);
}

// Whoever refuses it may give all of it.
TEST(RefusedRecordJson, IsBounded) {
  RefusedRecord large = record();
  large.key = std::string(9000, 'k');
  large.bytes = std::string(1'000'000, 'v');
  const std::string json = json_of(large);
  EXPECT_LT(json.size(), RefusedRecord::kMostBytes + RefusedRecord::kMostKeyBytes + 200);
  EXPECT_GT(json.size(), RefusedRecord::kMostBytes + RefusedRecord::kMostKeyBytes);
}

}  // namespace
}  // namespace awps
