#include "action/spread_value.h"

namespace awps {

namespace {

bool begins_a_value(std::string_view line) {
  const size_t begin = line.find_first_not_of(" \t\r");
  return begin != std::string_view::npos && (line[begin] == '{' || line[begin] == '[');
}

}  // namespace

bool SpreadValue::can_go_on(std::string_view line) const {
  return is_open() && (awaits_value() || !begins_a_value(line));
}

void SpreadValue::follow(std::string_view line, bool first_line) {
  if (!can_go_on(line)) {
    close();
    if (!begins_a_value(line)) return;
    is_first_ = first_line;
  }
  for (size_t at = 0; at < line.size(); ++at) {
    const char symbol = line[at];
    if (symbol == ' ' || symbol == '\t' || symbol == '\r') continue;
    last_ = symbol;
    if (symbol == '"') {
      for (++at; at < line.size() && line[at] != '"'; ++at) {
        if (line[at] == '\\') ++at;
      }
      if (at >= line.size()) return close();
    } else if (!take(symbol)) {
      return close();
    }
  }
}

// False: that is no value which could go on.
bool SpreadValue::take(char symbol) {
  switch (symbol) {
    case '{':
    case '[':
      if (levels_ == kMostLevels) return false;
      ++levels_;
      arrays_ = (arrays_ << 1U) | (symbol == '[' ? 1U : 0U);
      return true;
    case '}':
    case ']':
      if (levels_ == 0 || is_array() != (symbol == ']')) return false;
      --levels_;
      arrays_ >>= 1U;
      return true;
    default:
      return true;
  }
}

}  // namespace awps
