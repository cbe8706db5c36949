// Whether failures speak of the endpoint, as a table of stories (story.h). What they say of single
// targets is in trouble_targets_test.cc, "too many requests" in trouble_throttling_test.cc.

#include "limit/trouble.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/limit/story.h"

namespace awps {
namespace {

TEST(Story, WhatIsNotSoIsFound) {
  EXPECT_NE(mistakes_of("held: service failing"), "");
  EXPECT_NE(mistakes_of("1 s a probe may go"), "");
  EXPECT_NE(mistakes_of("1 s a fails\n a is charged"), "");
  EXPECT_NE(mistakes_of("1 s a is throttled, pause 5 s\n paused until 7 s"), "");
  EXPECT_NE(mistakes_of("1 s a1..a2 fall over"), "") << "not understood";
}

const std::vector<StoryRow> kWay = {
    {"one failure is not enough", R"(
      0 s  a finds no way
           not held
           everybody may go
           health is asked
           a is not charged)"},
    {"two in a row", R"(
      0 s    a finds no way
      0.1 s  a finds no way
             held: service unreachable
             a probe may go)"},
    {"one that is 3 s old, and no answer since", R"(
      0 s    a finds no way
      2.9 s  health is asked
             not held
      3.9 s  health is asked
             held: service unreachable)"},
    {"an answer in between, even a refusal of one action", R"(
      0 s    a finds no way
      0.1 s  b is wrong
      0.2 s  a finds no way
             not held)"},
    {"an answer in between, even one that fails: there is a way", R"(
      0 s    a finds no way
      0.1 s  b fails
      0.2 s  a finds no way
             not held)"},
    {"nobody is charged, though somebody was answered", R"(
      0 s    a starts
      1 s    b is answered
      1.1 s  a finds no way
             a is not charged)"},
    {"probes are quick for 5 s, then quick as long as somebody is seen at the other end", R"(
      0 s     a1..a2 find no way
      4.9 s   a3 probes
              a3 finds no way
              next probe at 5 s
      5 s     a4 probes
              a4 finds no way
              next probe at 6 s
      6 s     health is silent
              a5 probes
              a5 finds no way
              next probe at 7 s
      6.5 s   health is bad
              next probe at 6.5 s
      6.5 s   a6 probes
              a6 finds no way
              next probe at 6.6 s)"},
    {"a probe after a pause that finds no way shows nothing: the next one is a probe as well", R"(
      0 s  a is throttled, pause 5 s
      5 s  b probes
           b finds no way
           a probe may go)"},
    {"its end is no false alarm", R"(
      0 s    a1..a2 find no way
      0.1 s  b probes
      0.2 s  b is answered
             not held
             an outage takes 8)"},
    {"an answer that fails ends it: there is a way", R"(
      0 s    a1..a2 find no way
      0.1 s  b probes
      0.2 s  b fails
             not held)"},
};

const std::vector<StoryRow> kEndpoint = {
    {"8 targets in a row", R"(
      0 s  b is answered
      1 s  c starts
      1 s  a1..a8 fail
           held: service failing)"},
    {"the way fails as well for a while: an answer that fails does not end it", R"(
      0 s    b is answered
      1 s    c starts
      1 s    a1..a8 fail
             held: service failing
      1.2 s  d1 probes
             d1 finds no way
      1.4 s  d2 probes
             d2 finds no way
             held: service unreachable
      1.6 s  d3 probes
             d3 fails
             held: service failing)"},
    {"7 are not enough", R"(
      0 s  b is answered
      1 s  c starts
      1 s  a1..a7 fail
           not held)"},
    {"7 of which some failed again are not enough", R"(
      0 s  b is answered
      1 s  c starts
      1 s  a1..a7 fail
      2 s  a1..a7 fail
           not held)"},
    {"8, and a 2xx between", R"(
      0 s  c starts
      1 s  a1..a7 fail
      1 s  b is answered
      1 s  a8 fails
           not held)"},
    {"8, and a refusal of one action between: the service works", R"(
      0 s  c starts
      1 s  a1..a7 fail
      1 s  b is wrong
      1 s  a8 fails
           not held)"},
    {"two attempts, and nobody else", R"(
      0 s  a fails
           not held
      1 s  a fails
           held: service failing)"},
    {"two attempts, and somebody is under way: he may be answered", R"(
      0 s  b starts
      0 s  a fails
      1 s  a fails
           not held
      2 s  b vanishes
      2 s  a fails
           held: service failing)"},
    {"two attempts, and somebody was answered less than 3 s ago", R"(
      0 s  b is answered
      1 s  a1..a2 fail
           not held
      3 s  a3 fails
           held: service failing)"},
    {"suspects do not count: half of the targets may fail for good", R"(
      0 s  a1..a7 fail
           held: service failing
      1 s  b is answered
      2 s  a1..a7 fail
      3 s  b is answered
      4 s  a1..a7 fail
           suspects: a1 a2 a3 a4 a5 a6 a7
      9 s  a1..a7 fail
      9 s  a1..a7 fail
           not held)"},
    {"a suspect that is under way does not count as somebody", R"(
      0 s    a fails
      0.1 s  b is answered
      1 s    a fails
             suspects: a
      2 s    a starts
      8 s    c1..c2 fail
             held: service failing)"},
    {"refusals hold it by their own name", R"(
      0 s  a1..a2 are refused
           held: endpoint at fault)"},
    {"any 2xx ends it, not only a probe's", R"(
      0 s    b starts
      0 s    a1..a8 fail
             held: service failing
      0.1 s  b is answered
             not held
             everybody may go)"},
    {"a refusal of one action ends it", R"(
      0 s    a1..a2 fail
      0.1 s  b probes
      0.2 s  b is wrong
             not held)"},
    {"too many requests end it: somebody counts them", R"(
      0 s    a1..a2 fail
      0.1 s  b probes
      0.2 s  b is throttled
             not held)"},
    {"a good health ends nothing, but the next probe goes at once, one time", R"(
      0 s    a1..a2 fail
      5 s    b probes
      5 s    b fails
             next probe at 6 s
      5.1 s  health is good
             held: service failing
             next probe at 5.1 s
      5.2 s  c probes
      5.2 s  c fails
             next probe at 6.2 s
      5.3 s  health is good
             next probe at 6.2 s)"},
    {"a changed configuration ends it", R"(
      0 s   a1..a2 are refused
      30 s  the configuration changes
            not held
            everybody may go)"},
    {"a new hold is probed at once, though a probe of the last one is under way", R"(
      0 s    a1..a2 are refused
      0.1 s  b probes
      0.2 s  the configuration changes
      0.3 s  c1..c2 find no way
             held: service unreachable
             a probe may go)"},
    {"health is asked each second, while nobody is answered", R"(
      0 s    health is not asked
      0 s    a fails
             health is asked
             health is not asked
      0.9 s  health is not asked
      1 s    health is asked
      1.5 s  b is answered
      9 s    health is not asked)"},
};

const std::vector<StoryRow> kFalseAlarms = {
    {"a hold of less than 5 s doubles the number", R"(
      0 s    b starts
      0 s    a1..a8 fail
             held: service failing
      0.1 s  b is answered
             an outage takes 16
      1 s    c starts
      1 s    a9..a23 fail
             not held
      1 s    a24 fails
             held: service failing)"},
    {"it is doubled to 64 at most", R"(
      0 s    z starts
      0 s    a1..a8 fail
      0.1 s  z is answered
      1 s    z starts
      1 s    b1..b16 fail
      1.1 s  z is answered
      2 s    z starts
      2 s    c1..c32 fail
      2.1 s  z is answered
             an outage takes 64
      3 s    z starts
      3 s    d1..d63 fail
             not held
      3 s    d64 fails
             held: service failing
      3.1 s  z is answered
             an outage takes 64)"},
    {"after a minute it is 8 again", R"(
      0 s   b starts
      0 s   a1..a8 fail
      0 s   b is answered
            an outage takes 16
      61 s  b starts
      61 s  a11..a17 fail
            not held
      61 s  a18 fails
            held: service failing)"},
    {"a hold of 5 s was none", R"(
      0 s  b starts
      0 s  a1..a8 fail
      5 s  b is answered
           an outage takes 8)"},
    {"a burst of sick targets: one hold, and those that fail again are suspects", R"(
      0 s    b starts
      0 s    a1..a8 fail
             held: service failing
      0.1 s  b is answered
             not held
             a1..a8 are not charged
      0.3 s  a1..a8 fail
             suspects: a1 a2 a3 a4 a5 a6 a7 a8
             not held
             a1..a8 are not charged
      0.4 s  b is answered
             a1..a8 are charged)"},
};

TEST(TroubleTable, TheWay) {
  expect_all_true(kWay);
}

TEST(TroubleTable, TheEndpoint) {
  expect_all_true(kEndpoint);
}

TEST(TroubleTable, FalseAlarms) {
  expect_all_true(kFalseAlarms);
}

}  // namespace
}  // namespace awps
