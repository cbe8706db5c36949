#pragma once

// OperationList: operations that wait for the same thing, the first first. An operation is in one
// list at most, and knows in which.
//
// One thread. O(1).

#include <cstddef>

namespace awps {

struct Operation;

class OperationList {
 public:
  OperationList() = default;
  OperationList(const OperationList&) = delete;
  OperationList& operator=(const OperationList&) = delete;

  void push(Operation& operation);
  /// The operation is in this list.
  void remove(Operation& operation);
  /// nullptr: nobody is in it.
  Operation* pop();
  Operation* first() const { return first_; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  /// Takes it out of whichever list it is in, if it is in one.
  static void leave(Operation& operation);

 private:
  Operation* first_ = nullptr;
  Operation* last_ = nullptr;
  size_t size_ = 0;
};

}  // namespace awps
