#pragma once

// JsonMistake: what is wrong with a text that is not JSON, in words. Habits of other languages are
// named (NaN, single quotes, comments, trailing commas); for the rest the parser's error is.
//
// Pure; any thread. Used on the way to a refusal only; it looks through the text once.

#include <simdjson.h>

#include <string_view>

namespace awps {

/// A clause for people: "a string is not closed". `error`: the parser's, of `text`.
std::string_view reason_of(simdjson::error_code error, std::string_view text);

}  // namespace awps
