// The grammar, tightest binding last (OData 4, as Microsoft.OData's expression parser nests it):
//   or = and *( "or" and ) ; and = comparison *( "and" comparison )
//   comparison = unary *( ( eq|ne|gt|ge|lt|le ) unary | "in" ( list | groups ) )
//   unary = "not" unary | primary ; primary = literal | property | function "(" or,… ")" | "(" or
//   ")"
// Recursion is limited to 100 levels of that parser, where each parenthesis costs seven.

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "emulator/filter/filter_expression.h"
#include "emulator/filter/filter_lexer.h"
#include "emulator/text.h"

namespace awps::emulator {

namespace {

constexpr int kMaxDepth = 100;
constexpr int kLevelsPerExpression = 7;

struct FunctionWord {
  std::string_view name;
  Function function;
  size_t min_arguments;
  size_t max_arguments;
};

constexpr std::array kFunctions = {
    FunctionWord{"tolower", Function::kToLower, 1, 1},
    FunctionWord{"toupper", Function::kToUpper, 1, 1},
    FunctionWord{"trim", Function::kTrim, 1, 1},
    FunctionWord{"substring", Function::kSubstring, 2, 3},
    FunctionWord{"concat", Function::kConcat, 2, 2},
    FunctionWord{"contains", Function::kContains, 2, 2},
    FunctionWord{"startswith", Function::kStartsWith, 2, 2},
    FunctionWord{"endswith", Function::kEndsWith, 2, 2},
    FunctionWord{"indexof", Function::kIndexOf, 2, 2},
    FunctionWord{"length", Function::kLength, 1, 1},
};

struct ComparisonWord {
  std::string_view name;
  Comparison comparison;
};

constexpr std::array kComparisons = {
    ComparisonWord{"eq", Comparison::kEq}, ComparisonWord{"ne", Comparison::kNe},
    ComparisonWord{"gt", Comparison::kGt}, ComparisonWord{"ge", Comparison::kGe},
    ComparisonWord{"lt", Comparison::kLt}, ComparisonWord{"le", Comparison::kLe},
};

struct PropertyWord {
  std::string_view name;
  Property property;
};

constexpr std::array kProperties = {
    PropertyWord{"userid", Property::kUserId},
    PropertyWord{"connectionid", Property::kConnectionId},
    PropertyWord{"groups", Property::kGroups},
    PropertyWord{"protocol", Property::kProtocol},
};

/// Recursive descent with one token of look-ahead. A method returns nullptr after it set error_.
class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text), text_(text) {}

  Result<ExpressionPtr> parse() {
    if (!advance()) return *error_;
    ExpressionPtr whole = expression();
    if (whole && current_.kind != TokenKind::kEnd) whole = fail_syntax();
    if (whole && !unknown_name_.empty()) {
      whole = fail("Could not find a property named '" + unknown_name_ + "'.");
    }
    if (!whole) return *error_;
    return whole;
  }

 private:
  bool advance() {
    last_end_ = current_.end;
    auto token = lexer_.next();
    if (!token.ok()) {
      error_ = token.error();
      return false;
    }
    current_ = *token;
    return true;
  }

  ExpressionPtr fail(std::string message) {
    error_ = Error{std::move(message)};
    return nullptr;
  }
  ExpressionPtr fail_at(std::string_view what, size_t position) {
    return fail(std::string(what) + " at position " + std::to_string(position) + " in '" +
                std::string(text_) + "'.");
  }
  ExpressionPtr fail_syntax() { return fail_at("Syntax error", current_.end); }

  bool is_word(std::string_view word) const {
    return current_.kind == TokenKind::kIdentifier && current_.text == word;
  }

  ExpressionPtr make(ExpressionKind kind, size_t begin) const {
    auto expression = std::make_unique<Expression>();
    expression->kind = kind;
    expression->text = std::string(text_.substr(begin, last_end_ - begin));
    return expression;
  }
  ExpressionPtr make_pair(ExpressionKind kind, size_t begin, ExpressionPtr left,
                          ExpressionPtr right) const {
    ExpressionPtr expression = make(kind, begin);
    expression->operands.push_back(std::move(left));
    expression->operands.push_back(std::move(right));
    return expression;
  }

  ExpressionPtr expression() {
    if ((depth_ += kLevelsPerExpression) > kMaxDepth) {
      return fail("Recursion depth exceeded allowed limit.");
    }
    ExpressionPtr result = logical("or", ExpressionKind::kOr);
    depth_ -= kLevelsPerExpression;
    return result;
  }

  /// A chain of `word`s; operands of "or" are chains of "and".
  ExpressionPtr logical(std::string_view word, ExpressionKind kind) {
    const auto operand = [&] {
      return kind == ExpressionKind::kOr ? logical("and", ExpressionKind::kAnd) : comparison();
    };
    const size_t begin = current_.begin;
    // One node for the whole chain: a flat chain of thousands must not nest.
    std::vector<ExpressionPtr> operands;
    operands.push_back(operand());
    while (operands.back() && is_word(word)) {
      if (!advance()) return nullptr;
      operands.push_back(operand());
    }
    if (!operands.back() || operands.size() == 1) return std::move(operands.back());
    ExpressionPtr chain = make(kind, begin);
    chain->operands = std::move(operands);
    return chain;
  }

  ExpressionPtr comparison() {
    const size_t begin = current_.begin;
    ExpressionPtr left = unary();
    while (left && current_.kind == TokenKind::kIdentifier) {
      if (current_.text == "in") {
        left = membership(begin, std::move(left));
        continue;
      }
      const auto* word = std::ranges::find(kComparisons, current_.text, &ComparisonWord::name);
      if (word == kComparisons.end()) return left;
      if (!advance()) return nullptr;
      ExpressionPtr right = unary();
      if (!right) return nullptr;
      left = make_pair(ExpressionKind::kCompare, begin, std::move(left), std::move(right));
      left->comparison = word->comparison;
    }
    return left;
  }

  ExpressionPtr membership(size_t begin, ExpressionPtr left) {
    if (!advance()) return nullptr;
    if (current_.kind == TokenKind::kOpen) return membership_in_list(begin, std::move(left));
    ExpressionPtr right = unary();
    if (!right) return nullptr;
    if (right->kind != ExpressionKind::kProperty || right->property != Property::kGroups) {
      return fail("The right operand of 'in' must be a list or 'groups', not '" + right->text +
                  "'.");
    }
    return make_pair(ExpressionKind::kInGroups, begin, std::move(left), std::move(right));
  }

  ExpressionPtr membership_in_list(size_t begin, ExpressionPtr left) {
    std::set<std::string, std::less<>> strings;
    std::vector<FilterValue> others;
    do {
      if (!advance()) return nullptr;
      ExpressionPtr item = literal();
      if (!item) return error_ ? nullptr : fail_at("Expression expected", current_.end);
      if (auto* text = std::get_if<std::string>(&item->literal)) {
        strings.insert(std::move(*text));
      } else {
        others.push_back(std::move(item->literal));
      }
    } while (current_.kind == TokenKind::kComma);
    if (current_.kind != TokenKind::kClose) return fail_at("')' or ',' expected", current_.end);
    if (!advance()) return nullptr;
    ExpressionPtr expression = make(ExpressionKind::kInList, begin);
    expression->operands.push_back(std::move(left));
    expression->strings = std::move(strings);
    expression->others = std::move(others);
    return expression;
  }

  ExpressionPtr unary() {
    if (!is_word("not")) return primary();
    const size_t begin = current_.begin;
    if (++depth_ > kMaxDepth) return fail("Recursion depth exceeded allowed limit.");
    if (!advance()) return nullptr;
    ExpressionPtr operand = unary();
    --depth_;
    if (!operand) return nullptr;
    ExpressionPtr expression = make(ExpressionKind::kNot, begin);
    expression->operands.push_back(std::move(operand));
    return expression;
  }

  ExpressionPtr primary() {
    if (current_.kind == TokenKind::kOpen) return parenthesised();
    if (ExpressionPtr value = literal(); value || error_) return value;
    if (current_.kind == TokenKind::kIdentifier) return named();
    return fail_at("Expression expected", current_.end);
  }

  ExpressionPtr parenthesised() {
    const size_t begin = current_.begin;
    if (!advance()) return nullptr;
    ExpressionPtr inner = expression();
    if (!inner) return nullptr;
    if (current_.kind != TokenKind::kClose)
      return fail_at("')' or operator expected", current_.end);
    if (!advance()) return nullptr;
    inner->text = std::string(text_.substr(begin, last_end_ - begin));
    return inner;
  }

  /// A literal; nullptr without an error if the current token is none.
  ExpressionPtr literal() {
    FilterValue value;
    if (current_.kind == TokenKind::kString) {
      value = unquoted(current_.text);
    } else if (current_.kind == TokenKind::kInteger) {
      int32_t number = 0;
      const char* end = current_.text.data() + current_.text.size();
      if (std::from_chars(current_.text.data(), end, number).ec != std::errc()) {
        return fail("The integer '" + std::string(current_.text) + "' does not fit into 32 bits.");
      }
      value = number;
    } else if (is_word("true") || is_word("false")) {
      value = current_.text == "true";
    } else if (!is_word("null")) {
      return nullptr;
    }
    const size_t begin = current_.begin;
    if (!advance()) return nullptr;
    ExpressionPtr expression = make(ExpressionKind::kLiteral, begin);
    expression->literal = std::move(value);
    return expression;
  }

  ExpressionPtr named() {
    const FilterToken name = current_;
    if (!advance()) return nullptr;
    if (current_.kind == TokenKind::kOpen) return call(name);
    const auto* word = std::ranges::find(kProperties, to_lower(name.text), &PropertyWord::name);
    if (word == kProperties.end()) {
      // Names are bound after the whole was parsed, so a syntax error further on comes first.
      if (unknown_name_.empty()) unknown_name_ = std::string(name.text);
      return make(ExpressionKind::kLiteral, name.begin);
    }
    ExpressionPtr expression = make(ExpressionKind::kProperty, name.begin);
    expression->property = word->property;
    return expression;
  }

  ExpressionPtr call(const FilterToken& name) {
    const auto* word = std::ranges::find(kFunctions, name.text, &FunctionWord::name);
    if (word == kFunctions.end()) {
      return fail("An unknown function with name '" + std::string(name.text) + "' was found.");
    }
    std::vector<ExpressionPtr> arguments;
    do {
      if (!advance()) return nullptr;
      if (current_.kind == TokenKind::kClose && arguments.empty()) break;
      arguments.push_back(expression());
      if (!arguments.back()) return nullptr;
    } while (current_.kind == TokenKind::kComma);
    if (current_.kind != TokenKind::kClose) return fail_at("')' or ',' expected", current_.end);
    if (!advance()) return nullptr;
    if (arguments.size() < word->min_arguments || arguments.size() > word->max_arguments) {
      return fail("No function signature for the function with name '" + std::string(name.text) +
                  "' takes " + std::to_string(arguments.size()) + " arguments.");
    }
    ExpressionPtr expression = make(ExpressionKind::kCall, name.begin);
    expression->function = word->function;
    expression->operands = std::move(arguments);
    return expression;
  }

  FilterLexer lexer_;
  std::string_view text_;
  FilterToken current_;
  size_t last_end_ = 0;
  int depth_ = 0;
  std::string unknown_name_;
  std::optional<Error> error_;
};

}  // namespace

Result<ExpressionPtr> parse_filter(std::string_view text) {
  return Parser(text).parse();
}

}  // namespace awps::emulator
