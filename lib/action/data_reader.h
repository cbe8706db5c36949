#pragma once

// DataReader: the `data` of a send, read by its dataType into the bytes that go to the service.
//
// | dataType | string           | Buffer             | other JSON but null      |
// |----------|------------------|--------------------|--------------------------|
// | text     | its UTF-8        | its bytes          | refused                  |
// | json     | JSON text, as is | its bytes, if JSON | as it stands in the line |
// | binary   | base64           | its bytes          | refused                  |
//
// A Buffer is an object with exactly the keys "type" (the string "Buffer") and "data" (bytes as
// numbers, or base64 with blanks in it), spelt so. `null` is refused. A message has at most
// kMaxMessageBytes. One thread; no allocation unless a message is larger than any before.

#include <optional>
#include <string>
#include <string_view>

#include "action/action.h"
#include "action/json_parser.h"
#include "action/refusal.h"

namespace awps {

inline constexpr size_t kMaxMessageBytes = size_t{1} << 20U;

class DataReader {
 public:
  /// The message's bytes, until the next call or the end of the line. Or nullopt: then `refusal`
  /// says what is wrong, as the rest of a sentence that begins "'data' of sendToAll ".
  std::optional<std::string_view> read(const JsonValue& data, DataType type, Refusal& refusal);

  void release_excess();
  /// As JsonParser's.
  bool has_grown() const { return parser_.has_grown() || bytes_.capacity() > kFewBytes; }
  void release_unused();

 private:
  static constexpr size_t kFewBytes = size_t{64} << 10U;

  std::optional<std::string_view> read_string(std::string_view text, DataType type,
                                              Refusal& refusal);
  std::optional<std::string_view> read_buffer(const JsonValue& content, DataType type,
                                              Refusal& refusal);
  bool fill_from_array(const JsonValue& bytes, Refusal& refusal);
  bool is_json(std::string_view text, Refusal& refusal);

  JsonParser parser_;
  std::string bytes_;
};

}  // namespace awps
