#pragma once

// The command line: subcommands, options and their help, all in one place.

#include <CLI/CLI.hpp>
#include <memory>

#include "daemon/awpsctl/commands/arguments.h"
#include "daemon/awpsctl/commands/context.h"

namespace awps {

using Command = CommandResult (*)(const Context&);

struct CommandLine {
  Arguments arguments;
  Command command = nullptr;  // set by parsing
};

/// The parser writes into `line`, which must outlive it.
std::unique_ptr<CLI::App> make_parser(CommandLine& line);

}  // namespace awps
