#include "socket/reply_buffer.h"

namespace awps {

bool ReplyBuffer::reject(Place place, const Rejection& rejection) {
  if (discarding_) return true;
  if (may_drop_ && unread().size() >= max_unread_bytes_) {
    ++dropped_;
    return false;
  }
  append_rejected(text_, place, rejection, dropped_);
  dropped_ = 0;
  return true;
}

void ReplyBuffer::consume(size_t bytes) {
  static constexpr size_t kMostKept = 4096;
  written_ += bytes;
  if (written_ < text_.size()) {
    // Moving what is left once half is written costs each byte at most one move.
    if (written_ < text_.size() / 2) return;
    text_.erase(0, written_);
    written_ = 0;
    return;
  }
  text_.clear();
  written_ = 0;
  if (text_.capacity() > kMostKept) text_.shrink_to_fit();
}

void ReplyBuffer::discard_all() {
  discarding_ = true;
  consume(unread().size());
}

}  // namespace awps
