#pragma once

// The tree of an OData filter, and its values. Owned by a Filter; plain data.

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace awps::emulator {

/// The groups of a connection: the only collection.
using GroupSet = std::set<std::string, std::less<>>;

struct Null {
  friend bool operator==(Null, Null) = default;
};
/// A value while a filter is evaluated. Strings are owned: functions make new ones.
using FilterValue = std::variant<Null, bool, int32_t, std::string, const GroupSet*>;

enum class ExpressionKind {
  kLiteral,
  kProperty,
  kNot,
  kAnd,
  kOr,
  kCompare,
  kInList,
  kInGroups,
  kCall
};
enum class Property { kUserId, kConnectionId, kGroups, kProtocol };
enum class Comparison { kEq, kNe, kGt, kGe, kLt, kLe };
enum class Function {
  kToLower,
  kToUpper,
  kTrim,
  kSubstring,
  kConcat,
  kContains,
  kStartsWith,
  kEndsWith,
  kIndexOf,
  kLength,
};

struct Expression {
  ExpressionKind kind = ExpressionKind::kLiteral;
  std::string text;  // as it stands in the filter, for error messages
  FilterValue literal;
  Property property = Property::kUserId;
  Comparison comparison = Comparison::kEq;
  Function function = Function::kLength;
  std::vector<std::unique_ptr<Expression>> operands;
  std::set<std::string, std::less<>> strings;  // kInList: its strings
  std::vector<FilterValue> others;             // kInList: what else it lists
};

using ExpressionPtr = std::unique_ptr<Expression>;

Result<ExpressionPtr> parse_filter(std::string_view text);

}  // namespace awps::emulator
