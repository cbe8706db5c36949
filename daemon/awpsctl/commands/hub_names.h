#pragma once

// Hub names as the daemon knows them. Any thread.

#include <string>
#include <string_view>

namespace awps {

/// In small letters: to the service two spellings that differ in case are one hub. Whether there is
/// such a hub is for the daemon to say.
std::string canonical_hub_name(std::string_view name);

}  // namespace awps
