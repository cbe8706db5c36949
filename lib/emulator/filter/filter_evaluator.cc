// Evaluation of a filter's tree. Null behaves as at the service: predicates of null are false,
// indexof is -1, length and the string functions are null, concat takes null for ''. Recursion is
// bounded by the parser's depth.

#include <algorithm>

#include "emulator/filter/filter.h"
#include "emulator/text.h"

namespace awps::emulator {

namespace {

using Outcome = Result<FilterValue, TypeError>;

std::string_view type_name(const FilterValue& value) {
  static constexpr std::string_view kNames[] = {"null", "bool", "int", "string", "string[]"};
  return kNames[value.index()];
}

TypeError expected(const Expression& where, const FilterValue& got, std::string_view type) {
  return {
      .expression = where.text,
      .reason = "Type '" + std::string(type_name(got)) + "', expect '" + std::string(type) + "'."};
}

FilterValue property_value(Property property, const FilterSubject& subject) {
  switch (property) {
    case Property::kUserId:
      return subject.user_id == nullptr ? FilterValue(Null{}) : FilterValue(*subject.user_id);
    case Property::kConnectionId:
      return std::string(subject.connection_id);
    case Property::kProtocol:
      return subject.protocol == nullptr ? FilterValue(Null{}) : FilterValue(*subject.protocol);
    case Property::kGroups:
      break;
  }
  return subject.groups;
}

/// Both sides are always evaluated, as the service does.
Outcome evaluate_logical(const Expression& expression, const FilterSubject& subject) {
  const bool is_and = expression.kind == ExpressionKind::kAnd;
  bool result = is_and;
  for (const auto& operand : expression.operands) {
    const Outcome value = evaluate(*operand, subject);
    if (!value.ok()) return value;
    const bool* term = std::get_if<bool>(&*value);
    if (term == nullptr) return expected(expression, *value, "bool");
    result = is_and ? result && *term : result || *term;
  }
  return FilterValue(result);
}

Outcome evaluate_not(const Expression& expression, const FilterSubject& subject) {
  const Outcome value = evaluate(*expression.operands[0], subject);
  if (!value.ok()) return value;
  const bool* term = std::get_if<bool>(&*value);
  if (term == nullptr) return expected(expression, *value, "bool");
  return FilterValue(!*term);
}

bool order_holds(Comparison comparison, int32_t left, int32_t right) {
  switch (comparison) {
    case Comparison::kGt:
      return left > right;
    case Comparison::kGe:
      return left >= right;
    case Comparison::kLt:
      return left < right;
    default:
      return left <= right;
  }
}

Outcome evaluate_compare(const Expression& expression, const FilterSubject& subject) {
  const Outcome left = evaluate(*expression.operands[0], subject);
  if (!left.ok()) return left;
  const Outcome right = evaluate(*expression.operands[1], subject);
  if (!right.ok()) return right;
  if (expression.comparison == Comparison::kEq) return FilterValue(*left == *right);
  if (expression.comparison == Comparison::kNe) return FilterValue(*left != *right);
  for (const auto* side : {&*left, &*right}) {
    const bool orders =
        std::holds_alternative<Null>(*side) || std::holds_alternative<int32_t>(*side);
    if (!orders) return expected(expression, *side, "int");
  }
  const auto* a = std::get_if<int32_t>(&*left);
  const auto* b = std::get_if<int32_t>(&*right);
  return FilterValue(a != nullptr && b != nullptr && order_holds(expression.comparison, *a, *b));
}

Outcome evaluate_in_list(const Expression& expression, const FilterSubject& subject) {
  const Outcome value = evaluate(*expression.operands[0], subject);
  if (!value.ok()) return value;
  if (const auto* text = std::get_if<std::string>(&*value)) {
    return FilterValue(expression.strings.contains(*text));
  }
  return FilterValue(std::ranges::find(expression.others, *value) != expression.others.end());
}

Outcome evaluate_in_groups(const Expression& expression, const FilterSubject& subject) {
  const Outcome value = evaluate(*expression.operands[0], subject);
  if (!value.ok()) return value;
  const auto* group = std::get_if<std::string>(&*value);
  return FilterValue(group != nullptr && subject.groups != nullptr &&
                     subject.groups->contains(*group));
}

/// One call of a function, its arguments evaluated.
class FunctionCall {
 public:
  FunctionCall(const Expression& expression, std::vector<FilterValue> arguments)
      : expression_(expression), arguments_(std::move(arguments)) {}

  Outcome result() {
    switch (expression_.function) {
      case Function::kToLower:
      case Function::kToUpper:
      case Function::kTrim:
        return changed_text();
      case Function::kSubstring:
        return substring();
      case Function::kConcat:
        return concat();
      case Function::kContains:
      case Function::kStartsWith:
      case Function::kEndsWith:
      case Function::kIndexOf:
        return searched();
      case Function::kLength:
        break;
    }
    return length();
  }

 private:
  bool is_null(size_t i) const { return std::holds_alternative<Null>(arguments_[i]); }
  const std::string* text(size_t i) const { return std::get_if<std::string>(&arguments_[i]); }
  bool is_text_or_null(size_t i) const { return is_null(i) || text(i) != nullptr; }
  TypeError wrong(size_t i, std::string_view type) const {
    return expected(expression_, arguments_[i], type);
  }

  Outcome changed_text() const {
    if (!is_text_or_null(0)) return wrong(0, "string");
    if (is_null(0)) return FilterValue(Null{});
    if (expression_.function == Function::kToLower) return FilterValue(to_lower(*text(0)));
    if (expression_.function == Function::kTrim) return FilterValue(std::string(trimmed(*text(0))));
    std::string upper = *text(0);
    std::ranges::transform(upper, upper.begin(), [](char c) {
      return is_letter(c) ? static_cast<char>(to_lower(c) - 32) : c;
    });
    return FilterValue(std::move(upper));
  }

  Outcome substring() const {
    if (!is_text_or_null(0)) return wrong(0, "string");
    for (size_t i = 1; i < arguments_.size(); ++i) {
      if (!std::holds_alternative<int32_t>(arguments_[i])) return wrong(i, "int");
    }
    if (is_null(0)) return FilterValue(Null{});
    const std::string& whole = *text(0);
    const auto size = static_cast<int64_t>(whole.size());
    const int64_t begin = std::get<int32_t>(arguments_[1]);
    const int64_t count = arguments_.size() == 3 ? std::get<int32_t>(arguments_[2]) : size - begin;
    if (begin < 0 || count < 0 || begin + count > size) return FilterValue(Null{});
    return FilterValue(whole.substr(static_cast<size_t>(begin), static_cast<size_t>(count)));
  }

  Outcome concat() const {
    std::string joined;
    for (size_t i = 0; i < 2; ++i) {
      if (!is_text_or_null(i)) return wrong(i, "string");
      if (text(i) != nullptr) joined += *text(i);
    }
    return FilterValue(std::move(joined));
  }

  Outcome searched() const {
    for (size_t i = 0; i < 2; ++i) {
      if (!is_text_or_null(i)) return wrong(i, "string");
    }
    const bool is_index = expression_.function == Function::kIndexOf;
    if (is_null(0) || is_null(1)) return is_index ? FilterValue(int32_t{-1}) : FilterValue(false);
    const std::string& whole = *text(0);
    const std::string& part = *text(1);
    if (expression_.function == Function::kStartsWith) return FilterValue(whole.starts_with(part));
    if (expression_.function == Function::kEndsWith) return FilterValue(whole.ends_with(part));
    const size_t at = whole.find(part);
    if (!is_index) return FilterValue(at != std::string::npos);
    return FilterValue(at == std::string::npos ? int32_t{-1} : static_cast<int32_t>(at));
  }

  Outcome length() const {
    if (is_null(0)) return FilterValue(Null{});
    if (text(0) != nullptr) return FilterValue(static_cast<int32_t>(text(0)->size()));
    const auto* groups = std::get_if<const GroupSet*>(&arguments_[0]);
    if (groups == nullptr) return wrong(0, "string");
    return FilterValue(static_cast<int32_t>((*groups)->size()));
  }

  const Expression& expression_;
  std::vector<FilterValue> arguments_;
};

Outcome evaluate_call(const Expression& expression, const FilterSubject& subject) {
  std::vector<FilterValue> arguments;
  for (const auto& operand : expression.operands) {
    Outcome value = evaluate(*operand, subject);
    if (!value.ok()) return value;
    arguments.push_back(std::move(value.value()));
  }
  return FunctionCall(expression, std::move(arguments)).result();
}

}  // namespace

Result<FilterValue, TypeError> evaluate(const Expression& expression,
                                        const FilterSubject& subject) {
  switch (expression.kind) {
    case ExpressionKind::kLiteral:
      return expression.literal;
    case ExpressionKind::kProperty:
      return property_value(expression.property, subject);
    case ExpressionKind::kNot:
      return evaluate_not(expression, subject);
    case ExpressionKind::kAnd:
    case ExpressionKind::kOr:
      return evaluate_logical(expression, subject);
    case ExpressionKind::kCompare:
      return evaluate_compare(expression, subject);
    case ExpressionKind::kInList:
      return evaluate_in_list(expression, subject);
    case ExpressionKind::kInGroups:
      return evaluate_in_groups(expression, subject);
    case ExpressionKind::kCall:
      break;
  }
  return evaluate_call(expression, subject);
}

}  // namespace awps::emulator
