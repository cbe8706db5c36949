#include "daemon/awpsctl/commands/context.h"

#include <fstream>

#include "daemon/awpsctl/wire/json_fields.h"

namespace awps {

namespace {

bool is_awpsd_of_this_machine(uint64_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
  std::string name;
  return std::getline(file, name) && name == "awpsd";
}

}  // namespace

void Context::write_lines(const std::vector<std::string>& lines) const {
  for (const std::string& line : lines) out << line << '\n';
  out.flush();
}

void Context::write_json(std::string_view text) const {
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  if (text.find('\n') == std::string_view::npos) {
    out << text << '\n';
  } else {
    out << json_text(parse_json(text)) << '\n';
  }
  out.flush();
}

Result<StatusReading, Failure> ask_status(AdminClient& admin, const std::string& hub) {
  const Result<std::string, Failure> body = admin.get("/status");
  if (!body) return body.error();
  Result<StatusReading, Failure> status = read_status(*body);
  if (!status || hub.empty()) return status;
  return only_hub(std::move(*status), hub);
}

Result<std::string, Failure> socket_of(const AdminAddress& admin, const StatusReading& status) {
  const bool is_tcp = admin.socket_path.empty();
  if (is_tcp && !is_awpsd_of_this_machine(status.pid)) {
    return Failure{ExitCode::kUnavailable, "other_machine",
                   "awpsd at '" + admin.said + "' (process " + std::to_string(status.pid) +
                       ") is not to be seen on this machine, so its socket is not here: name it "
                       "with --socket, or run awpsctl where it runs"};
  }
  return status.socket.empty() ? std::string(kDefaultSocket) : status.socket;
}

Result<std::string, Failure> producers_socket(const Context& context) {
  if (!context.arguments.socket.empty()) return context.arguments.socket;
  const Result<StatusReading, Failure> status = ask_status(context.admin);
  if (status) return socket_of(context.admin.address(), *status);
  Failure failure = status.error();
  // Who may send need not be one who may steer. Of the usual admin socket the neighbour is known.
  const bool may_not_ask = failure.exit_code == ExitCode::kNoPermission;
  if (may_not_ask && "unix:" + context.admin.address().socket_path == kDefaultAdmin) {
    return std::string(kDefaultSocket);
  }
  failure.message += " (it was asked for the producers' socket; --socket names one)";
  return failure;
}

}  // namespace awps
