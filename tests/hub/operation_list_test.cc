#include "hub/operation_list.h"

#include <gtest/gtest.h>

#include <deque>

#include "hub/operation.h"

namespace awps {
namespace {

TEST(OperationList, TheFirstComesOutFirst) {
  std::deque<Operation> operations(3);
  OperationList list;
  EXPECT_EQ(list.pop(), nullptr);
  for (Operation& operation : operations) list.push(operation);
  EXPECT_EQ(list.size(), 3U);
  for (Operation& operation : operations) {
    EXPECT_EQ(list.first(), &operation);
    EXPECT_EQ(operation.list, &list);
    EXPECT_EQ(list.pop(), &operation);
    EXPECT_EQ(operation.list, nullptr);
  }
  EXPECT_TRUE(list.empty());
}

TEST(OperationList, WhoLeavesLeavesTheOrderOfTheOthers) {
  for (size_t leaver = 0; leaver < 3; ++leaver) {
    std::deque<Operation> operations(3);
    OperationList list;
    for (Operation& operation : operations) list.push(operation);
    OperationList::leave(operations[leaver]);
    EXPECT_EQ(list.size(), 2U);
    for (size_t i = 0; i < 3; ++i) {
      if (i == leaver) continue;
      EXPECT_EQ(list.pop(), &operations[i]) << leaver << " has left";
    }
    EXPECT_EQ(list.first(), nullptr);
  }
}

TEST(OperationList, AnOperationLeavesTheListThatItIsIn) {
  Operation operation;
  OperationList first;
  OperationList second;
  OperationList::leave(operation);  // it is in none
  first.push(operation);
  OperationList::leave(operation);
  second.push(operation);
  EXPECT_TRUE(first.empty());
  EXPECT_EQ(second.first(), &operation);
}

TEST(OperationListDeathTest, AnOperationIsInOneListAtMost) {
  Operation operation;
  OperationList first;
  OperationList second;
  first.push(operation);
  EXPECT_DEATH(second.push(operation), "");
  EXPECT_DEATH(second.remove(operation), "");
}

}  // namespace
}  // namespace awps
