#include "base/hub_name.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace awps {
namespace {

struct HubCase {
  const char* name;
  std::string text;
  std::optional<std::string> canonical;  // none: no hub name
};
void PrintTo(const HubCase& row, std::ostream* out) {
  *out << row.name;
}

const HubCase kHubs[] = {
    {"Lower", "chat", "chat"},
    {"CaseDoesNotCount", "ChAt", "chat"},
    {"OneLetter", "a", "a"},
    {"AllMarks", "a_`,.[]9", "a_`,.[]9"},
    {"Longest", std::string(128, 'a'), std::string(128, 'a')},
    {"TooLong", std::string(129, 'a'), std::nullopt},
    {"Empty", "", std::nullopt},
    {"DigitFirst", "1chat", std::nullopt},
    {"MarkFirst", "_chat", std::nullopt},
    {"Dash", "my-chat", std::nullopt},
    {"Slash", "a/b", std::nullopt},
    {"Blank", "a b", std::nullopt},
    {"Umlaut", "ch\u00E4t", std::nullopt},
    {"Zero", std::string("a\0b", 3), std::nullopt},
};

class HubNames : public testing::TestWithParam<HubCase> {};

TEST_P(HubNames, AreCheckedAndLowered) {
  const HubCase& c = GetParam();
  const auto name = canonical_hub_name(c.text);
  EXPECT_EQ(name.ok() ? std::optional(*name) : std::nullopt, c.canonical);
}

INSTANTIATE_TEST_SUITE_P(Names, HubNames, testing::ValuesIn(kHubs),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(HubName, ThatIsNoneIsNamed) {
  const Result<std::string> hub = canonical_hub_name("my\nhub");
  ASSERT_FALSE(hub.ok());
  EXPECT_NE(hub.error().message.find("\"my\\nhub\""), std::string::npos) << hub.error().message;
}

}  // namespace
}  // namespace awps
