#pragma once

// Foreign names: what the same things are called elsewhere, and what to use here. From the REST
// API's operations, the SDKs for JavaScript, .NET, Python, Java and Go, the messages of clients,
// and the Functions bindings.
//
// 1. Each name points to the narrowest action that does the same, or to none.
// 2. Names are without the marks and suffixes that advice_on_name() takes off: `send_to_all`,
//    `SendToAllAsync` and `sendToAllWithResponse` are one.
//
// Pure; any thread.

#include <optional>
#include <span>
#include <string_view>

#include "action/action.h"

namespace awps {

struct ForeignName {
  std::string_view name;
  std::optional<ActionKind> action;
  /// With an action: what to add to "use 'X'", or nothing. Without: the whole advice.
  std::string_view remark;
};

std::span<const ForeignName> foreign_names();

}  // namespace awps
