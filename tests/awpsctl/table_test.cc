// Tables: laid out for a width.

#include "daemon/awpsctl/view/table.h"

#include <gtest/gtest.h>

#include "base/terminal_text.h"

namespace awps {
namespace {

using Lines = std::vector<std::string>;

Table sample() {
  Table table({{.title = "HUB", .flexible = true},
               {.title = "STATE", .priority = 1},
               {.title = "N", .priority = 2, .is_right = true},
               {.title = "LAST"}});
  table.add({{"a-hub-with-a-long-name"}, {"running"}, {"12"}, {"x"}});
  table.add({{"b"}, {"paused"}, {"3"}, {""}});
  return table;
}

TEST(Table, AlignsItsColumns) {
  EXPECT_EQ(sample().lines(100, Paint(false)), (Lines{
                                                   "HUB                     STATE     N  LAST",
                                                   "a-hub-with-a-long-name  running  12  x",
                                                   "b                       paused    3",
                                               }));
}

TEST(Table, CutsWhatIsFlexibleFirst) {
  EXPECT_EQ(sample().lines(30, Paint(false)), (Lines{
                                                  "HUB          STATE     N  LAST",
                                                  "a-hub-with…  running  12  x",
                                                  "b            paused    3",
                                              }));
}

TEST(Table, ThenLeavesOutWhatMattersLeast) {
  EXPECT_EQ(sample().lines(25, Paint(false)), (Lines{
                                                  "HUB         STATE    LAST",
                                                  "a-hub-wit…  running  x",
                                                  "b           paused",
                                              }));
}

TEST(Table, CutsWhatIsToBeCutLastOnlyWhereNothingElseHelps) {
  Table table({{.title = "HUB", .cut_last = true}, {.title = "STATE", .priority = 1}});
  table.add({{"a-hub-with-a-long-name"}, {"running"}});
  EXPECT_EQ(table.lines(30, Paint(false))[1], "a-hub-with-a-long-name");
  EXPECT_EQ(table.lines(10, Paint(false))[1], "a-hub-wit…");
}

TEST(Table, IsNeverWiderThanAskedForWhileWhatStaysFits) {
  for (size_t width = 14; width < 60; ++width) {
    for (const std::string& line : sample().lines(width, Paint(false))) {
      EXPECT_LE(columns_of(line), width) << line;
    }
  }
}

TEST(Table, PaintsCellsAndNotTheBlanksBetween) {
  Table table({{.title = "A"}, {.title = "B"}});
  table.add({{"x", Colour::kBad}, {"y"}});
  const Lines lines = table.lines(80, Paint(true));
  EXPECT_EQ(lines[1], "\x1b[1;31mx\x1b[0m  y");
}

TEST(Table, TakesWideCharactersByTheirColumns) {
  Table table({{.title = "NAME"}, {.title = "B"}});
  table.add({{"\xE6\x97\xA5\xE6\x9C\xAC"}, {"y"}});
  EXPECT_EQ(table.lines(80, Paint(false))[1], "\xE6\x97\xA5\xE6\x9C\xAC  y");
}

}  // namespace
}  // namespace awps
