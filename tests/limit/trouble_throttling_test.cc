// "Too many requests": of the rate, or of one target? Stories (story.h).

#include <gtest/gtest.h>

#include <string>

#include "tests/limit/story.h"

namespace awps {
namespace {

/// a is refused three times; what becomes of the others in between.
std::string three_refusals(const std::string& first, const std::string& second) {
  return "0 s b1..b20 are answered\n 1 s a is throttled\n" + first + "\n 2 s a is throttled\n" +
         second + "\n 3 s a is throttled\n";
}

const std::string kTwentyTimes = three_refusals("b1..b20 are answered", "b1..b20 are answered");

/// Pauses of 8 s, each obeyed, after each of which others are refused again.
std::string useless_pauses(int count, const std::string& last) {
  std::string story;
  for (int i = 1; i <= count; ++i) {
    const std::string at = std::to_string(10 * i) + " s ";
    const std::string name = "p" + std::to_string(i);
    story += at + name + " probes\n" + name + " is throttled, pause 8 s\n";
  }
  return "0 s p0 is throttled, pause 8 s\n" + story + last;
}

const std::vector<StoryRow> kRows = {
    {"the first refusal is the rate's", R"(
      0 s  b is answered
      1 s  a is throttled
           the rate falls
           a is not charged
           suspects: none
           everybody may go)"},
    {"whoever is refused again before it was answered does not lower the rate again", R"(
      1 s  a is throttled
           the rate falls
      2 s  a is throttled
           the rate stays
      3 s  a is answered
      4 s  a is throttled
           the rate falls)"},
    {"a pause stops everybody, then one probe goes", R"(
      0 s    a is throttled, pause 5 s
             paused until 5 s
             nobody may go
      4.9 s  nobody may go
      5 s    b probes
             nobody may go
      5.1 s  b is answered
             everybody may go)"},
    {"a pause is bounded, and not shortened by a later one", R"(
      0 s  a is throttled, pause 3600 s
           paused until 60 s
      1 s  b is throttled, pause 1 s
           paused until 60 s)"},
    {"a pause within a pause outlasts the first probe", R"(
      0 s  a is throttled, pause 1 s
      1 s  b probes
      1 s  b is throttled, pause 2 s
      2 s  nobody may go
      3 s  a probe may go)"},
    {"Retry-After 0 pauses nobody", R"(
      0 s  a is throttled, pause 0 s
           everybody may go
           a pauses 0 s)"},
    {"a reload leaves a pause", R"(
      0 s  a is throttled, pause 5 s
      1 s  a reload
           nobody may go)"},
    {"health is not asked in a pause", R"(
      0 s  b fails
      0 s  a is throttled, pause 5 s
      0 s  b fails
      1 s  health is not asked
      5 s  health is asked)"},
    {"three refusals while 20 others were answered between: a suspect, and charged",
     kTwentyTimes + R"(
           suspects: a
           the rate stays
           b1 is answered
           a is charged)"},
    {"19 others are not enough",
     three_refusals("b1..b19 are answered", "b1..b19 are answered") + "suspects: none"},
    {"every tenth of the others is refused, too: it is the rate",
     three_refusals("b1..b18 are answered\n c1..c2 are throttled",
                    "b1..b18 are answered\n d1..d2 are throttled") +
         "suspects: none"},
    {"one of 21 others was refused: a suspect",
     three_refusals("b1..b20 are answered\n c is throttled",
                    "b1..b20 are answered\n d is throttled") +
         "suspects: a"},
    {"a suspect's pause is its own", kTwentyTimes + R"(
      5 s  b1..b20 are answered
      6 s  a is throttled, pause 30 s
           everybody may go
           a pauses 30 s)"},
    {"one 2xx ends the suspicion", kTwentyTimes + R"(
           suspects: a
      4 s  a is answered
           suspects: none)"},
    {"ten targets are refused each time, known ones never: throttling follows the target", R"(
      0 s  b1..b20 are answered
      1 s  a1..a10 are throttled, pause 1 s
           nobody may go
      2 s  b1 probes
      2 s  b1 is answered
      2 s  b1..b20 are answered
      3 s  a1..a10 are throttled
           suspects: a10 a8 a9
           the rate stays
           everybody may go)"},
    {"what was paused is released when throttling follows the target", R"(
      0 s  b1..b20 are answered
      1 s  a1..a8 are throttled, pause 1 s
      2 s  b1 probes
      2 s  b1 is answered
      2 s  b1..b20 are answered
      3 s  a1..a7 are throttled, pause 30 s
           nobody may go
      3 s  a8 is throttled, pause 30 s
           the rate is cleared
           a8 pauses 30 s
           everybody may go)"},
    {"a reload forgets that throttling follows the target", R"(
      0 s  b1..b20 are answered
      1 s  a1..a10 are throttled
      2 s  b1..b20 are answered
      3 s  a1..a10 are throttled
           suspects: a10 a8 a9
      4 s  a reload
      5 s  a5 is throttled
           the rate falls
      6 s  a5 is throttled
           suspects: none)"},
    {"nobody is known: fourteen were refused again, and most others were answered", R"(
      0 s  a1..a14 are throttled
      1 s  b1..b30 are answered
      2 s  a1..a13 are throttled
           suspects: none
      2 s  a14 is throttled
           suspects: a14)"},
    {"a flood: known ones are refused as well, so it is the rate", R"(
      0 s  b1..b20 are answered
      1 s  b1..b20 are throttled
      2 s  b1..b20 are throttled
      3 s  b1..b20 are throttled
           suspects: none)"},
    {"two pauses did not help: the third is obeyed", useless_pauses(2, "paused until 28 s")},
    {"three did not help: the fourth is halved", useless_pauses(3, "paused until 34 s")},
    {"the fifth is a quarter", useless_pauses(4, "paused until 42 s")},
    {"no pause falls below a second", useless_pauses(9, "paused until 91 s")},
    {"a pause after which others were answered has helped",
     useless_pauses(4,
                    "50 s p9 probes\n p9 is answered\n b1..b9 are answered\n"
                    "c is throttled, pause 8 s\n paused until 58 s")},
};

TEST(TroubleTable, TooManyRequests) {
  expect_all_true(kRows);
}

}  // namespace
}  // namespace awps
