#include "emulator/filter/filter_lexer.h"

#include "emulator/text.h"

namespace awps::emulator {

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
bool is_word_char(char c) {
  return is_letter(c) || is_digit(c) || c == '_';
}

}  // namespace

FilterToken FilterLexer::token(TokenKind kind, size_t end) {
  const FilterToken token{
      .kind = kind, .text = text_.substr(at_, end - at_), .begin = at_, .end = end};
  at_ = end;
  return token;
}

Error FilterLexer::invalid_character() const {
  return Error{"Syntax error: character '" + std::string(1, text_[at_]) +
               "' is not valid at position " + std::to_string(at_) + " in '" + std::string(text_) +
               "'."};
}

Result<FilterToken> FilterLexer::string_token() {
  size_t end = at_ + 1;
  while (true) {
    end = text_.find('\'', end);
    if (end == std::string_view::npos) {
      return Error{"There is an unterminated literal at position " + std::to_string(text_.size()) +
                   " in '" + std::string(text_) + "'."};
    }
    ++end;
    if (end == text_.size() || text_[end] != '\'') return token(TokenKind::kString, end);
    ++end;
  }
}

Result<FilterToken> FilterLexer::next() {
  while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  if (at_ == text_.size()) return token(TokenKind::kEnd, at_);
  const char c = text_[at_];
  if (c == '(') return token(TokenKind::kOpen, at_ + 1);
  if (c == ')') return token(TokenKind::kClose, at_ + 1);
  if (c == ',') return token(TokenKind::kComma, at_ + 1);
  if (c == '\'') return string_token();
  size_t end = at_ + 1;
  if (is_letter(c) || c == '_') {
    while (end < text_.size() && is_word_char(text_[end])) ++end;
    return token(TokenKind::kIdentifier, end);
  }
  const bool is_negative = c == '-' && end < text_.size() && is_digit(text_[end]);
  if (!is_digit(c) && !is_negative) return invalid_character();
  while (end < text_.size() && is_digit(text_[end])) ++end;
  return token(TokenKind::kInteger, end);
}

std::string unquoted(std::string_view literal) {
  std::string out;
  literal = literal.substr(1, literal.size() - 2);
  for (size_t i = 0; i < literal.size(); ++i) {
    out += literal[i];
    if (literal[i] == '\'') ++i;
  }
  return out;
}

}  // namespace awps::emulator
