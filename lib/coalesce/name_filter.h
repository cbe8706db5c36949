#pragma once

// The filter that selects users or connections by name: `userId in ('ann','o''hara')` (OData as
// the service reads it: values are compared ordinally, case included; a quote is doubled).
//
// 1. It is built from names that we quote ourselves and from nothing else: no text of a producer
//    stands outside the quotes.
// 2. It is never empty: to the service an empty filter means everybody.
// 3. A name with '/' must not stand in it (may_be_named): by path the service does not reach such a
//    name, by filter it would.
//
// Pure, any thread.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace awps {

enum class Receivers : uint8_t { kUsers, kConnections };

constexpr bool may_be_named(std::string_view name) {
  return name.find('/') == std::string_view::npos;
}

/// `names` is not empty.
void append_name_filter(std::string& out, Receivers receivers,
                        std::span<const std::string_view> names);

/// Bytes of the filter without names, and of one name with quotes and comma, percent-encoded.
size_t encoded_filter_frame(Receivers receivers);
size_t encoded_filter_item(std::string_view name);

}  // namespace awps
