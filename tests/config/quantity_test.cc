// Quantities: what people write for durations, sizes and numbers, and what is printed for them.

#include "config/quantity.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

struct DurationCase {
  const char* name;
  const char* text;
  std::optional<Duration> duration;
  const char* printed;  // null: as written
};
void PrintTo(const DurationCase& row, std::ostream* out) {
  *out << row.name;
}

const DurationCase kDurations[] = {
    {"Milliseconds", "100ms", milliseconds(100), nullptr},
    {"Seconds", "10s", seconds(10), nullptr},
    {"Minutes", "10m", minutes(10), nullptr},
    {"Hours", "5h", hours(5), nullptr},
    {"Days", "7d", hours(168), nullptr},
    {"LargestUnitThatDivides", "60s", minutes(1), "1m"},
    {"NoUnitThatDoesNotDivide", "90s", seconds(90), nullptr},
    {"Zero", "0s", Duration::zero(), "0ms"},
    {"LeadingZeros", "007s", seconds(7), "7s"},
    {"LongestDay", "106751d", hours(106751 * 24), nullptr},
    {"BeyondTheClock", "106752d", Duration::max(), "9223372036854ms"},
    {"BeyondTheNumber", "99999999999999999999s", Duration::max(), "9223372036854ms"},
    {"NoUnit", "10", std::nullopt, nullptr},
    {"NoNumber", "s", std::nullopt, nullptr},
    {"Empty", "", std::nullopt, nullptr},
    {"Blank", "10 s", std::nullopt, nullptr},
    {"Negative", "-1s", std::nullopt, nullptr},
    {"Plus", "+1s", std::nullopt, nullptr},
    {"Fraction", "1.5s", std::nullopt, nullptr},
    {"UpperCase", "10S", std::nullopt, nullptr},
    {"Compound", "1m30s", std::nullopt, nullptr},
    {"SizeUnit", "10KiB", std::nullopt, nullptr},
};

class Durations : public testing::TestWithParam<DurationCase> {};

TEST_P(Durations, AreReadAndPrinted) {
  const DurationCase& c = GetParam();
  EXPECT_EQ(parse_duration(c.text), c.duration);
  EXPECT_EQ(print_duration(c.duration.value_or(seconds(1))), c.printed != nullptr ? c.printed
                                                             : c.duration         ? c.text
                                                                                  : "1s");
}

struct SizeCase {
  const char* name;
  const char* text;
  std::optional<uint64_t> size;
  const char* printed;  // null: as written
};
void PrintTo(const SizeCase& row, std::ostream* out) {
  *out << row.name;
}

const SizeCase kSizes[] = {
    {"Bytes", "100B", 100, nullptr},
    {"Kibibytes", "64KiB", 65536, nullptr},
    {"Mebibytes", "8MiB", 8388608, nullptr},
    {"Gibibytes", "10GiB", 10737418240, nullptr},
    {"LargestUnitThatDivides", "1024KiB", 1048576, "1MiB"},
    {"NoUnitThatDoesNotDivide", "1025B", 1025, nullptr},
    {"Zero", "0GiB", 0, "0B"},
    {"Largest", "8589934591GiB", 9223372035781033984, nullptr},
    {"BeyondTheNumber", "8589934592GiB", INT64_MAX, "9223372036854775807B"},
    {"NoUnit", "100", std::nullopt, nullptr},
    {"Decimal", "64KB", std::nullopt, nullptr},
    {"Short", "64K", std::nullopt, nullptr},
    {"Blank", "64 KiB", std::nullopt, nullptr},
    {"LowerCase", "64kib", std::nullopt, nullptr},
    {"Negative", "-64KiB", std::nullopt, nullptr},
    {"TimeUnit", "10s", std::nullopt, nullptr},
};

class Sizes : public testing::TestWithParam<SizeCase> {};

TEST_P(Sizes, AreReadAndPrinted) {
  const SizeCase& c = GetParam();
  EXPECT_EQ(parse_size(c.text), c.size);
  EXPECT_EQ(print_size(c.size.value_or(1)), c.printed != nullptr ? c.printed
                                            : c.size             ? c.text
                                                                 : "1B");
}

TEST(Quantities, NumbersArePrintedAsShortAsTheyReadBack) {
  EXPECT_EQ(print_number(0), "0");
  EXPECT_EQ(print_number(0.1), "0.1");
  EXPECT_EQ(print_number(1000), "1000");
  EXPECT_EQ(print_number(1e9), "1000000000");
  EXPECT_EQ(print_number(1e300), "1e+300");
}

TEST(Quantities, ModesArePrintedInOctal) {
  EXPECT_EQ(print_mode(0660), "0660");
  EXPECT_EQ(print_mode(07), "0007");
}

TEST(Quantities, TextsAreEscapedAsTomlWantsIt) {
  EXPECT_EQ(print_text("a\"b\\c\n\x7F"), R"("a\"b\\c\u000A\u007F")");
}

const auto name_of_case = [](const auto& row) { return std::string(row.param.name); };
INSTANTIATE_TEST_SUITE_P(Quantities, Durations, testing::ValuesIn(kDurations), name_of_case);
INSTANTIATE_TEST_SUITE_P(Quantities, Sizes, testing::ValuesIn(kSizes), name_of_case);

}  // namespace
}  // namespace awps
