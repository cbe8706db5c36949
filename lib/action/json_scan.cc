#include "action/json_scan.h"

#include <algorithm>

namespace awps {

size_t end_of_string(std::string_view text, size_t quote) {
  size_t i = quote + 1;
  while (i < text.size() && text[i] != '"') i += text[i] == '\\' ? 2 : 1;
  return std::min(i + 1, text.size());
}

size_t end_of_element(std::string_view text, size_t begin) {
  size_t open = 0;
  size_t at = begin;
  do {
    const char symbol = text[at];
    if (symbol == '"') {
      at = end_of_string(text, at);
      continue;
    }
    if (symbol == '{' || symbol == '[') {
      ++open;
    } else if (open == 0) {
      return text.find_first_of(",] \t\r\n", at);  // a number or a word
    } else if (symbol == '}' || symbol == ']') {
      --open;
    }
    ++at;
  } while (open > 0);
  return at;
}

}  // namespace awps
