#include "coalesce/name_filter.h"

#include "base/check.h"
#include "service_api/percent_encoding.h"

namespace awps {

namespace {

std::string_view opening(Receivers receivers) {
  return receivers == Receivers::kUsers ? "userId in (" : "connectionId in (";
}

}  // namespace

void append_name_filter(std::string& out, Receivers receivers,
                        std::span<const std::string_view> names) {
  AWPS_CHECK(!names.empty());
  out += opening(receivers);
  for (const std::string_view name : names) {
    AWPS_CHECK(may_be_named(name));
    if (out.back() == '\'') out += ',';
    out += '\'';
    for (const char c : name) {
      if (c == '\'') out += '\'';
      out += c;
    }
    out += '\'';
  }
  out += ')';
}

size_t encoded_filter_frame(Receivers receivers) {
  return percent_encoded_size(opening(receivers)) + percent_encoded_size(")");
}

size_t encoded_filter_item(std::string_view name) {
  static constexpr size_t kQuote = 3;  // "%27", and as much for "%2C"
  size_t size = percent_encoded_size(name) + 3 * kQuote;
  for (const char c : name) size += c == '\'' ? kQuote : 0;
  return size;
}

}  // namespace awps
