#include "daemon/awpsctl/commands/one_action.h"

#include "daemon/awpsctl/wire/json_fields.h"

namespace awps {

namespace {

Failure usage(const std::string& message) {
  return {ExitCode::kUsage, "usage", message};
}

bool is_given(const OneAction& action) {
  return action.to_all || !action.name.empty() || action.group || action.user ||
         action.connection || action.data || action.data_type || action.permission ||
         action.target_name || action.reason || action.filter || action.id ||
         !action.excluded.empty() || !action.groups.empty() || action.ttl_seconds;
}

Result<std::string, Failure> name_of(const OneAction& action) {
  if (!action.name.empty()) return action.name;
  const int targets = (action.to_all ? 1 : 0) + (action.group ? 1 : 0) + (action.user ? 1 : 0) +
                      (action.connection ? 1 : 0);
  if (targets != 1) {
    return usage(
        "say whom to send to: one of --all, --group, --user, --connection; or name the action "
        "with --action, such as addUserToGroup");
  }
  if (action.to_all) return std::string("sendToAll");
  if (action.group) return std::string("sendToGroup");
  return std::string(action.user ? "sendToUser" : "sendToConnection");
}

// JSON as it stands, where it is to be JSON: the bytes, not what a library makes of them.
Result<std::string, Failure> data_text(const OneAction& action) {
  if (action.data_type != "json") return json_text(Json(*action.data));
  if (parse_json(*action.data).is_discarded()) {
    return usage("--data '" + *action.data + "' is no JSON: with --data-type json it must be");
  }
  if (action.data->find_first_of("\r\n") == std::string::npos) return *action.data;
  std::string one_line;
  for (const char c : *action.data) one_line += c == '\n' || c == '\r' ? ' ' : c;
  return one_line;
}

}  // namespace

Result<std::string, Failure> one_action_line(const SendArguments& arguments) {
  const OneAction& action = arguments.action;
  const bool has_file = !arguments.files.empty();
  if (!is_given(action)) {
    if (has_file) return std::string();
    return usage(
        "say what to send: a FILE of protocol lines (- for standard input), or one action by "
        "options, such as --group dashboard --data hi");
  }
  if (has_file) return usage("give a FILE, or one action by options, not both");
  Result<std::string, Failure> name = name_of(action);
  if (!name) return name.error();
  Json json{{"actionName", *name}};
  const auto set = [&](const char* key, const std::optional<std::string>& value) {
    if (value) json[key] = *value;
  };
  set("group", action.group);
  set("userId", action.user);
  set("connectionId", action.connection);
  set("permission", action.permission);
  set("targetName", action.target_name);
  set("reason", action.reason);
  set("filter", action.filter);
  set("dataType", action.data_type);
  set("id", action.id);
  if (!action.excluded.empty()) json["excluded"] = action.excluded;
  if (!action.groups.empty()) json["groups"] = action.groups;
  if (action.ttl_seconds) json["ttlSeconds"] = *action.ttl_seconds;
  std::string line = json_text(json);
  if (!action.data) return line;
  const Result<std::string, Failure> data = data_text(action);
  if (!data) return data.error();
  line.pop_back();
  return line + ",\"data\":" + *data + "}";
}

}  // namespace awps
