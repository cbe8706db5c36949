#pragma once

// Does a token's audience name the place that a request is for? See bearer.h, 3.
//
// Pure, any thread.

#include <string_view>

namespace awps {

/// `audience` is `base`, http(s)://host[:port][/prefix], with the path of `path_and_query`.
bool is_audience_of(std::string_view audience, std::string_view base,
                    std::string_view path_and_query);

/// Likewise of whoever is reached by this Host header, by http or https: a proxy in front of the
/// gateway may end TLS.
bool is_audience_of_host(std::string_view audience, std::string_view host,
                         std::string_view path_and_query);

}  // namespace awps
