#pragma once

// The words of an OData filter. Syntax errors are reported as Microsoft.OData's lexer reports them:
// with the position behind the offending word. Pure, any thread.

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace awps::emulator {

enum class TokenKind { kEnd, kIdentifier, kString, kInteger, kOpen, kClose, kComma };

struct FilterToken {
  TokenKind kind = TokenKind::kEnd;
  std::string_view text;  // as it stands in the filter
  size_t begin = 0;
  size_t end = 0;
};

class FilterLexer {
 public:
  explicit FilterLexer(std::string_view text) : text_(text) {}

  /// The next token; repeatedly kEnd at the end.
  Result<FilterToken> next();
  std::string_view text() const { return text_; }

 private:
  Result<FilterToken> string_token();
  FilterToken token(TokenKind kind, size_t end);
  Error invalid_character() const;

  std::string_view text_;
  size_t at_ = 0;
};

/// The text of a string literal: without its quotes, and with '' as one quote.
std::string unquoted(std::string_view literal);

}  // namespace awps::emulator
