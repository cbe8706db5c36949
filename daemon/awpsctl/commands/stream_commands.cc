#include "daemon/awpsctl/commands/stream_commands.h"

#include <string>

namespace awps {

namespace {

constexpr uint64_t kMostRecords = 1'000'000;

std::string is_stream(const std::string& text) {
  return text.empty() ? "'' is no stream; name one, or leave it out" : std::string();
}

CLI::App& add(CLI::App& parent, const std::string& name, const std::string& help,
              const std::function<void()>& chosen) {
  CLI::App* added = parent.add_subcommand(name, help);
  added->callback(chosen);
  return *added;
}

CLI::Option* add_name(CLI::App& app, StreamArguments& to, const std::string& help) {
  return app.add_option("name", to.name, help)->type_name("NAME")->check(is_stream);
}

}  // namespace

void add_stream_commands(CLI::App& app, CommandLine& line) {
  StreamArguments& to = line.arguments.stream;
  CLI::App& stream = *app.add_subcommand("stream", "Topics from which the daemon reads actions");
  stream.require_subcommand(1);
  CLI::App& status = add(stream, "status", "Show each partition, and what holds it up",
                         [&line] { line.command = run_stream_status; });
  add_name(status, to, "The stream (default: all)");
  status.add_flag("--names", line.arguments.names_only, "Print only the names, one per line");
  CLI::App& check =
      add(stream, "check", "Read the last records of a topic, and name what is wrong with them",
          [&line] { line.command = run_stream_check; });
  add_name(check, to, "The stream, NAME of [streams.NAME]")->required();
  check
      .add_option("--records", to.records,
                  "Look at this many records of each partition, the last ones (default: 1000)")
      ->type_name("NUMBER")
      ->check(CLI::Range(uint64_t{1}, kMostRecords));
  check
      .add_option("--config", to.config, "The daemon's configuration (default: the installed one)")
      ->type_name("FILE");
}

}  // namespace awps
