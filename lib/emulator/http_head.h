#pragma once

// The head of an HTTP/1.1 request, read from a buffer without copying. The emulator's own reader:
// at tens of thousands of requests a second a generic parser's allocations would be the larger
// part.
//   request-line CRLF *( field-name ":" OWS field-value OWS CRLF ) CRLF      (RFC 9112)
// 1. All views point into the text that was given to parse_head().
// 2. What could be read in two ways (folded lines, two lengths, length with chunks) is refused.
// Pure, any thread.

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace awps::emulator {

inline constexpr size_t kMaxHeadBytes = 16 * 1024;
inline constexpr size_t kMaxTargetBytes = 12 * 1024;

struct RequestHead {
  std::string_view method;
  std::string_view target;
  std::string_view host;
  std::string_view authorization;
  std::string_view content_type;
  std::string_view client_request_id;    // x-ms-client-request-id
  std::string_view websocket_protocols;  // sec-websocket-protocol
  std::string_view websocket_key;
  std::string_view websocket_version;
  std::vector<std::pair<std::string_view, std::string_view>> metadata;  // X-WebPubSub-Metadata-*
  std::optional<size_t> content_length;
  bool has_content_type = false;
  bool chunked = false;
  bool keep_alive = true;
  bool expects_continue = false;
  bool upgrades_to_websocket = false;
  std::string_view fields;  // all header lines, each with its CRLF
  size_t size = 0;          // bytes up to and with the empty line
};

enum class HeadState {
  kIncomplete,  // more bytes are needed
  kComplete,
  kMalformed,        // 400
  kTargetTooLong,    // 414
  kHeadersTooLarge,  // 431
};

/// Reads the head at the beginning of `text` into `head`, whose vectors are reused.
HeadState parse_head(std::string_view text, RequestHead& head);

/// The value of the first header of this name in RequestHead::fields, for what has no member of its
/// own.
std::optional<std::string_view> find_field(std::string_view fields, std::string_view name);

}  // namespace awps::emulator
