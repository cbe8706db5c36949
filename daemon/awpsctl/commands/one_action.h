#pragma once

// One action of `awpsctl send` from its options. Any thread.

#include <string>

#include "daemon/awpsctl/commands/arguments.h"
#include "daemon/awpsctl/failure.h"

namespace awps {

/// The protocol line; empty where a file is to be sent. A Failure says which options do not go
/// together; whether the action is right is for the daemon to say.
Result<std::string, Failure> one_action_line(const SendArguments& arguments);

}  // namespace awps
