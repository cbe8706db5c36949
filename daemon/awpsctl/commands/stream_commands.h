#pragma once

// The subcommands of `awpsctl stream`. One thread.

#include "daemon/awpsctl/commands/command_line.h"

namespace awps {

void add_stream_commands(CLI::App& app, CommandLine& line);

}  // namespace awps
