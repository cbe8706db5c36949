#pragma once

// What may be set of librdkafka's properties, and what may not. Pure, any thread.

#include <optional>
#include <string>
#include <string_view>

namespace awps {

/// Why the property is refused wherever it stands, and what to do instead; nothing: it is not.
std::optional<std::string> refusal_of_property(std::string_view name);

/// Why librdkafka does not take it, without the value; nothing: it does.
std::optional<std::string> problem_of_value(const std::string& name, const std::string& value,
                                            bool is_secret);

/// The name that librdkafka uses for it: two spellings of one property are one.
std::string_view main_name_of_property(std::string_view name);

}  // namespace awps
