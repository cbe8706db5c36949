#include "socket/line_splitter.h"

#include <algorithm>
#include <utility>

namespace awps {

namespace {

std::string_view without_return(std::string_view text) {
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

bool is_blank(std::string_view text) {
  // Nearly every line begins with a bracket, so this is one comparison.
  return std::ranges::all_of(text, [](char c) { return c == ' ' || c == '\t' || c == '\r'; });
}

Line too_long_line(uint64_t number) {
  return {.text = {}, .number = number, .too_long = true};
}

}  // namespace

std::optional<Line> LineSplitter::next_of_several_reads(std::string_view& bytes) {
  if (delivered_) forget();
  while (!bytes.empty()) {
    const void* found = std::memchr(bytes.data(), '\n', bytes.size());
    if (found == nullptr) break;
    const auto length = static_cast<size_t>(static_cast<const char*>(found) - bytes.data());
    const std::string_view piece = bytes.substr(0, length);
    bytes.remove_prefix(length + 1);
    ++number_;
    if (discarding_) {
      discarding_ = false;
      continue;
    }
    const std::optional<Line> line = complete(piece);
    if (line) return line;
  }
  const std::string_view rest = bytes;
  bytes = {};
  if (discarding_ || rest.empty()) return std::nullopt;
  // One byte more may still turn out to be the '\r' of a line that fits.
  if (partial_.size() + rest.size() > max_line_bytes_ + 1) {
    forget();
    discarding_ = true;
    return too_long_line(number_ + 1);
  }
  keep(rest);
  return std::nullopt;
}

std::optional<Line> LineSplitter::complete(std::string_view piece) {
  if (partial_.empty()) {
    piece = without_return(piece);
    if (is_too_long(piece)) return too_long_line(number_);
    if (is_blank(piece)) return std::nullopt;
    return Line{.text = piece, .number = number_};
  }
  const bool fits = partial_.size() + piece.size() <= max_line_bytes_ + 1;
  if (fits) keep(piece);
  const std::string_view text = without_return(partial_);
  if (!fits || is_too_long(text)) {
    forget();
    return too_long_line(number_);
  }
  if (is_blank(text)) {
    forget();
    return std::nullopt;
  }
  const size_t length = text.size();
  partial_.append(kReadPadding, '\0');
  delivered_ = true;
  return Line{.text = std::string_view(partial_).substr(0, length), .number = number_};
}

std::optional<Line> LineSplitter::last() {
  if (delivered_) forget();
  if (partial_.empty()) return std::nullopt;
  ++number_;
  return complete({});
}

std::string LineSplitter::take_over(const Line& line, size_t offset) {
  std::string text;
  if (delivered_) {
    text = std::exchange(partial_, {});
    delivered_ = false;
    text.resize(line.text.size() + kReadPadding);
    text.erase(0, offset);
    return text;
  }
  text.reserve(line.text.size() - offset + kReadPadding);
  text.assign(line.text.substr(offset));
  text.append(kReadPadding, '\0');
  return text;
}

std::optional<Line> LineSplitter::refuse_partial() {
  if (held_bytes() == 0) return std::nullopt;
  forget();
  discarding_ = true;
  return too_long_line(number_ + 1);
}

void LineSplitter::forget() {
  // A long line's memory goes back; a short one's is used again, for most reads end within a line.
  static constexpr size_t kMostKept = 4096;
  partial_.clear();
  if (partial_.capacity() > kMostKept) partial_.shrink_to_fit();
  delivered_ = false;
}

bool LineSplitter::is_too_long(std::string_view text) const {
  return text.size() > max_line_bytes_;
}

}  // namespace awps
