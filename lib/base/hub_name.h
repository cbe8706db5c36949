#pragma once

// Hub names, as the service takes them: ^[A-Za-z][A-Za-z0-9_`,.[\]]{0,127}$, in any letter case.
// One hub in two spellings is one hub, so everything inside compares the canonical spelling (lower
// case). Pure, any thread.

#include <string>
#include <string_view>

#include "base/result.h"

namespace awps {

/// How it goes on after "is no hub name: ".
inline constexpr std::string_view kHubNameRule =
    "a letter first, then letters, digits or _ ` , . [ ], at most 128 in all";

bool is_hub_name(std::string_view name);

/// The name in lower case, or what is wrong with it.
Result<std::string> canonical_hub_name(std::string_view name);

}  // namespace awps
