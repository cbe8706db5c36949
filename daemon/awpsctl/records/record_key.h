#pragma once

// The key of the record that carries an action, as stream keys are made (awps/client/stream.h).
// Pure; any thread.

#include <string>
#include <string_view>

#include "action/action.h"
#include "base/result.h"

namespace awps {

struct RecordKey {
  std::string key;
  // Why no key keeps the order of such an action; empty: this one does.
  std::string_view doubt{};
};

/// `hub`: of actions that name none; empty: there is none, and the action has to name one.
Result<RecordKey> record_key_of(const Action& action, std::string_view hub);

/// What can be done where no key is right, to be said once.
inline constexpr std::string_view kWaysOutOfNoKey =
    "remove the member from each group by name, or give these actions and the changes that they "
    "must not overtake one orderingKey, or use a topic of one partition";

}  // namespace awps
