#include "daemon/awpsctl/commands/command_line.h"

#include <charconv>
#include <limits>

#include "base/ascii.h"
#include "base/terminal_text.h"
#include "daemon/awpsctl/commands/bench_plan.h"
#include "daemon/awpsctl/commands/stream_commands.h"
#include "daemon/awpsctl/figures.h"
#include "daemon/awpsctl/wire/admin_address.h"

namespace awps {

namespace {

constexpr double kMostSeconds = 86'400;
constexpr uint64_t kMostNumber = std::numeric_limits<int64_t>::max();

std::string is_duration(const std::string& text) {
  const Result<Duration> duration = duration_argument(text);
  return duration ? std::string() : duration.error().message;
}

// What the daemon takes for a level of the log.
std::string is_log_length(const std::string& text) {
  const Result<Duration> duration = duration_argument(text);
  if (!duration) return duration.error().message;
  const bool fits = *duration > Duration::zero() && *duration <= std::chrono::hours(24);
  return fits ? std::string() : "'" + text + "' is too short or too long: say up to 24h";
}

// A number, also one with a unit of time, as seconds.
CLI::Option* add_seconds(CLI::App& app, const std::string& name, std::optional<double>& to,
                         const std::string& help) {
  return app
      .add_option_function<std::string>(
          name,
          [&to](const std::string& text) {
            if (const Result<Duration> duration = duration_argument(text))
              to = to_seconds(*duration);
          },
          help)
      ->type_name("TIME")
      ->check(is_duration);
}

// What goes to the daemon goes as JSON: other bytes would become other names.
std::string is_text(const std::string& text) {
  if (is_utf8(text)) return {};
  return "'" + printable(text) +
         "' is not UTF-8, as JSON is; correct it (as a message, bytes go in "
         "base64 with --data-type binary)";
}

// An empty name is more likely a script's unset variable than a wish for all hubs.
std::string is_hub(const std::string& text) {
  return text.empty() ? "'' is no hub; name one, or leave it out" : is_text(text);
}

// A name here is most likely meant for the file of an export.
std::string is_letter_number(const std::string& text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  if (is_number && number > 0 && number <= kMostNumber) return {};
  return "'" + printable(text) +
         "' is no number of a dead letter; `awpsctl dead-letters list` shows them, and a file to "
         "export to is named with --output";
}

// Once, where it is read: nothing behind this compares names of hubs without case.
CLI::Option* as_hub(CLI::Option* option) {
  return option->type_name("HUB")->check(is_hub)->transform(
      [](const std::string& text) { return to_lower(text); });
}

CLI::Option* add_hub(CLI::App& app, std::string& to, const std::string& help) {
  return as_hub(app.add_option("--hub", to, help));
}

// Adds subcommands to one parser; each leaves its function in the command line.
class Parser {
 public:
  Parser(CLI::App& app, CommandLine& line) : app_(app), line_(line), to_(line.arguments) {}

  void add_all() {
    add_common();
    add_status();
    add_tap();
    add_send();
    add_bench();
    add_control();
    add_dead_letters();
    add_stream_commands(app_, line_);
    add_token();
    add_configuration();
  }

 private:
  CLI::App& add(CLI::App& parent, const std::string& name, const std::string& help,
                Command command) {
    CLI::App* added = parent.add_subcommand(name, help);
    added->callback([this_line = &line_, command] { this_line->command = command; });
    return *added;
  }

  void add_common();
  void add_status();
  void add_tap();
  void add_send();
  void add_one_action(CLI::App& send);
  void add_bench();
  void add_control();
  void add_dead_letters();
  void add_token();
  void add_configuration();

  CLI::App& app_;
  CommandLine& line_;
  Arguments& to_;
};

void Parser::add_common() {
  app_.add_option("--admin", to_.admin, "Where the daemon's admin interface is")
      ->type_name("ADDRESS")
      ->envname("AWPSD_ADMIN")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
      ->default_str(std::string(kDefaultAdmin));
  app_.add_option("--token-file", to_.token_file, "A file with the token, for a TCP address")
      ->type_name("FILE")
      ->envname("AWPSD_TOKEN_FILE")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app_.add_option("--socket", to_.socket,
                  "The producers' socket (default: the one that the daemon names)")
      ->type_name("PATH");
  app_.add_flag("--json", to_.json, "JSON for programs instead of text for people");
}

void Parser::add_status() {
  CLI::App& status =
      add(app_, "status", "Show what the daemon does and why: hubs, limits, latency", run_status);
  status
      .add_option_function<std::string>(
          "--watch",
          [&to = to_.status](const std::string& text) {
            const Result<Duration> period = duration_argument(text);
            to.watch_seconds = period ? to_seconds(*period) : 1.0;
          },
          "A live view, renewed at this interval (default: 1s)")
      ->type_name("[TIME]")
      ->expected(0, 1)
      ->check([](const std::string& text) -> std::string {
        if (text.empty() || text == "true") return {};  // no time was given
        const Result<Duration> period = duration_argument(text);
        if (!period) return period.error().message;
        const bool fits = *period >= std::chrono::milliseconds(100);
        return fits ? "" : "--watch " + text + ": a reading takes a moment; give 100ms or more";
      });
  add_hub(status, to_.status.hub, "Show this hub only");
  CLI::App& hubs =
      add(app_, "hubs", "List the hubs, where they deliver to, and whether they do", run_hubs);
  hubs.add_flag("--names", to_.names_only, "Print only the names, one per line");
}

void Parser::add_tap() {
  CLI::App& tap =
      add(app_, "tap", "Sample actions as they are settled, each with its outcome", run_tap);
  add_hub(tap, to_.tap.hub, "Sample this hub only");
  tap.add_option("--rate", to_.tap.rate, "Show at most this many actions per second (default: 10)")
      ->type_name("NUMBER")
      ->check(CLI::Range(1U, 1000U));
  tap.add_option("--count", to_.tap.count, "End after this many actions (default: at Ctrl-C)")
      ->type_name("NUMBER")
      ->check(CLI::Range(uint64_t{1}, kMostNumber));
}

void Parser::add_send() {
  CLI::App& send = add(app_, "send", "Send files of protocol lines, or one action", run_send);
  send.add_option("file", to_.send.files,
                  "Protocol lines, such as an undelivered-*.ndjson, or a folder with such (-: "
                  "standard input)")
      ->type_name("FILE");
  send.add_flag("--remove", to_.send.remove, "Remove each file of which everything was taken");
  add_hub(send, to_.send.hub, "The hub for actions that name none");
  send.add_option("--ack", to_.send.ack,
                  "Wait until all actions are delivered (default), or accepted by the daemon")
      ->type_name("WHEN")
      ->check(CLI::IsMember({"delivered", "accepted"}));
  add_seconds(send, "--timeout", to_.send.timeout_seconds,
              "Wait no longer than this (default: until all actions are settled)");
  CLI::Option* const stream =
      send.add_option("--stream", to_.send.stream,
                      "Write the actions to the topic of this stream, instead of to the daemon")
          ->type_name("NAME")
          ->check(is_text);
  send.add_option("--config", to_.send.config,
                  "With --stream: the daemon's configuration (default: the installed one)")
      ->type_name("FILE")
      ->needs(stream);
  add_one_action(send);
}

void Parser::add_one_action(CLI::App& send) {
  OneAction& action = to_.send.action;
  const std::string group = "One action instead of a file";
  const auto text = [&](const char* name, auto& to, const char* type, const char* help) {
    return send.add_option(name, to, help)->type_name(type)->group(group)->check(is_text);
  };
  text("--action", action.name, "NAME",
       "Which action, such as addUserToGroup (default: a send to the given target)");
  send.add_flag("--all", action.to_all, "To every connection of the hub")->group(group);
  text("--group", action.group, "NAME", "To this group");
  text("--user", action.user, "ID", "To this user");
  text("--connection", action.connection, "ID", "To this connection");
  text("--data", action.data, "TEXT", "The message");
  text("--data-type", action.data_type, "TYPE", "The type of the message (default: text)")
      ->check(CLI::IsMember({"text", "json", "binary"}));
  const auto texts = [&](const char* name, auto& to, const char* type, const char* help) {
    text(name, to, type, help)->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  };
  texts("--excluded", action.excluded, "ID", "Not to this connection; may be repeated");
  texts("--groups", action.groups, "NAME",
        "A group of addConnectionsToGroups or removeConnectionsFromGroups; may be repeated");
  text("--filter", action.filter, "ODATA", "Only to connections that match this filter");
  text("--permission", action.permission, "NAME", "For grantPermission and revokePermission");
  text("--target-name", action.target_name, "NAME", "The group that the permission is for");
  text("--reason", action.reason, "TEXT", "For the actions that close connections");
  send.add_option("--ttl", action.ttl_seconds, "Do not send the action once it is this old")
      ->type_name("SECONDS")
      ->group(group)
      ->check(CLI::PositiveNumber);
  text("--id", action.id, "TEXT", "An id that the replies to the action repeat");
}

void Parser::add_bench() {
  BenchArguments& bench = to_.bench;
  CLI::App& app =
      add(app_, "bench", "Send load at an even pace, and measure how long each delivery takes",
          run_bench);
  add_hub(app, bench.hub, "The hub (default: the daemon's default hub)");
  app.add_option("--rate", bench.rate, "Actions per second in total (default: 1000)")
      ->type_name("NUMBER")
      ->check(CLI::Range(0.001, 1e7));
  app.add_option("--seconds", bench.seconds, "How long to send (default: 10)")
      ->type_name("NUMBER")
      ->check(CLI::Range(0.001, kMostSeconds));
  app.add_option("--connections", bench.connections, "Number of producers (default: 4)")
      ->type_name("NUMBER")
      ->check(CLI::Range(1U, 1000U));
  app.add_option("--actions", bench.actions,
                 "Kinds of actions, with weights, such as sendToGroup=8,addUserToGroup=2 "
                 "(default: sendToGroup); possible are " +
                     std::string(BenchPlan::kKinds))
      ->type_name("KINDS");
  app.add_option("--size", bench.size, "Bytes of a message (default: 64)")
      ->type_name("BYTES")
      ->check(CLI::Range(uint64_t{0}, uint64_t{1} << 20U));
  app.add_option("--groups", bench.groups, "Number of groups and of users (default: 1000)")
      ->type_name("NUMBER")
      ->check(CLI::Range(uint64_t{1}, uint64_t{100'000'000}));
  app.add_flag("--equal-data", bench.equal_data,
               "Send the same message each time, so that fan-out can join sends");
  app.add_flag("--unordered", bench.unordered,
               "Send without order: many sends to one target may be in flight");
  app.add_option("--wait", bench.wait_seconds,
                 "Seconds to wait for outcomes after the last action (default: 30)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.0, kMostSeconds));
  app.add_flag("--yes-real-service", bench.real_service,
               "Send even if the service is not on this machine: it throttles and bills");
}

void Parser::add_control() {
  const auto hub = [this](CLI::App& app) {
    as_hub(app.add_option("hub", to_.hub, "The hub (default: all)"));
  };
  hub(add(app_, "pause", "Accept actions, but send nothing", run_pause));
  hub(add(app_, "resume", "Accept and send again, after pause or drain", run_resume));
  CLI::App& drain =
      add(app_, "drain", "Accept nothing, and wait until all accepted actions are sent", run_drain);
  hub(drain);
  add_seconds(drain, "--timeout", to_.drain_seconds, "Wait no longer than this");
}

void Parser::add_dead_letters() {
  DeadLetterArguments& dead = to_.dead_letters;
  CLI::App& app = *app_.add_subcommand("dead-letters", "Actions that were given up");
  app.require_subcommand(1);
  const auto hub = [&](CLI::App& command) { add_hub(command, dead.hub, "Only those of this hub"); };
  const auto numbers = [&](CLI::App& command) {
    return command
        .add_option("numbers", dead.numbers, "Numbers of dead letters, as list shows them")
        ->type_name("NUMBER")
        ->check(is_letter_number);
  };
  CLI::App& list = add(app, "list", "Print one line per dead letter", run_dead_letters_list);
  hub(list);
  list.add_option("--limit", dead.limit, "Show at most this many per hub (default: 100)")
      ->type_name("NUMBER")
      ->check(CLI::Range(uint64_t{1}, uint64_t{1000}));
  list.add_option("--after", dead.after, "Only those with a higher number")
      ->type_name("NUMBER")
      ->check(CLI::Range(uint64_t{0}, kMostNumber));
  CLI::App& show =
      add(app, "show", "Print everything that is known about some", run_dead_letters_show);
  hub(show);
  numbers(show)->required();
  CLI::App& redrive = add(app, "redrive", "Send some, or all, again", run_dead_letters_redrive);
  hub(redrive);
  redrive.add_flag("--all", dead.all, "All of the hub, or of every hub");
  numbers(redrive);
  CLI::App& purge = add(app, "purge", "Drop some, or all, for good", run_dead_letters_purge);
  hub(purge);
  purge.add_flag("--all", dead.all, "All of the hub, or of every hub");
  purge.add_flag("--yes", dead.yes, "Confirm the purge");
  numbers(purge);
  CLI::App& save =
      add(app, "export", "Write some (default: all) as lines that `awpsctl send` accepts",
          run_dead_letters_export);
  hub(save);
  save.add_option("--output", dead.output, "Write to this new file (default: standard output)")
      ->type_name("FILE");
  numbers(save);
}

void Parser::add_token() {
  TokenArguments& token = to_.token;
  CLI::App& app = add(app_, "token", "A client's URL with its access token", run_token);
  add_hub(app, token.hub, "The hub (default: the daemon's default hub)");
  app.add_option("--user", token.user, "The client's user id")->type_name("ID")->check(is_text);
  const auto repeated = [&app](const char* name, std::vector<std::string>& to, const char* type,
                               const char* help) {
    app.add_option(name, to, help)
        ->type_name(type)
        ->check(is_text)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  };
  repeated("--role", token.roles, "ROLE",
           "What the client may do, such as webpubsub.sendToGroup; may be repeated");
  repeated("--group", token.groups, "NAME",
           "A group that the client joins at once; may be repeated");
  app.add_option("--minutes", token.minutes, "How long the token is valid (default: 60)")
      ->type_name("NUMBER")
      ->check(CLI::Range(uint64_t{1}, uint64_t{10'080}));
}

void Parser::add_configuration() {
  add(app_, "reload", "Read the configuration again, and apply what can change", run_reload);
  add(app_, "check", "Check whether all is well, and name remedies", run_check);
  CLI::App& config = *app_.add_subcommand("config", "The daemon's configuration");
  config.require_subcommand(1);
  add(config, "diff", "Show what a reload would change", run_config_diff);
  CLI::App& log = add(app_, "log", "Set how much the daemon logs", run_log);
  log.add_option("level", to_.log_level, "error, warning, info or debug")
      ->type_name("LEVEL")
      ->required()
      ->check(CLI::IsMember({"error", "warning", "info", "debug"}));
  log.add_option_function<std::string>(
         "--for",
         [&to = to_](const std::string& text) {
           if (const Result<Duration> length = duration_argument(text)) to.log_length = *length;
         },
         "For this long, then as configured (default: until the next reload)")
      ->type_name("TIME")
      ->check(is_log_length);
}

}  // namespace

std::unique_ptr<CLI::App> make_parser(CommandLine& line) {
  line.arguments.admin = kDefaultAdmin;
  auto app = std::make_unique<CLI::App>("awpsctl shows and controls a running awpsd.");
  app->name("awpsctl");
  app->fallthrough();  // the common options are taken behind a subcommand, too
  app->require_subcommand(1);
  app->set_version_flag("--version", std::string("awpsctl ") + AWPS_VERSION);
  Parser(*app, line).add_all();
  return app;
}

}  // namespace awps
