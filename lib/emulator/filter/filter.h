#pragma once

// A filter of connections: OData boolean expressions over userId, connectionId, groups and
// protocol, as the service evaluates them (its reference-odata-filter). Values compare ordinally;
// names ignore case.
// 1. A compiled filter is boolean for the empty connection (no user, no id, no group): type errors
//    that show there are found before anything is sent. One that shows only at a connection leaves
//    it out.
// 2. Both sides of and/or are evaluated and must be boolean: no short circuit.
// Pure; a Filter belongs to one thread.

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "emulator/filter/filter_expression.h"

namespace awps::emulator {

/// What a filter sees of a connection. Borrowed for one evaluation.
struct FilterSubject {
  const std::string* user_id = nullptr;  // nullptr: anonymous
  std::string_view connection_id = {};
  const GroupSet* groups = nullptr;
  const std::string* protocol = nullptr;  // nullptr: none was negotiated
};

using UserSet = std::set<std::string, std::less<>>;

class Filter {
 public:
  /// The error is the service's whole message, "Invalid syntax for '…': …".
  static Result<Filter> compile(std::string_view text);

  bool matches(const FilterSubject& subject) const;

  /// Users outside of this set never match, so a broadcast need not look at their connections;
  /// nullptr: the filter does not bind the user.
  const UserSet* only_users() const { return users_ ? &*users_ : nullptr; }

 private:
  ExpressionPtr root_;
  std::optional<UserSet> users_;
};

/// Evaluates one expression; the error is what stands behind "Invalid syntax for '…': ".
struct TypeError {
  std::string expression;
  std::string reason;
};
Result<FilterValue, TypeError> evaluate(const Expression& expression, const FilterSubject& subject);

}  // namespace awps::emulator
