// Which line an action stands in, counted as the daemon counts.

#include "daemon/awpsctl/commands/sent_lines.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

constexpr uint64_t kLongest = 200;
constexpr const char* kAction = R"({"actionName":"sendToAll","data":"x"})";

SentLines taken(const std::vector<std::string>& lines) {
  SentLines sent(kLongest);
  for (const std::string& line : lines) (void)sent.take(line);
  return sent;
}

struct PlacesCase {
  const char* name;
  std::vector<std::string> lines;
  std::vector<std::string> places;  // of seq 1, 2, …
};
void PrintTo(const PlacesCase& row, std::ostream* out) {
  *out << row.name;
}

const std::string kPair = std::string("[") + kAction + "," + kAction + "]";
const std::string kBatch = std::string(R"({"batch":)") + kPair + R"(,"ordered":true})";

const PlacesCase kPlaces[] = {
    {"OneEach", {kAction, kAction}, {"line 1", "line 2"}},
    {"BlankLinesCountAsLines", {"", kAction, " \r", kAction}, {"line 2", "line 4"}},
    {"Array", {kAction, kPair, kAction}, {"line 1", "line 2[1]", "line 2[2]", "line 3"}},
    {"EmptyArrayIsNothing", {"[]", kAction}, {"line 2"}},
    {"OrderedBatch", {kBatch, kAction}, {"line 1[1]", "line 1[2]", "line 2"}},
    {"BatchThatIsNotOrdered", {R"({"batch":[1,2,3]})", kAction}, {"line 1", "line 2"}},
    {"NoJsonTakesOne", {"nonsense", kAction}, {"line 1", "line 2"}},
    {"TooLongTakesOne", {"[" + std::string(kLongest, ' ') + "]", kAction}, {"line 1", "line 2"}},
    {"TheHelloTakesNone", {R"({"hello":{"hub":"chat"}})", kAction}, {"line 2"}},
    {"ALaterHelloTakesOne", {kAction, R"({"hello":{}})", kAction}, {"line 1", "line 2", "line 3"}},
};

class Places : public testing::TestWithParam<PlacesCase> {};

TEST_P(Places, AreThoseOfTheFile) {
  const SentLines sent = taken(GetParam().lines);
  ASSERT_EQ(sent.actions(), GetParam().places.size());
  for (size_t i = 0; i < GetParam().places.size(); ++i) {
    EXPECT_EQ(sent.place_of(i + 1), GetParam().places[i]);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Places, testing::ValuesIn(kPlaces),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(SentLines, KnowsTheHello) {
  SentLines sent(kLongest);
  EXPECT_EQ(sent.take(""), SentLines::Kind::kActions);
  EXPECT_EQ(sent.take(R"({"hello":{"hub":"news"}})"), SentLines::Kind::kHello);
  EXPECT_EQ(sent.hub(), "news");
}

TEST(SentLines, KnowsABadHello) {
  SentLines sent(kLongest);
  EXPECT_EQ(sent.take(R"({"hello":{"hub":"news","ak":"none"}})"), SentLines::Kind::kBadHello);
  EXPECT_NE(sent.bad_hello().find("ak"), std::string::npos);
}

}  // namespace
}  // namespace awps
