#include "daemon/awpsctl/wire/json_slice.h"

#include <string>

namespace awps {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";

void skip_blanks(std::string_view& text) {
  const size_t first = text.find_first_not_of(kBlanks);
  text.remove_prefix(first == std::string_view::npos ? text.size() : first);
}

// Behind the closing quote of a string that begins the text.
size_t string_end(std::string_view text) {
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      return i + 1;
  }
  return text.size();
}

// Behind the value that begins the text.
size_t value_end(std::string_view text) {
  if (text.empty()) return 0;
  if (text[0] == '"') return string_end(text);
  if (text[0] != '{' && text[0] != '[') {
    const size_t end = text.find_first_of(" \t\r\n,]}");
    return end == std::string_view::npos ? text.size() : end;
  }
  size_t depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"')
      i += string_end(text.substr(i)) - 1;
    else if (text[i] == '{' || text[i] == '[')
      ++depth;
    else if ((text[i] == '}' || text[i] == ']') && --depth == 0)
      return i + 1;
  }
  return text.size();
}

std::string_view take_value(std::string_view& text) {
  skip_blanks(text);
  const size_t end = value_end(text);
  const std::string_view value = text.substr(0, end);
  text.remove_prefix(end);
  skip_blanks(text);
  return value;
}

bool take(std::string_view& text, char c) {
  skip_blanks(text);
  if (text.empty() || text[0] != c) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::string_view member_slice(std::string_view object, std::string_view key) {
  if (!take(object, '{')) return {};
  while (!object.empty() && object[0] != '}') {
    const std::string_view name = take_value(object);
    if (!take(object, ':')) return {};
    const std::string_view value = take_value(object);
    if (name.size() == key.size() + 2 && name.substr(1, key.size()) == key) return value;
    if (!take(object, ',')) return {};
    skip_blanks(object);
  }
  return {};
}

std::vector<std::string_view> element_slices(std::string_view array) {
  std::vector<std::string_view> elements;
  if (!take(array, '[')) return elements;
  skip_blanks(array);
  while (!array.empty() && array[0] != ']') {
    const std::string_view value = take_value(array);
    if (value.empty()) return elements;
    elements.push_back(value);
    if (!take(array, ',')) break;
  }
  return elements;
}

}  // namespace awps
