#pragma once

// Reading JSON of another version of the daemon: what is missing, or of another type, is empty.
// Nothing here throws. Any thread.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace awps {

using Json = nlohmann::ordered_json;

/// nullopt-like: a discarded value (is_discarded()) where the text is no JSON.
Json parse_json(std::string_view text);
/// Bytes that are no UTF-8 are replaced.
std::string json_text(const Json& value);

/// The member, or an empty object's worth of nothing (null).
const Json& field(const Json& object, std::string_view key);
double number_field(const Json& object, std::string_view key);
uint64_t count_field(const Json& object, std::string_view key);
bool flag_field(const Json& object, std::string_view key);
/// Strings as they are, anything else but null as JSON.
std::string text_field(const Json& object, std::string_view key);
std::vector<std::string> texts_field(const Json& object, std::string_view key);

}  // namespace awps
