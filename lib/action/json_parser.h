#pragma once

// JsonParser: one whole JSON text that is no line of its own: a payload in a string, a request's
// body, a token's claims. One thread. No allocation unless a text is longer than any before.

#include <simdjson.h>

#include <string_view>

#include "action/json_index.h"
#include "action/json_strings.h"
#include "action/json_walk.h"

namespace awps {

class JsonParser {
 public:
  /// `text` is followed by at least SIMDJSON_PADDING readable bytes.
  simdjson::error_code parse(std::string_view text);
  /// Of the last successful parse, until the next.
  const JsonValue& root() const { return root_; }

  /// As JsonIndex's.
  void release_excess();
  bool has_grown() const { return index_.has_grown() || strings_.has_grown(); }
  void release_unused();

 private:
  JsonIndex index_;
  JsonStrings strings_;
  JsonText text_;
  JsonValue root_;
};

}  // namespace awps
