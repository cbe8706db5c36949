#pragma once

// RefusedRecord: a record of a stream, or a part of it, that was not accepted: what an operator has
// to know of it, since nobody waits for a reply. A hub keeps it as a dead letter without an action.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace awps {

struct RefusedRecord {
  /// What is kept of a value and of a key: beginning_of() cuts them.
  static constexpr size_t kMostBytes = size_t{64} << 10U;
  static constexpr size_t kMostKeyBytes = 1024;

  std::string stream;  // its name in the configuration
  std::string topic;
  int32_t partition = 0;
  int64_t offset = 0;
  bool has_key = false;
  std::string key;           // any bytes, the beginning
  uint32_t element = 0;      // from 0, of the array; 0 also where there is none
  std::string bytes;         // of the value, any, the beginning
  uint64_t total_bytes = 0;  // of the value
  std::string code;          // as PROTOCOL.md spells them: "invalid_json", "forbidden" …
  std::string message;       // for people
  int http_status = 0;       // as the gateway would answer; 0: none
};

/// At most `most` bytes of the text, and no part of a character where these are UTF-8.
std::string_view beginning_of(std::string_view text, size_t most);

/// As ADMIN.md shows it:
/// {"stream":…,"topic":…,"partition":…,"offset":…,"key":…,"element":…,"text":…,"bytes":…}. What is
/// not UTF-8 is base64: "keyBase64", "base64".
std::string json_of(const RefusedRecord& record);

}  // namespace awps
