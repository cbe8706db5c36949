#include "intake/refusal_notes.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

using std::chrono::seconds;

constexpr Instant kStart{seconds(1000)};

TEST(RefusalNotes, SayTheFirstAndThenALineAMinute) {
  RefusalNotes notes;
  EXPECT_EQ(notes.note(7, kStart), 1U);
  for (int i = 1; i <= 10; ++i) EXPECT_EQ(notes.note(7, kStart + seconds(i)), std::nullopt);
  EXPECT_EQ(notes.note(7, kStart + seconds(60)), 11U);
  EXPECT_EQ(notes.note(7, kStart + seconds(61)), std::nullopt);
}

TEST(RefusalNotes, KeepReasonsApart) {
  RefusalNotes notes;
  EXPECT_EQ(notes.note(1, kStart), 1U);
  EXPECT_EQ(notes.note(2, kStart), 1U);
}

TEST(RefusalNotes, HaveABound) {
  RefusalNotes notes;
  for (uint64_t reason = 0; reason < RefusalNotes::kMostReasons; ++reason) {
    EXPECT_EQ(notes.note(reason, kStart), 1U);
  }
  EXPECT_EQ(notes.note(1000, kStart), std::nullopt);
  EXPECT_EQ(notes.note(1000, kStart + seconds(60)), 1U) << "the others are old by now";
}

}  // namespace
}  // namespace awps
