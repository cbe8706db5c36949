#include "worker/settled_positions.h"

#include <gtest/gtest.h>

#include "worker/producer_number.h"

namespace awps {
namespace {

using Positions = std::vector<uint64_t>;
using Ranges = std::vector<PositionRange>;

TEST(SettledPositions, AreRangesInAscendingOrder) {
  struct Row {
    Positions positions;
    Ranges ranges;
  };
  for (const Row& row : std::vector<Row>{{{}, {}},
                                         {{7}, {{7, 1}}},
                                         {{1, 2, 3}, {{1, 3}}},
                                         {{3, 1, 2, 9, 8, 5}, {{1, 3}, {5, 1}, {8, 2}}}}) {
    EXPECT_EQ(ranges_of(row.positions), row.ranges);
  }
}

TEST(SettledPositions, TellOnceThatThereAreSome) {
  SettledPositions settled;
  Positions none;
  EXPECT_FALSE(settled.add(none));
  Positions first{4};
  EXPECT_TRUE(settled.add(first));
  EXPECT_TRUE(first.empty());
  Positions second{3};
  EXPECT_FALSE(settled.add(second));
  EXPECT_TRUE(settled.any());
  EXPECT_EQ(settled.take().ranges, (Ranges{{3, 2}}));
  EXPECT_FALSE(settled.any());
  Positions third{9};
  EXPECT_TRUE(settled.add(third));
}

TEST(ProducerNumber, KnowsItsRun) {
  const uint64_t producer = producer_in_log(/*run=*/3, /*connection=*/7);
  EXPECT_EQ(producer, (uint64_t{3} << 40U) + 7);
  EXPECT_EQ(connection_of(producer), 7U);
  EXPECT_TRUE(is_of_run(producer, 3));
  EXPECT_FALSE(is_of_run(producer, 4));
}

}  // namespace
}  // namespace awps
