#pragma once

// Actions and what became of them, in a line for people. Functions of their arguments, any thread.

#include <string>

#include "daemon/awpsctl/view/paint.h"
#include "daemon/awpsctl/wire/json_fields.h"

namespace awps {

/// "sendToGroup dashboard", "addUserToGroup ann to devices"; of an action that was cut, its text.
std::string action_text(const Json& action);
/// "record 17 of orders/3: its text", of a record of a stream as ADMIN.md shows it.
std::string record_text(const Json& record);
/// Its data, reason or permission; empty: it has none.
std::string payload_text(const Json& action);

/// A record of GET /tap (ADMIN.md): its outcome, and as much of the action as `columns` take.
std::string tap_line(const Json& record, size_t columns, const Paint& paint);

}  // namespace awps
