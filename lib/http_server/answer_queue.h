#pragma once

// AnswerQueue: the answers that a connection owes, in the order of its requests. They are given in
// any order, and leave it in that one. Pure.

#include <cstdint>
#include <functional>
#include <vector>

#include "http_server/reply.h"

namespace awps::http_server {

/// The answer to one request.
struct OwedAnswer {
  bool to_head = false;     // its request is a HEAD
  bool may_chunk = true;    // its client knows chunks
  bool keeps_alive = true;  // its client wishes the connection to go on
  Reply reply{};            // once it is given
};

class AnswerQueue {
 public:
  bool is_empty() const { return owed_.empty(); }
  size_t size() const { return owed_.size(); }
  /// Of the bodies of those that are given, and wait for others.
  size_t given_bytes() const { return given_bytes_; }

  /// The number of the request, for answer() and abandon().
  uint64_t owe(OwedAnswer answer);
  /// Once for each.
  void answer(uint64_t request, Reply reply);
  /// There will be none.
  void abandon(uint64_t request);

  enum class First { kNone, kOpen, kAnswered, kAbandoned };
  First first() const { return owed_.empty() ? First::kNone : owed_.front().state; }
  /// The first one, which is answered or abandoned.
  OwedAnswer take();
  /// All that are answered; nothing is owed any more.
  std::vector<Reply> take_given();

 private:
  struct Entry {
    OwedAnswer answer;
    First state = First::kOpen;
  };
  Entry& entry_of(uint64_t request);

  uint64_t first_number_ = 0;
  size_t given_bytes_ = 0;
  std::vector<Entry> owed_;  // few: Limits::max_pipelined
};

}  // namespace awps::http_server
