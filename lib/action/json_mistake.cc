#include "action/json_mistake.h"

#include <array>

#include "base/ascii.h"

namespace awps {

namespace {

constexpr std::string_view kJsonBlanks = " \t\r\n";

struct Habit {
  std::string_view written;
  std::string_view reason;
};

constexpr std::string_view kNoNumber =
    "NaN and Infinity are no JSON numbers (write null, or the word as a string)";
constexpr std::string_view kPythons =
    "True, False and None are Python's (JSON writes true, false and null)";

constexpr std::array<Habit, 9> kWords = {{
    {"NaN", kNoNumber},
    {"nan", kNoNumber},
    {"Infinity", kNoNumber},
    {"inf", kNoNumber},
    {"undefined", "undefined is no JSON value (write null, or leave the key out)"},
    {"True", kPythons},
    {"False", kPythons},
    {"None", kPythons},
    {"NULL", "NULL is written null in JSON"},
}};

constexpr std::array<Habit, 7> kMarks = {{
    {"'", "a single quote stands outside a string (JSON's quotes are double)"},
    {"//", "it holds a comment, which JSON does not have"},
    {"/*", "it holds a comment, which JSON does not have"},
    {"#", "it holds a comment, which JSON does not have"},
    {"\xe2\x80\x9c", "a curly quote stands outside a string (JSON's quotes are straight)"},
    {"\xe2\x80\x9d", "a curly quote stands outside a string (JSON's quotes are straight)"},
    {"\xef\xbb\xbf", "it begins with a byte order mark"},
}};

// Behind the string that begins at `at`.
size_t behind_string(std::string_view text, size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return at + 1;
}

size_t behind_word(std::string_view text, size_t at) {
  while (at < text.size() && (is_alphanumeric(text[at]) || text[at] == '_')) ++at;
  return at;
}

std::string_view problem_of_word(std::string_view word, char next) {
  for (const Habit& habit : kWords) {
    if (word == habit.written) return habit.reason;
  }
  return next == ':' ? "a key has no quotes" : "";
}

std::string_view problem_of_mark(std::string_view text) {
  for (const Habit& habit : kMarks) {
    if (text.starts_with(habit.written)) return habit.reason;
  }
  return {};
}

// What follows the blanks at `at`; '\0': nothing.
char next_symbol(std::string_view text, size_t at) {
  at = text.find_first_not_of(kJsonBlanks, at);
  return at == std::string_view::npos ? '\0' : text[at];
}

// The first habit of another language; empty: none.
std::string_view foreign_habit(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    std::string_view problem;
    size_t end = at + 1;
    if (c == '"') {
      end = behind_string(text, at);
    } else if (is_letter(c)) {
      end = behind_word(text, at);
      problem = problem_of_word(text.substr(at, end - at), next_symbol(text, end));
    } else if (c == ',') {
      const char next = next_symbol(text, end);
      if (next == '}' || next == ']') problem = "a comma stands before a closing bracket";
    } else if (is_digit(c)) {
      end = behind_word(text, at);  // 1e5, and 0x1F
    } else {
      problem = problem_of_mark(text.substr(at));
    }
    if (!problem.empty()) return problem;
    at = end;
  }
  return {};
}

}  // namespace

std::string_view reason_of(simdjson::error_code error, std::string_view text) {
  const bool is_of_bytes = error == simdjson::UTF8_ERROR || error == simdjson::DEPTH_ERROR ||
                           error == simdjson::UNESCAPED_CHARS || error == simdjson::STRING_ERROR;
  if (!is_of_bytes) {
    const std::string_view habit = foreign_habit(text);
    if (!habit.empty()) return habit;
  }
  switch (error) {
    case simdjson::UTF8_ERROR:
      return "it is not valid UTF-8";
    case simdjson::UNCLOSED_STRING:
      return "a string is not closed";
    case simdjson::UNESCAPED_CHARS:
      return "a control character in a string is not escaped";
    case simdjson::STRING_ERROR:
      return "a string has an unknown escape or half a surrogate pair";
    case simdjson::NUMBER_ERROR:
      return "a number is malformed";
    case simdjson::DEPTH_ERROR:
      return "it is nested more than 64 levels deep";
    case simdjson::EMPTY:
      return "it is empty";
    case simdjson::T_ATOM_ERROR:
    case simdjson::F_ATOM_ERROR:
    case simdjson::N_ATOM_ERROR:
      return "a word is none of true, false and null";
    case simdjson::MEMALLOC:
    case simdjson::CAPACITY:
      return "there is no memory to parse it";
    default:
      return "a comma, colon, bracket or key is missing, or something follows the value";
  }
}

}  // namespace awps
