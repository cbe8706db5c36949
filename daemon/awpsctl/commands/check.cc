// `awpsctl check`: is all well, and if not, what is to be done.

#include "daemon/awpsctl/commands/check_findings.h"
#include "daemon/awpsctl/commands/context.h"
#include "daemon/awpsctl/wire/json_fields.h"
#include "daemon/awpsctl/wire/producer_connection.h"

namespace awps {

namespace {

void show(const Context& context, const std::vector<Note>& findings, bool well) {
  if (!context.json()) {
    context.write_lines(finding_lines(findings, context.view.columns, context.view.paint));
    return;
  }
  Json list = Json::array();
  for (const Note& finding : findings) {
    list.push_back({{"result", result_of(finding)},
                    {"subject", finding.subject},
                    {"text", finding.text},
                    {"remedy", finding.remedy}});
  }
  context.write_json(json_text(Json{{"ok", well}, {"findings", std::move(list)}}));
}

std::optional<Failure> try_socket(const std::string& path) {
  const auto connection = ProducerConnection::open(path, "", "none");
  // A daemon without a default hub says so; its socket is well.
  if (connection || connection.error().code == "unknown_hub") return std::nullopt;
  return connection.error();
}

}  // namespace

CommandResult run_check(const Context& context) {
  const Result<StatusReading, Failure> status = ask_status(context.admin);
  if (!status) {
    show(context, {{Colour::kBad, "daemon", status.error().message, ""}}, false);
    return status.error().exit_code;
  }
  const Result<AdminAnswer, Failure> alive = context.admin.ask("/livez");
  const Result<AdminAnswer, Failure> ready = context.admin.ask("/readyz");
  const Result<std::string, Failure> config = context.admin.get("/config/diff");
  const std::string& said = context.arguments.socket;
  const Result<std::string, Failure> socket =
      said.empty() ? socket_of(context.admin.address(), *status) : said;
  const std::optional<Failure> socket_failure =
      socket ? try_socket(*socket) : std::optional(socket.error());
  const std::vector<Note> findings = findings_of({.status = *status,
                                                  .alive = alive,
                                                  .ready = ready,
                                                  .socket_failure = socket_failure,
                                                  .config = config});
  bool well = true;
  for (const Note& finding : findings) well = well && finding.severity != Colour::kBad;
  show(context, findings, well);
  return well ? ExitCode::kOk : kNegative;
}

}  // namespace awps
