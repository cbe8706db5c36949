#include "spool/action_count.h"

#include <algorithm>

namespace awps {

namespace {

constexpr std::string_view kBatchBegin = R"({"batch":[)";
constexpr std::string_view kBlanks = " \t\r";

}  // namespace

void ActionCount::take(std::string_view piece) {
  while (!piece.empty()) {
    size_t taken = 0;
    if (at_ == At::kBegin) taken = take_begin(piece);
    if (at_ == At::kBatch) taken += take_batch(piece.substr(taken));
    if (at_ == At::kCounted) taken = std::min(piece.find('\n', taken), piece.size());
    piece.remove_prefix(taken);
    if (!piece.starts_with('\n')) continue;
    end_line();
    piece.remove_prefix(1);
  }
}

// Up to a '\n', to the piece's end, or to where it is known what the line is.
size_t ActionCount::take_begin(std::string_view piece) {
  for (size_t i = 0; i < piece.size(); ++i) {
    if (piece[i] == '\n') return i;
    if (matched_ == 0 && kBlanks.find(piece[i]) != std::string_view::npos) continue;
    if (piece[i] != kBatchBegin[matched_]) {
      at_ = At::kCounted;
      elements_ = 1;
      return i;
    }
    if (++matched_ == kBatchBegin.size()) {
      at_ = At::kBatch;
      return i + 1;
    }
  }
  return piece.size();
}

// Up to a '\n', to the piece's end, or to the end of the array.
size_t ActionCount::take_batch(std::string_view piece) {
  for (size_t i = 0; i < piece.size(); ++i) {
    const char c = piece[i];
    if (c == '\n') return i;
    if (is_escaped_) {
      is_escaped_ = false;
    } else if (in_text_) {
      is_escaped_ = c == '\\';
      in_text_ = c != '"';
    } else if (c == '"') {
      in_text_ = true;
    } else if (c == '{' || c == '[') {
      elements_ += depth_ == 0 ? 1 : 0;
      ++depth_;
    } else if ((c == '}' || c == ']') && depth_ > 0) {
      --depth_;
    } else if (c == ']') {
      at_ = At::kCounted;
      return i + 1;
    }
  }
  return piece.size();
}

uint64_t ActionCount::in_line() const {
  return at_ == At::kBegin && matched_ > 0 ? 1 : elements_;
}

void ActionCount::end_line() {
  const uint64_t finished = actions();
  *this = {};
  finished_ = finished;
}

}  // namespace awps
