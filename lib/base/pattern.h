#pragma once

// matches_pattern(): does a text fit a pattern in which '*' stands for any characters, also none?
// Nothing else is special. Pure; time at most the product of both lengths.

#include <string_view>

namespace awps {

bool matches_pattern(std::string_view pattern, std::string_view text);

}  // namespace awps
