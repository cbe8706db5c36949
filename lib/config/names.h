#pragma once

// Names in a configuration: how keys are written, which name was meant. Pure functions.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace awps {

/// What is wrong with a name that is no hub's, see base/hub_name.h.
std::string no_hub_name();

/// The name as TOML wants it in a key: bare, or in quotes.
std::string quoted_key(std::string_view name);

/// "retry" and "max" make "retry.max".
std::string join_key(std::string_view parent, std::string_view name);

/// The candidate that `name` is most probably a misspelling of; none where nothing is near.
std::optional<std::string> nearest_name(std::string_view name,
                                        const std::vector<std::string>& candidates);

}  // namespace awps
