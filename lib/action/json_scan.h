#pragma once

// Steps over pieces of JSON text without parsing them. Pure; any thread.

#include <cstddef>
#include <string_view>

namespace awps {

/// Behind the string whose opening quote stands at `quote`; at most the end of the text.
size_t end_of_string(std::string_view text, size_t quote);

/// Behind the array's element that begins at `begin`, in a text known to be valid.
size_t end_of_element(std::string_view text, size_t begin);

}  // namespace awps
