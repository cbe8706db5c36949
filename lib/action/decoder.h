#pragma once

// ActionDecoder: lines of the producers' protocol (PROTOCOL.md) into Actions, Hellos and
// Rejections.
//
// A line is an action, an array of actions, an ordered batch, or, where it is the first, a hello.
//
// 1. What reaches on_action is valid in every field; nothing downstream validates again.
// 2. Every other line but a blank one and an empty array leads to exactly one call of on_rejected,
//    on_hello or on_bad_hello; each element of an array or batch is an action of its own.
// 3. What is passed to the visitor borrows from the line or this decoder, until the call returns.
// 4. A line has at most kMaxLevels levels, everything counted.
// 5. A visitor that cannot take all of a line gets a LineRest: where to go on. Nothing of the parse
//    is kept in between, only the line's bytes. Then each element is parsed alone, so a line is
//    parsed at most twice, however often it stops.
// 6. A line that can only be a piece of a value which refused lines before it have opened is
//    refused like them, even if it is an action on its own (spread_value.h).
//
// One pass over a line's tokens checks its grammar and finds its members (json_walk.h, members.h);
// the elements of an array are read once the whole line is known to be good.
//
// One decoder a thread. It allocates only for lines longer than any before, and for refusals.

#include <string_view>

#include "action/action_reader.h"
#include "action/json_index.h"
#include "action/json_strings.h"
#include "action/json_walk.h"
#include "action/line_visitor.h"
#include "action/lines_index.h"
#include "action/members.h"
#include "action/spread_value.h"

namespace awps {

/// Readable bytes that must follow a line; their content does not matter.
inline constexpr size_t kLinePadding = simdjson::SIMDJSON_PADDING;

/// What is left of a line: from `offset` on.
struct LineRest {
  enum class Form : uint8_t {
    kNothing,
    kLine,      // all of it, an action
    kElements,  // an array's elements, and the end of the array
    kBatch,     // the same of an ordered batch
  };
  Form form = Form::kNothing;
  size_t offset = 0;
};

/// What the earlier lines of a connection mean for the next. A new connection's is as made here.
struct LinesBefore {
  bool none = true;    // but blank ones; the caller says when that ends
  SpreadValue opened;  // by those that were refused
};

class ActionDecoder {
 public:
  /// Before a line: it and the whole lines behind it in `bytes` are going to be decoded next, so
  /// their tokens may be found together. A read that ends within its first line costs little.
  void foresee(std::string_view bytes) { lines_.cover(bytes); }
  /// After these lines, before their bytes change.
  void forget_foreseen() { lines_.forget(); }

  /// `line` is without its '\n', and is followed by kLinePadding readable bytes.
  LineRest decode(std::string_view line, LinesBefore& before, LineVisitor& visitor);
  /// Goes on with what decode() left, and what this left. `text` begins at the rest's offset, and
  /// the padding follows it; the offset in the answer is within `text`.
  LineRest decode_rest(std::string_view text, LineRest::Form form, LineVisitor& visitor);

  /// It keeps more memory than for short lines.
  bool has_grown() const {
    return index_.has_grown() || strings_.has_grown() || reader_.has_grown();
  }
  /// Gives back what no line needed since the last call.
  void release_unused();

 private:
  simdjson::error_code read_line(std::string_view line);
  simdjson::error_code find_tokens(std::string_view line);
  void release_excess();
  void refuse_broken(std::string_view line, simdjson::error_code error, LinesBefore& before,
                     LineVisitor& visitor);
  LineRest decode_value(bool first_line, LineVisitor& visitor);
  LineRest decode_object(bool first_line, LineVisitor& visitor);
  LineRest decode_batch(LineVisitor& visitor);
  LineRest decode_elements(const JsonValue& array, LineRest::Form form, LineVisitor& visitor);
  LineRest decode_one_by_one(std::string_view text, LineRest::Form form, LineVisitor& visitor);
  NextElement decode_element(JsonWalk& walk, LineVisitor& visitor);
  NextElement refuse_element(const JsonValue& element, LineVisitor& visitor);
  /// Of the members that were read.
  NextElement decode_action(LineVisitor& visitor);
  void decode_hello(LineVisitor& visitor);

  LinesIndex lines_;
  JsonIndex index_;  // of one line
  JsonStrings strings_;
  JsonText text_;
  JsonValue root_;  // of a line; its members, if it is an object:
  Members members_;
  ActionReader reader_;
};

}  // namespace awps
