#include "http_server/chunks.h"

#include <algorithm>
#include <string>

#include "base/ascii.h"

namespace awps::http_server {

namespace {

constexpr int kMaxDigits = 16;  // as many as 64 bits have

std::optional<unsigned> hex_value(char c) {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  const char lower = to_lower(c);
  if (lower >= 'a' && lower <= 'f') return static_cast<unsigned>(lower - 'a') + 10;
  return std::nullopt;
}

}  // namespace

Chunks::Step Chunks::take(std::string_view bytes) {
  Step step;
  while (step.taken < bytes.size() && !is_done() && !refusal_) {
    if (place_ != Place::kData) {
      take_frame(bytes[step.taken++]);
      // The caller looks at the size before it takes the data.
      if (place_ == Place::kData) return step;
      continue;
    }
    const auto size = static_cast<size_t>(std::min<uint64_t>(left_, bytes.size() - step.taken));
    step.data = bytes.substr(step.taken, size);
    step.taken += size;
    left_ -= size;
    if (left_ == 0) place_ = Place::kDataCr;
    return step;
  }
  return step;
}

void Chunks::take_frame(char c) {
  switch (place_) {
    case Place::kSize:
      return take_size(c);
    case Place::kExtension:
      if (c == '\r') return expect(c, '\r', Place::kSizeEnd);
      if (c == '\n') return refuse("the line of its size ends without CR");
      return count_extra();
    case Place::kSizeEnd:
      digits_ = 0;
      return expect(c, '\n', left_ == 0 ? Place::kTrailer : Place::kData);
    case Place::kDataCr:
      return expect(c, '\r', Place::kDataLf);
    case Place::kDataLf:
      return expect(c, '\n', Place::kSize);
    case Place::kTrailer:
      if (c == '\r') return expect(c, '\r', Place::kLastLf);
      place_ = Place::kTrailerLine;
      [[fallthrough]];
    case Place::kTrailerLine:
      if (c == '\r') return expect(c, '\r', Place::kTrailerEnd);
      if (c == '\n') return refuse("a line of its trailer ends without CR");
      return count_extra();
    case Place::kTrailerEnd:
      return expect(c, '\n', Place::kTrailer);
    case Place::kLastLf:
      return expect(c, '\n', Place::kDone);
    case Place::kData:
    case Place::kDone:
      return;
  }
}

void Chunks::take_size(char c) {
  const auto digit = hex_value(c);
  if (digit) {
    if (++digits_ > kMaxDigits) return refuse("the size of a chunk has too many digits");
    left_ = left_ << 4U | *digit;
    return;
  }
  if (digits_ == 0) return refuse("a chunk does not begin with its size");
  if (c == ';') {
    place_ = Place::kExtension;
    return count_extra();
  }
  expect(c, '\r', Place::kSizeEnd);
}

void Chunks::count_extra() {
  if (++extras_ > kMaxExtras) refuse("extensions and trailers of its chunks have over 256 bytes");
}

void Chunks::expect(char c, char expected, Place next) {
  if (c != expected) return refuse("a chunk or its size does not end with CR LF");
  place_ = next;
}

void Chunks::refuse(const char* what) {
  refusal_ = RequestRefusal{400, std::string("the body is not well chunked: ") + what};
}

}  // namespace awps::http_server
