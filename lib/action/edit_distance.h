#pragma once

// Edits between two words, without regard to letter case. Pure; any thread.

#include <cstddef>
#include <string_view>

namespace awps {

/// Insertions, deletions, substitutions and swaps of neighbours ("optimal string alignment",
/// Damerau 1964). It costs the product of their lengths.
size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace awps
