#pragma once

// NameAdvice: what to tell a producer whose `actionName` is no action's. The names of the REST
// API, of the SDKs, of clients and of older bindings stand in a table (foreign_names.cc); other
// names are compared with it and with the actions' own.
//
// 1. No advice points from a narrow name to a wider scope (a connection, a user, a group, all), nor
//    from a question to a change. Where a misspelt name is as near to a narrower one, nothing is
//    guessed.
// 2. Without a guess the advice lists the names of all actions.
//
// Pure; any thread. Used on the way to a refusal only.

#include <optional>
#include <string>
#include <string_view>

#include "action/action.h"

namespace awps {

struct NameAdvice {
  std::optional<ActionKind> action;  // the one to use instead; empty: none is the same
  std::string text;                  // "use 'closeClientConnection', …": the rest of a sentence
};

/// `name` is no action's, as action_kind_of() says.
NameAdvice advice_on_name(std::string_view name);

}  // namespace awps
