#pragma once

// Refusal: why an action is not taken, and words for saying so. Used on the way to a reply only.

#include <initializer_list>
#include <string>
#include <string_view>

#include "action/json_walk.h"
#include "action/line_visitor.h"

namespace awps {

struct Refusal {
  RejectCode code = RejectCode::kInvalidAction;
  std::string message;
};

std::string concatenate(std::initializer_list<std::string_view> parts);

/// The producer's own text in quotes, cut after 40 bytes between two characters.
std::string quoted(std::string_view text);

/// "a string", "an array" and so on.
std::string_view type_name(const JsonValue& value);

}  // namespace awps
