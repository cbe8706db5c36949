#pragma once

// The body of a request that changes many memberships: {"groups":["a","b"],"filter":"…"}. Here and
// not with the request, since an action whose body the service would not take is refused at the
// door. Pure; any thread.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace awps {

inline constexpr size_t kMaxBulkBodyBytes = size_t{1} << 20U;

void append_bulk_body(std::string& out, std::span<const std::string_view> groups,
                      std::string_view filter);

/// Whether that would be at most kMaxBulkBodyBytes. Allocates only if it could be more.
bool fits_bulk_body(std::span<const std::string_view> groups, std::string_view filter);

}  // namespace awps
