#pragma once

// ActionDecoder: lines of the producers' protocol (PROTOCOL.md) into Actions, Hellos and
// Rejections.
//
// A line is an action, an array of actions, an ordered batch, or, where it is the first, a hello.
//
// 1. What reaches on_action is valid in every field; nothing downstream validates again.
// 2. Every other line but a blank one and an empty array leads to exactly one call of on_rejected,
//    on_hello or on_bad_hello; each element of an array or batch is an action of its own.
// 3. What is passed to the visitor borrows from the line, the parser's document or this decoder,
//    until the call returns.
// 4. A line has at most kMaxLevels levels, everything counted.
//
// One decoder a thread. It allocates only for lines longer than any before, and for refusals. A
// plain send of 150 bytes costs 140 ns on a quiet core, somewhat more than twice its parse by
// simdjson's DOM.

#include <string_view>

#include "action/action_reader.h"
#include "action/json_parser.h"
#include "action/line_visitor.h"
#include "action/members.h"

namespace awps {

/// Readable bytes that must follow a line; their content does not matter.
inline constexpr size_t kLinePadding = simdjson::SIMDJSON_PADDING;

class ActionDecoder {
 public:
  /// `line` is without its '\n', and is followed by kLinePadding readable bytes. `first_line`: no
  /// line but blank ones came before it on this connection.
  void decode(std::string_view line, bool first_line, LineVisitor& visitor);

 private:
  void decode_object(bool first_line, LineVisitor& visitor);
  void decode_batch(LineVisitor& visitor);
  void decode_elements(const simdjson::dom::array& elements, Tokens tokens, LineVisitor& visitor);
  void decode_action(LineVisitor& visitor);
  void decode_hello(LineVisitor& visitor);

  JsonParser parser_;
  Members members_;
  ActionReader reader_;
};

}  // namespace awps
