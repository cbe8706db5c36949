#include "action/json_walk.h"

#include "action/numbers.h"
#include "base/ascii.h"

namespace awps {

namespace {

// What may stand behind a number or a word.
constexpr bool ends_scalar(char c) {
  switch (c) {
    case ' ':
    case '\t':
    case '\r':
    case '\n':
    case ',':
    case ':':
    case '[':
    case ']':
    case '{':
    case '}':
      return true;
    default:
      return false;
  }
}

JsonType type_of(char symbol) {
  switch (symbol) {
    case '{':
      return JsonType::kObject;
    case '[':
      return JsonType::kArray;
    case 't':
    case 'f':
      return JsonType::kBoolean;
    case 'n':
      return JsonType::kNull;
    default:
      return JsonType::kNumber;
  }
}

}  // namespace

std::string_view JsonWalk::unescaped(std::string_view quoted) {
  std::string_view content = quoted.substr(1, quoted.size() - 2);
  if (content.find('\\') == std::string_view::npos) return content;
  const simdjson::error_code error = text_->strings->keep(quoted, content);
  if (error == simdjson::SUCCESS) return content;
  fail(error);
  return {};
}

bool JsonWalk::take_other(JsonValue& value) {
  value.type = type_of(symbol());
  const char* const begin = at();
  const char* end = nullptr;
  if (symbol() == '{' || symbol() == '[') {
    if (!check_container()) return false;
    end = text_->origin + next_[-1] + 1;
  } else {
    end = take_scalar();
    if (end == nullptr) return false;
  }
  value.text = {begin, static_cast<size_t>(end - begin)};
  return true;
}

// From an opening bracket to behind the one that closes it.
bool JsonWalk::check_container() {
  const uint32_t outside = levels_;
  uint64_t arrays = 0;  // a bit for each level in here, innermost lowest: is it an array?
  do {
    const char opening = symbol();
    if (opening == '{' || opening == '[') {
      ++next_;
      if (!take(opening == '{' ? '}' : ']')) {
        if (levels_ == kMaxLevels) return fail(simdjson::DEPTH_ERROR);
        ++levels_;
        arrays = (arrays << 1U) | (opening == '[' ? 1U : 0U);
        if (opening == '{' && !check_key()) return false;
        continue;  // with its first value
      }
      // Told at the end: what else is wrong with the text comes first.
      if (levels_ == kMaxLevels) too_deep_ = true;
    } else if (opening == '"' ? !check_string() : take_scalar() == nullptr) {
      return false;
    }
    while (levels_ > outside && take((arrays & 1U) != 0 ? ']' : '}')) {
      --levels_;
      arrays >>= 1U;
    }
    if (levels_ == outside) return true;
    if (!take(',')) return fail(simdjson::TAPE_ERROR);
    if ((arrays & 1U) == 0 && !check_key()) return false;
  } while (true);
}

bool JsonWalk::check_key() {
  if (symbol() != '"') return fail(simdjson::TAPE_ERROR);
  return check_string() && (take(':') || fail(simdjson::TAPE_ERROR));
}

bool JsonWalk::check_string() {
  if (!text_->has_escapes) {
    ++next_;
    return true;
  }
  const std::string_view text = take_quoted();
  if (text.find('\\') == std::string_view::npos) return true;
  const simdjson::error_code error = text_->strings->check(text);
  return error == simdjson::SUCCESS || fail(error);
}

// Answers with the end of the number or word; nullptr: it is none.
const char* JsonWalk::take_scalar() {
  switch (symbol()) {
    case 't':
      return take_word("true", simdjson::T_ATOM_ERROR);
    case 'f':
      return take_word("false", simdjson::F_ATOM_ERROR);
    case 'n':
      return take_word("null", simdjson::N_ATOM_ERROR);
    default:
      return take_number();
  }
}

const char* JsonWalk::take_number() {
  const char first = symbol();
  const bool is_at_end = *next_ >= text_->end;
  const std::string_view rest(at(), is_at_end ? 0 : static_cast<size_t>(text_end() - at()));
  const size_t size = number_size(rest);
  if (size == 0 || (size < rest.size() && !ends_scalar(rest[size]))) {
    const bool begins_as_number = !is_at_end && (first == '-' || is_digit(first));
    fail(begins_as_number ? simdjson::NUMBER_ERROR : simdjson::TAPE_ERROR);
    return nullptr;
  }
  ++next_;
  return rest.data() + size;
}

const char* JsonWalk::take_word(std::string_view word, simdjson::error_code error) {
  const std::string_view rest(at(), static_cast<size_t>(text_end() - at()));
  if (!rest.starts_with(word) || (rest.size() > word.size() && !ends_scalar(rest[word.size()]))) {
    fail(error);
    return nullptr;
  }
  ++next_;
  return rest.data() + word.size();
}

simdjson::error_code JsonWalk::end() {
  if (error_ == simdjson::SUCCESS && *next_ < text_->end) error_ = simdjson::TAPE_ERROR;
  if (error_ == simdjson::SUCCESS) return too_deep_ ? simdjson::DEPTH_ERROR : simdjson::SUCCESS;
  return is_framed() ? error_ : simdjson::TAPE_ERROR;
}

// A text that opens and does not close is told as that, whatever else is wrong within.
bool JsonWalk::is_framed() const {
  const uint32_t* last = text_->first_token;
  const char first = text_->origin[*last];
  while (last[1] < text_->end) ++last;
  const char closing = text_->origin[*last];
  if (first == '{') return closing == '}';
  return first != '[' || closing == ']';
}

}  // namespace awps
