// What failures say of single targets: suspects, newcomers, and what is charged. Stories (story.h).

#include <gtest/gtest.h>

#include "tests/limit/story.h"

namespace awps {
namespace {

const std::vector<StoryRow> kSuspects = {
    {"failed twice, another answered between", R"(
      0 s    a fails
      0.5 s  b is answered
      1 s    a fails
             suspects: a)"},
    {"failed twice, nobody answered between", R"(
      0 s    b is answered
      0.5 s  a fails
      1 s    a fails
             suspects: none)"},
    {"two at once are one failure", R"(
      0 s    a starts
      0.1 s  a1 fails
      0.2 s  b is answered
      0.3 s  a fails
             suspects: none)"},
    {"one 2xx ends the suspicion", R"(
      0 s    a fails
      0.5 s  b is answered
      1 s    a fails
             suspects: a
      2 s    a is answered
             suspects: none
      3 s    a fails
             suspects: none)"},
    {"an attempt that began before the end of a hold says nothing of its target", R"(
      0 s    a starts
      0 s    b1..b2 fail
      0 s    b1..b6 fail
             not held
      0 s    b7..b8 fail
             held: service failing
      1 s    c is answered
      2 s    a fails
      3 s    c is answered
      4 s    a fails
             suspects: none)"},
    {"a failed probe of a hold says nothing of its target", R"(
      0 s    a1..a2 fail
             held: service failing
      0.1 s  c probes
      0.2 s  c fails
      0.3 s  b is answered
      0.5 s  c fails
             suspects: none)"},
    {"as long as only suspects are tried, health is asked", R"(
      0 s    a fails
      0.5 s  b is answered
      1 s    health is not asked
      1 s    a fails
             suspects: a
             health is asked
      2 s    health is asked
      2.5 s  b is answered
      4 s    health is not asked)"},
    {"a reload forgets them, and ends a hold", R"(
      0 s    a fails
      0.5 s  b is answered
      1 s    a fails
             suspects: a
      9 s    c1..c2 fail
             held: service failing
      10 s   a reload
             not held
             suspects: none
             an outage takes 8)"},
};

const std::vector<StoryRow> kCharges = {
    {"others were answered after it had begun", R"(
      0 s    a fails
             a is not charged
      0.1 s  b is answered
             a is charged)"},
    {"others were answered before it began", R"(
      0 s  b is answered
      1 s  a fails
           a is not charged)"},
    {"what failed in the row that led to a hold, and in it, is charged to nobody", R"(
      0 s    a1..a8 fail
             held: service failing
      0.1 s  c probes
      0.2 s  c fails
      6 s    b probes
      6.1 s  b is answered
             a1..a8 are not charged
             c is not charged)"},
    {"a suspect's is charged all the same", R"(
      0 s    x fails
      0.1 s  b is answered
      0.2 s  x fails
             suspects: x
      4 s    a1..a2 fail
             held: service failing
      4.1 s  x probes
      4.2 s  x fails
      9.1 s  b is answered
             a1..a2 are not charged
             x is charged)"},
    {"what failed in a hold is not charged, though another hold came since", R"(
      0 s     a starts
      1 s     c1..c8 fail
              held: service failing
      1.1 s   a fails
      1.5 s   b is answered
              not held
      20 s    d1..d2 find no way
      21 s    d3 probes
      21.1 s  d3 is answered
              not held
              a is not charged)"},
    {"a refusal needs an answer of its own hub", R"(
      0 s    h1.a is refused
      0.1 s  h2.b is answered
             h1.a is not charged
      0.2 s  h1.c is answered
             h1.a is charged)"},
    {"alone, with health good: its time", R"(
      0 s    a fails
      0.1 s  health is good
             a is charged its time)"},
    {"alone, with health bad: nothing", R"(
      0 s    a fails
      0.1 s  health is bad
             a is not charged)"},
    {"alone, with health good before it began: nothing", R"(
      0 s  a fails
      1 s  health is good
      2 s  a fails
           a is not charged)"},
    {"health good, but another target failed as well: nothing", R"(
      0 s    a fails
      0.1 s  c fails
      0.2 s  health is good
             a is not charged)"},
    {"health good, and another target is still tried now and then: nothing", R"(
      0 s    c fails
      60 s   c fails
      179 s  a fails
      180 s  health is good
             a is not charged)"},
    {"health good, and another target is tried no more: alone", R"(
      0 s    c fails
      121 s  a fails
      122 s  health is good
             a is charged its time)"},
    {"two fail for five minutes, health good all the time: their time", R"(
      0 s    a fails
      0.1 s  c fails
             held: service failing
      1 s    health is good
      100 s  health is good
      200 s  health is good
      250 s  c fails
      299 s  a fails
      300 s  health is good
             a is not charged
      301 s  c fails
      302 s  health is good
             c is charged its time)"},
    {"health was bad once: nothing, until it was good for five minutes", R"(
      0 s    a fails
      0.1 s  c fails
      1 s    health is good
      100 s  health is bad
      101 s  health is good
      200 s  health is good
      300 s  c fails
      301 s  a fails
      302 s  health is good
             a is not charged
      400 s  a fails
      402 s  health is good
             a is charged its time)"},
    {"nobody heard of health for a while: nothing", R"(
      0 s    a fails
      0.1 s  c fails
      1 s    health is good
      200 s  health is good
      300 s  a fails
      301 s  c fails
      302 s  health is good
             c is not charged)"},
    {"health good, but somebody was answered meanwhile: nothing", R"(
      0 s    a fails
      0.1 s  c fails
      1 s    health is good
      100 s  health is good
      200 s  health is good
      250 s  b is answered
      300 s  a fails
      301 s  c fails
      302 s  health is good
             a is not charged
             c is not charged)"},
    {"two are refused for five minutes: not even with health good", R"(
      0 s    a is refused
      0.1 s  c is refused
      1 s    health is good
      100 s  health is good
      200 s  health is good
      300 s  a is refused
      301 s  c is refused
      302 s  health is good
             c is not charged)"},
    {"seven fail for five minutes, health good all the time: their time", R"(
      0 s    a1..a7 fail
      1 s    health is good
      100 s  health is good
      200 s  health is good
      250 s  a1..a7 fail
      301 s  a7 fails
      302 s  health is good
             a7 is charged its time)"},
    {"eight fail, though health is good: an outage", R"(
      0 s    a1..a8 fail
      1 s    health is good
      100 s  health is good
      200 s  health is good
      250 s  a1..a8 fail
      301 s  a7 fails
      302 s  health is good
             a7 is not charged)"},
    {"eight failed, but one is tried no more: their time", R"(
      0 s    a1..a8 fail
      1 s    health is good
      100 s  health is good
      200 s  health is good
      250 s  a1..a7 fail
      300 s  health is good
      301 s  a7 fails
      302 s  health is good
             a7 is charged its time)"},
    {"more fail one after another than anybody counts: an outage", R"(
      0 s    a1..a64 fail
      1 s    health is good
      100 s  health is good
      200 s  health is good
      310 s  c1..c20 fail
      311 s  health is good
             c20 is not charged)"},
    {"alone and refused: not even with health good", R"(
      0 s    a is refused
      0.1 s  health is good
             a is not charged)"},
};

const std::vector<StoryRow> kNewcomers = {
    {"two of three fail", R"(
      0 s  b is answered
      1 s  a1..a2 fail
           newcomers are doubtful)"},
    {"known targets that fail are no newcomers", R"(
      0 s  a1..a6 are answered
      1 s  a1..a6 fail
           newcomers are trusted)"},
    {"everybody fails: that is no newcomer's fault", R"(
      0 s  b is answered
      1 s  a1..a8 fail
           held: service failing
           newcomers are trusted)"},
    {"whoever was answered is known until it fails", R"(
      0 s  a is a newcomer
      0 s  a is answered
           a is known
      1 s  a fails
           a is a newcomer)"},
    {"whoever was answered is known until it is throttled twice", R"(
      0 s  a is answered
      1 s  a is throttled
           a is known
      2 s  a is throttled
           a is a newcomer)"},
    {"trust comes back", R"(
      0 s  b is answered
      1 s  a1..a2 fail
      2 s  c1..c20 are answered
           newcomers are trusted)"},
};

TEST(TroubleTable, Suspects) {
  expect_all_true(kSuspects);
}

TEST(TroubleTable, Charges) {
  expect_all_true(kCharges);
}

TEST(TroubleTable, Newcomers) {
  expect_all_true(kNewcomers);
}

}  // namespace
}  // namespace awps
