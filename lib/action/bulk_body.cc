#include "action/bulk_body.h"

#include "base/json_text.h"

namespace awps {

void append_bulk_body(std::string& out, std::span<const std::string_view> groups,
                      std::string_view filter) {
  out += "{\"groups\":[";
  for (size_t i = 0; i < groups.size(); ++i) {
    if (i > 0) out += ',';
    append_json_string(out, groups[i]);
  }
  out += "],\"filter\":";
  append_json_string(out, filter);
  out += '}';
}

bool fits_bulk_body(std::span<const std::string_view> groups, std::string_view filter) {
  // A byte takes six at most, as \u001f does.
  static constexpr size_t kMostEscaped = 6;
  size_t at_most = sizeof R"({"groups":[],"filter":""})" + kMostEscaped * filter.size();
  for (const std::string_view group : groups)
    at_most += sizeof R"("",)" + kMostEscaped * group.size();
  if (at_most <= kMaxBulkBodyBytes) return true;
  std::string body;
  append_bulk_body(body, groups, filter);
  return body.size() <= kMaxBulkBodyBytes;
}

}  // namespace awps
