#pragma once

// Context: what every command gets, and the commands. A command asks the daemon, writes to `out`,
// and ends with an exit status or a Failure, which main() reports.
//
// One thread.

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "daemon/awpsctl/commands/arguments.h"
#include "daemon/awpsctl/failure.h"
#include "daemon/awpsctl/view/paint.h"
#include "daemon/awpsctl/view/status_view.h"
#include "daemon/awpsctl/wire/admin_client.h"
#include "daemon/awpsctl/wire/status_reading.h"

namespace awps {

struct Context {
  AdminClient& admin;
  const Arguments& arguments;
  std::ostream& out;  // the result
  std::ostream& err;  // progress, and what went wrong besides
  ViewOptions view;

  bool json() const { return arguments.json; }
  void write_lines(const std::vector<std::string>& lines) const;
  /// A JSON text of the daemon's on a line of its own.
  void write_json(std::string_view text) const;
};

using CommandResult = Result<ExitCode, Failure>;

/// Asks for /status; of `hub` alone, where it is not empty.
Result<StatusReading, Failure> ask_status(AdminClient& admin, const std::string& hub = {});
/// Where the daemon with this status takes producers; the default, where it does not say. Over TCP
/// it may be one of another machine, at the end of a tunnel: its socket is not here.
Result<std::string, Failure> socket_of(const AdminAddress& admin, const StatusReading& status);
/// --socket, else what /status says. Who may not ask the usual admin socket gets the usual one for
/// producers. Else nothing is guessed: it could be another daemon's.
Result<std::string, Failure> producers_socket(const Context& context);

CommandResult run_status(const Context& context);
CommandResult run_hubs(const Context& context);
CommandResult run_tap(const Context& context);
CommandResult run_send(const Context& context);
/// `send --stream`.
CommandResult run_send_to_stream(const Context& context);
CommandResult run_bench(const Context& context);
CommandResult run_pause(const Context& context);
CommandResult run_resume(const Context& context);
CommandResult run_drain(const Context& context);
CommandResult run_dead_letters_list(const Context& context);
CommandResult run_dead_letters_show(const Context& context);
CommandResult run_dead_letters_redrive(const Context& context);
CommandResult run_dead_letters_purge(const Context& context);
CommandResult run_dead_letters_export(const Context& context);
CommandResult run_stream_status(const Context& context);
CommandResult run_stream_check(const Context& context);
CommandResult run_token(const Context& context);
CommandResult run_reload(const Context& context);
CommandResult run_check(const Context& context);
CommandResult run_config_diff(const Context& context);
CommandResult run_log(const Context& context);

}  // namespace awps
