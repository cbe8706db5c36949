#include "client/action_id.h"

#include <charconv>

#include "base/ascii.h"
#include "base/json_text.h"
#include "client/json_members.h"

namespace awps::client {

namespace {

constexpr size_t kNumberBytes = 20;  // of the largest 64-bit number
constexpr std::string_view kNull = "null";

// So that complete_id() need not allocate.
size_t with_room(std::string& line, size_t place) {
  line.reserve(line.size() + kNumberBytes);
  return place;
}

size_t append_id(std::string& line, std::string_view start) {
  line += R"("id":")";
  line += start;
  const size_t place = line.size();
  line += "\"}\n";
  return with_room(line, place);
}

}  // namespace

std::string make_id_start(std::chrono::system_clock::time_point now, uint64_t random) {
  const auto since_1970 = std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch());
  std::string start;
  append_number(start, static_cast<uint64_t>(since_1970.count()));
  start += '.';
  for (unsigned shift = 32; shift > 0; shift -= 4) {
    start += "0123456789abcdef"[random >> (shift - 4) & 0xfU];
  }
  start += '-';
  return start;
}

size_t add_id(std::string& line, std::string_view start) {
  line.resize(line.size() - std::string_view("}\n").size());
  line += ',';
  return append_id(line, start);
}

std::optional<size_t> add_missing_id(std::string& line, std::string_view start) {
  bool has_id = false;
  bool has_members = false;
  size_t null_at = 0;  // the opening brace stands before any value
  (void)read_members(line, [&](std::string_view key, std::string_view value) {
    has_members = true;
    if (!equal_ignoring_case(key, "id")) return;
    if (value != kNull) has_id = true;
    null_at = static_cast<size_t>(value.data() - line.data());
  });  // encode_line() has seen to it that the line is an object
  if (has_id) return std::nullopt;
  if (null_at > 0) {
    line.replace(null_at, kNull.size(), "\"" + std::string(start) + "\"");
    return with_room(line, null_at + 1 + start.size());
  }
  line.resize(line.rfind('}'));  // only blanks stand behind it
  if (has_members) line += ',';
  return append_id(line, start);
}

void complete_id(std::string& line, size_t place, uint64_t number) {
  char digits[kNumberBytes];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  line.insert(place, digits, static_cast<size_t>(end - digits));
}

}  // namespace awps::client
