// Dead letters in memory and on disk, one thing at a time; over crashes, see letters_model_test.cc.

#include "worker/kept_letters.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <vector>

#include "tests/worker/letters_rig.h"
#include "worker/letter_recovery.h"
#include "worker/producer_number.h"

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Names = std::vector<std::string>;
using Numbers = std::vector<uint64_t>;

TEST(KeptLetters, NothingIsMadeBeforeTheFirst) {
  LettersRig rig;
  rig.run(seconds(20));
  EXPECT_FALSE(rig.disk->has("/spool"));
}

TEST(KeptLetters, TheFirstIsWrittenAtOnceAndLaterOnesOnceASecond) {
  LettersRig rig;
  rig.give_up_new("a");
  rig.turn();
  EXPECT_EQ(rig.box->written(), 1U);
  for (int i = 0; i < 5; ++i) {
    rig.give_up_new("b");
    rig.clock.pass(milliseconds(150));
    rig.turn();
    EXPECT_EQ(rig.box->written(), 1U);
  }
  rig.clock.pass(milliseconds(250));
  rig.turn();
  EXPECT_EQ(rig.box->written(), 6U);
}

TEST(KeptLetters, ARestartHasThemAndGoesOnWithTheirNumbers) {
  LettersRig rig;
  for (const char* name : {"a", "b", "c"}) rig.give_up_new(name);
  rig.run(seconds(2));
  rig.cut(Keep::kNone);
  EXPECT_EQ(rig.listed(), (Names{"a", "b", "c"}));
  EXPECT_EQ(rig.purge(1) + rig.purge(2) + rig.purge(3), 3U);
  rig.run(seconds(2));
  rig.cut(Keep::kNone);
  EXPECT_EQ(rig.listed(), Names{});
  EXPECT_EQ(rig.store->summary().last_number, 3U);
  rig.give_up_new("d");
  EXPECT_EQ(rig.numbers(), Numbers{4});
}

TEST(KeptLetters, TheBoundsHoldOverARestart) {
  LettersRig rig({.bounds = {.max_count = 3, .max_age = std::chrono::hours(1)}});
  for (const char* name : {"a", "b", "c", "d"}) rig.give_up_new(name);
  rig.run(seconds(2));
  rig.cut(Keep::kNone);
  EXPECT_EQ(rig.listed(), (Names{"b", "c", "d"}));
  rig.clock.pass(std::chrono::minutes(61));
  rig.cut(Keep::kNone);
  EXPECT_EQ(rig.listed(), Names{});
  rig.run(seconds(2));
  EXPECT_EQ(rig.letters_on_disk(), 0U);
}

TEST(KeptLetters, WhatIsSentAgainStaysOnDiskUntilItsEnd) {
  LettersRig rig;
  rig.give_up_new("a");
  rig.run(seconds(2));
  rig.redrive(1);
  rig.run(seconds(2));
  EXPECT_EQ(rig.listed(), Names{});
  EXPECT_EQ(rig.letters_on_disk(), 1U);
  rig.kill();
  EXPECT_EQ(rig.listed(), Names{"a"});
  rig.redrive(1);
  rig.deliver(0);
  rig.run(seconds(2));
  EXPECT_EQ(rig.letters_on_disk(), 0U);
}

// ---- with a log

TEST(KeptLetters, APlaceInTheLogIsReleasedBehindItsLetter) {
  LettersRig rig({.is_durable = true});
  rig.give_up_new("a");
  EXPECT_EQ(rig.records_on_disk(), 1U);
  rig.run(milliseconds(500));
  EXPECT_EQ(rig.box->written(), 1U);
  EXPECT_EQ(rig.records_on_disk(), 0U);
}

// The letter could not be written: its action is there after a crash.
TEST(KeptLetters, WithoutItsLetterAPlaceStays) {
  LettersRig rig({.is_durable = true});
  rig.accept("a");
  rig.run(milliseconds(200));
  rig.disk->fail({.from = 1, .code = EIO, .is_lasting = true});
  rig.give_up(0);
  rig.run(seconds(3));
  EXPECT_EQ(rig.listed(), Names{"a"});
  rig.disk->heal();
  rig.kill();
  rig.run(milliseconds(100));
  EXPECT_EQ(rig.listed(), Names{});
  EXPECT_EQ(rig.held(), Names{"a"});
}

TEST(KeptLetters, InMemoryAloneAPlaceIsReleasedAtOnce) {
  LettersRig rig({.is_durable = true, .writes = false});
  rig.give_up_new("a");
  rig.run(milliseconds(500));
  EXPECT_EQ(rig.records_on_disk(), 0U);
  EXPECT_EQ(rig.letters_on_disk(), 0U);
  EXPECT_FALSE(rig.store->storage().is_on_disk);
}

TEST(KeptLetters, ADroppedOneReleasesItsPlace) {
  LettersRig rig({.is_durable = true, .bounds = {.max_count = 1}});
  rig.give_up_new("a");
  rig.give_up_new("b");
  std::vector<uint64_t> positions;
  rig.store->hand_over(positions);
  EXPECT_EQ(positions, Numbers{1});  // a is no letter any more, and will never be written
}

// ---- what a start finds

// The log may have let its action go before its letter went from the disk. That is a second for
// each of the two, and the letter is listed again, never sent by itself.
TEST(LetterRecovery, OneThatWasSentAgainIsListedAgainForTwoSecondsAtMost) {
  for (const Duration passed : {milliseconds(0), milliseconds(300), milliseconds(2000)}) {
    LettersRig rig({.is_durable = true});
    rig.give_up_new("a");
    rig.run(seconds(3));
    rig.redrive(1);
    rig.run(milliseconds(100));
    ASSERT_EQ(rig.held(), Names{"a"});
    rig.deliver(0);
    rig.run(passed);
    rig.kill();
    const Names listed = rig.listed();
    rig.run(milliseconds(200));
    const size_t most = passed < seconds(2) ? 1 : 0;  // never both
    EXPECT_LE(listed.size() + rig.held().size(), most);
  }
}

TEST(LetterRecovery, AnActionThatIsALetterIsNotSentByItself) {
  LettersRig rig({.is_durable = true});
  rig.give_up_new("a");
  rig.turn();  // the letter is written, its place is not released
  EXPECT_EQ(rig.box->written(), 1U);
  EXPECT_EQ(rig.records_on_disk(), 1U);
  rig.cut(Keep::kNone);
  rig.run(milliseconds(200));
  EXPECT_EQ(rig.held(), Names{});
  EXPECT_EQ(rig.listed(), Names{"a"});
  EXPECT_EQ(rig.records_on_disk(), 0U);
}

TEST(LetterRecovery, ALetterWhoseActionWasSentAgainIsGone) {
  LettersRig rig({.is_durable = true});
  rig.give_up_new("a");
  rig.run(seconds(2));
  rig.redrive(1);
  rig.committer->turn();  // its record is synced, and nobody was told
  rig.cut(Keep::kNone);
  EXPECT_EQ(rig.listed(), Names{});
  rig.run(seconds(2));
  EXPECT_EQ(rig.held(), Names{"a"});
  EXPECT_EQ(rig.letters_on_disk(), 0U);
}

TEST(LetterRecovery, BeforeItsRecordIsSyncedALetterStays) {
  LettersRig rig({.is_durable = true});
  rig.give_up_new("a");
  rig.run(seconds(2));
  rig.redrive(1);
  EXPECT_EQ(rig.listed(), Names{});
  rig.cut(Keep::kAll);
  EXPECT_EQ(rig.listed(), Names{"a"});
}

std::string record_of_run(uint32_t run, uint64_t letter = 0) {
  const ActionOptions options;
  std::string record;
  append_record(record, {.action = {.data = "x", .options = &options},
                         .hub = "hub",
                         .origin = {.producer = producer_in_log(run, 1), .seq = 7},
                         .letter = letter});
  std::string bytes;
  for (unsigned shift = 0; shift < 32; shift += 8) {
    bytes += static_cast<char>(record.size() >> shift & 0xFFU);
  }
  return bytes + record;
}

struct RunRow {
  const char* name;
  uint32_t run_of_record;
  uint64_t names;  // a letter
  DeadLetter letter;
  uint64_t released;
  bool is_done;
};

constexpr Origin kOwn{.producer = 1, .seq = 7};  // as record_of_run() has it

class LetterMatching : public testing::TestWithParam<RunRow> {};

// Positions and numbers begin anew where a log was empty.
TEST_P(LetterMatching, GoesByTheRun) {
  DiskModel disk;
  SpoolSpace space(disk, {.path = "/"});
  auto log = Log::open(disk, space, {.folder = "/log"}, [](uint64_t, uint64_t) {});
  ASSERT_TRUE(log.ok());
  (*log)->add(record_of_run(GetParam().run_of_record, GetParam().names), 1);
  ASSERT_TRUE((*log)->commit(WallTime(seconds(1))).ok());
  std::vector<RestoredLetter> letters = {{.letter = GetParam().letter}};
  const auto match = match_letters(**log, letters);
  ASSERT_TRUE(match.ok());
  EXPECT_EQ(match->released, GetParam().released);
  EXPECT_EQ(letters[0].generation, GetParam().released);
  EXPECT_EQ((*log)->status().records, 1 - GetParam().released);
  EXPECT_EQ(!match->done.empty(), GetParam().is_done);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, LetterMatching,
    testing::Values(
        RunRow{"SameRun", 3, 0, {.number = 5, .origin = kOwn, .position = 1, .run = 3}, 1, false},
        RunRow{"GivenUpInALaterRun",
               3,
               0,
               {.number = 5, .origin = kOwn, .position = 1, .run = 4},
               1,
               false},
        RunRow{"AcceptedInALaterRun",
               4,
               0,
               {.number = 5, .origin = kOwn, .position = 1, .run = 3},
               0,
               false},
        RunRow{"OfAnotherConnection",
               3,
               0,
               {.number = 5, .origin = {.producer = 2, .seq = 7}, .position = 1, .run = 3},
               0,
               false},
        RunRow{"AnotherOfItsConnection",
               3,
               0,
               {.number = 5, .origin = {.producer = 1, .seq = 8}, .position = 1, .run = 3},
               0,
               false},
        RunRow{"AnotherPosition", 3, 0, {.number = 5, .position = 2, .run = 3}, 0, false},
        RunRow{"Named", 3, 5, {.number = 5, .position = 9, .run = 3}, 0, true},
        RunRow{"NamedFromMemory", 3, 5, {.number = 5}, 0, true},
        RunRow{"NamedInALaterRun", 4, 5, {.number = 5, .position = 9, .run = 3}, 0, true},
        RunRow{"AYoungerOneOfItsNumber", 3, 5, {.number = 5, .position = 9, .run = 4}, 0, false},
        RunRow{"AnotherIsNamed", 3, 6, {.number = 5, .position = 9, .run = 3}, 0, false}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace awps
