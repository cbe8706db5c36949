#pragma once

// Which hosts are this machine itself.
//
// Pure.

#include <string_view>

namespace awps {

/// "localhost" in any case, 127.x.y.z or ::1 (in brackets or not).
bool is_loopback_host(std::string_view host);
/// The name, in any case.
bool is_localhost(std::string_view host);

}  // namespace awps
