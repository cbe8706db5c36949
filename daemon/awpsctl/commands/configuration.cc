// `awpsctl reload`, `config diff`, `log` and `token`: the daemon's configuration and its keys.

#include "base/terminal_text.h"
#include "daemon/awpsctl/commands/context.h"
#include "daemon/awpsctl/figures.h"
#include "daemon/awpsctl/view/table.h"
#include "daemon/awpsctl/wire/json_fields.h"

namespace awps {

namespace {

// The changes as a table; how many there are.
size_t show_changes(const Context& context, const std::string& answer, const char* now_title,
                    const char* then_title) {
  const Json json = parse_json(answer);
  Table table({{.title = "KEY"},
               {.title = now_title, .flexible = true},
               {.title = then_title, .flexible = true},
               {.title = "TAKES EFFECT"}});
  size_t count = 0;
  for (const Json& change : field(json, "changes")) {
    const bool later = flag_field(change, "atNextStart");
    table.add({{printable(text_field(change, "key")), Colour::kStrong},
               {printable(text_field(change, "before"))},
               {printable(text_field(change, "after"))},
               {later ? "at the next start" : "with a reload",
                later ? Colour::kWarning : Colour::kPlain}});
    ++count;
  }
  if (context.json()) {
    context.write_json(answer);
  } else if (count > 0) {
    context.write_lines(table.lines(context.view.columns, context.view.paint));
  }
  return count;
}

size_t later_changes(const std::string& answer) {
  const Json json = parse_json(answer);
  size_t count = 0;
  for (const Json& change : field(json, "changes")) count += flag_field(change, "atNextStart");
  return count;
}

}  // namespace

CommandResult run_reload(const Context& context) {
  const Result<std::string, Failure> answer = context.admin.post("/reload", "{}");
  if (!answer) return answer.error();
  const size_t changes = show_changes(context, *answer, "WAS", "IS");
  if (context.json()) return ExitCode::kOk;
  const size_t later = later_changes(*answer);
  if (changes == 0) {
    context.out << "reloaded; nothing had changed\n";
  } else if (later == 0) {
    context.out << "reloaded\n";
  } else {
    context.out << "reloaded; " << counted(later, "change") << " wait" << (later == 1 ? "s" : "")
                << " for `systemctl restart awpsd`\n";
  }
  return ExitCode::kOk;
}

CommandResult run_config_diff(const Context& context) {
  const Result<std::string, Failure> answer = context.admin.get("/config/diff");
  if (!answer) return answer.error();
  const size_t changes = show_changes(context, *answer, "RUNNING", "IN THE FILES");
  if (changes > 0) return kNegative;
  if (!context.json()) context.out << "the daemon runs what its files say\n";
  return ExitCode::kOk;
}

CommandResult run_log(const Context& context) {
  const Arguments& arguments = context.arguments;
  Json request{{"level", arguments.log_level}};
  if (arguments.log_length) {
    request["seconds"] = std::chrono::ceil<std::chrono::seconds>(*arguments.log_length).count();
  }
  const Result<std::string, Failure> answer = context.admin.post("/log", json_text(request));
  if (!answer) return answer.error();
  if (context.json()) {
    context.write_json(*answer);
  } else if (arguments.log_length) {
    context.out << "log level " << arguments.log_level << " for "
                << seconds_text(to_seconds(*arguments.log_length)) << ", then as configured\n";
  } else {
    context.out << "log level " << arguments.log_level << " until the next reload\n";
  }
  return ExitCode::kOk;
}

CommandResult run_token(const Context& context) {
  const TokenArguments& wanted = context.arguments.token;
  Json request = Json::object();
  if (!wanted.hub.empty()) request["hub"] = wanted.hub;
  if (!wanted.user.empty()) request["userId"] = wanted.user;
  if (!wanted.roles.empty()) request["roles"] = wanted.roles;
  if (!wanted.groups.empty()) request["groups"] = wanted.groups;
  request["minutes"] = wanted.minutes;
  const Result<std::string, Failure> answer = context.admin.post("/token", json_text(request));
  if (!answer) return answer.error();
  if (context.json()) {
    context.write_json(*answer);
    return ExitCode::kOk;
  }
  const std::string url = text_field(parse_json(*answer), "url");
  if (url.empty()) {
    return Failure{ExitCode::kUnavailable, "not_awpsd",
                   "the daemon's answer to /token has no url; update it, or awpsctl"};
  }
  context.out << url << '\n';
  return ExitCode::kOk;
}

}  // namespace awps
