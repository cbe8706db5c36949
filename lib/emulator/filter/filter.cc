#include "emulator/filter/filter.h"

#include <algorithm>

namespace awps::emulator {

namespace {

std::string message_of(std::string_view expression, std::string_view reason) {
  return "Invalid syntax for '" + std::string(expression) + "': " + std::string(reason) +
         " (Parameter 'filter')";
}

bool is_user_id(const Expression& expression) {
  return expression.kind == ExpressionKind::kProperty && expression.property == Property::kUserId;
}

const std::string* string_literal(const Expression& expression) {
  return expression.kind == ExpressionKind::kLiteral ? std::get_if<std::string>(&expression.literal)
                                                     : nullptr;
}

/// The users that `userId eq 'x'` (either way round) names.
std::optional<UserSet> users_of_comparison(const Expression& expression) {
  if (expression.comparison != Comparison::kEq) return std::nullopt;
  const Expression& left = *expression.operands[0];
  const Expression& right = *expression.operands[1];
  const std::string* name = is_user_id(left) ? string_literal(right) : nullptr;
  if (name == nullptr && is_user_id(right)) name = string_literal(left);
  if (name == nullptr) return std::nullopt;
  return UserSet{*name};
}

std::optional<UserSet> users_of(const Expression& expression);

/// All alternatives must bind the user: then the union does.
std::optional<UserSet> users_of_or(const Expression& expression) {
  UserSet all;
  for (const auto& operand : expression.operands) {
    auto users = users_of(*operand);
    if (!users) return std::nullopt;
    all.merge(*users);
  }
  return all;
}

/// Any conjunct that binds the user will do; the smallest is best.
std::optional<UserSet> users_of_and(const Expression& expression) {
  std::optional<UserSet> smallest;
  for (const auto& operand : expression.operands) {
    auto users = users_of(*operand);
    if (users && (!smallest || users->size() < smallest->size())) smallest = std::move(users);
  }
  return smallest;
}

std::optional<UserSet> users_of(const Expression& expression) {
  switch (expression.kind) {
    case ExpressionKind::kCompare:
      return users_of_comparison(expression);
    case ExpressionKind::kOr:
      return users_of_or(expression);
    case ExpressionKind::kAnd:
      return users_of_and(expression);
    case ExpressionKind::kInList:
      if (!is_user_id(*expression.operands[0]) || !expression.others.empty()) return std::nullopt;
      return expression.strings;
    default:
      return std::nullopt;
  }
}

}  // namespace

Result<Filter> Filter::compile(std::string_view text) {
  auto root = parse_filter(text);
  if (!root.ok()) return Error{message_of(text, root.error().message)};
  const GroupSet no_groups;
  const auto value = evaluate(**root, {.groups = &no_groups});
  if (!value.ok()) return Error{message_of(value.error().expression, value.error().reason)};
  if (!std::holds_alternative<bool>(*value)) {
    return Error{message_of(text, "The filter must be of type 'bool'.")};
  }
  Filter filter;
  filter.root_ = std::move(root.value());
  filter.users_ = users_of(*filter.root_);
  return filter;
}

bool Filter::matches(const FilterSubject& subject) const {
  const auto value = evaluate(*root_, subject);
  if (!value.ok()) return false;
  const bool* verdict = std::get_if<bool>(&*value);
  return verdict != nullptr && *verdict;
}

}  // namespace awps::emulator
