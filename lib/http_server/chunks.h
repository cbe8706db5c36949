#pragma once

// Chunks: takes a chunked body apart (RFC 9112 §7.1), byte by byte as it comes. Pure.
//
//   chunk = size in 1 to 16 hexadecimal digits [';' extension] CR LF  data CR LF
//   body  = chunk*  '0' [';' extension] CR LF  trailer-line*  CR LF
//
// Extensions and trailers are thrown away. All of a body's together have at most kMaxExtras bytes.
// A CR without LF or a LF without CR is refused, and so is a blank after the size.

#include <cstdint>
#include <optional>
#include <string_view>

#include "http_server/raw_head.h"

namespace awps::http_server {

inline constexpr size_t kMaxExtras = 256;

class Chunks {
 public:
  /// What the first bytes of a text are.
  struct Step {
    size_t taken = 0;       // of the text
    std::string_view data;  // of the body, within what was taken
  };
  /// Takes frame, or data, or both; all of `bytes` if neither is_done() nor refusal() follows.
  Step take(std::string_view bytes);

  /// Of the chunk that is being read; the caller bounds the body by it before its data come.
  uint64_t left_of_chunk() const { return left_; }
  bool is_in_data() const { return place_ == Place::kData; }
  bool is_done() const { return place_ == Place::kDone; }
  const std::optional<RequestRefusal>& refusal() const { return refusal_; }

 private:
  enum class Place {
    kSize,       // digits
    kExtension,  // until CR
    kSizeEnd,    // LF
    kData,
    kDataCr,
    kDataLf,
    kTrailer,      // the first byte of a line, or CR
    kTrailerLine,  // until CR
    kTrailerEnd,   // LF of a line
    kLastLf,
    kDone
  };

  void take_frame(char c);
  void take_size(char c);
  void count_extra();
  void expect(char c, char expected, Place next);
  void refuse(const char* what);

  Place place_ = Place::kSize;
  uint64_t left_ = 0;
  int digits_ = 0;
  size_t extras_ = 0;
  std::optional<RequestRefusal> refusal_;
};

}  // namespace awps::http_server
