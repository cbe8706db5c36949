#pragma once

// ReplyBuffer: what one connection's producer has not read yet.
//
// 1. A reply that is owed (ack = accepted or delivered) is never dropped: whoever fills the buffer
//    looks at is_full() and stops reading. So it exceeds its bound by one reply, and by the
//    outcomes of what is under way already: these count as input that waits (held_input.h).
// 2. With ack = none a refusal beyond the bound is dropped and counted, and the next one that is
//    written says how many were.
// 3. After discard_all() nothing is kept: nobody will read it.
//
// Pure; belongs to one thread.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "socket/reply_writer.h"

namespace awps {

class ReplyBuffer {
 public:
  explicit ReplyBuffer(size_t max_unread_bytes) : max_unread_bytes_(max_unread_bytes) {}

  void set_may_drop(bool may_drop) { may_drop_ = may_drop; }

  /// Writes a refusal; false if it was dropped.
  bool reject(Place place, const Rejection& rejection);
  /// For a reply that is appended by a function of reply_writer.h.
  std::string& text() { return text_; }

  bool is_full() const { return !may_drop_ && unread().size() >= max_unread_bytes_; }
  /// Low enough to read on: at half, so that reading does not stop and start with every reply.
  bool has_drained() const { return unread().size() <= max_unread_bytes_ / 2; }
  size_t bytes_beyond_bound() const {
    return text_.size() > max_unread_bytes_ ? text_.size() - max_unread_bytes_ : 0;
  }
  std::string_view unread() const { return std::string_view(text_).substr(written_); }
  /// The first `bytes` of unread() are with the producer.
  void consume(size_t bytes);
  void discard_all();
  bool is_discarding() const { return discarding_; }

 private:
  size_t max_unread_bytes_;
  bool may_drop_ = true;
  bool discarding_ = false;
  uint64_t dropped_ = 0;
  std::string text_;
  size_t written_ = 0;
};

}  // namespace awps
