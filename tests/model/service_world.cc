#include "tests/model/service_world.h"

#include <algorithm>

#include "emulator/json_reader.h"
#include "emulator/route.h"
#include "emulator/url.h"

namespace awps::model {

namespace {

using emulator::Operation;

// What the service makes of a name in a path.
std::string by_path(std::string_view name) {
  std::string seen;
  for (const char c : name) {
    if (c == '/') {
      seen += "%2F";
    } else {
      seen += c;
    }
  }
  return seen;
}

std::string permission_text(std::string_view permission, std::string_view target) {
  return std::string(permission) + " of " + std::string(target);
}

bool is_listed(const std::vector<std::string>& excluded, const Client& client) {
  return std::ranges::find(excluded, client.id) != excluded.end();
}

emulator::TargetParts target_parts(std::string_view url) {
  return emulator::split_target(url.substr(url.find("/api/")));
}

DataType type_of(std::string_view content_type) {
  if (content_type == "application/json") return DataType::kJson;
  return content_type == "text/plain" ? DataType::kText : DataType::kBinary;
}

// The strings of a JSON array without blanks between them; nullopt for anything else.
std::optional<std::vector<std::string>> texts_in(std::string_view raw) {
  if (raw.size() < 2 || raw.front() != '[' || raw.back() != ']') return std::nullopt;
  std::vector<std::string> texts;
  for (size_t begin = 1; begin + 1 < raw.size();) {
    size_t end = begin + 1;  // behind the opening quote
    while (end + 1 < raw.size() && raw[end] != '"') end += raw[end] == '\\' ? 2 : 1;
    auto text = emulator::json_string_value(raw.substr(begin, end + 1 - begin));
    if (!text) return std::nullopt;
    texts.push_back(std::move(*text));
    begin = end + 2;  // behind the closing quote and a comma
  }
  return texts;
}

}  // namespace

struct ServiceWorld::Call {
  const emulator::Route& route;
  const emulator::Query& query;
  const WireRequest& request;

  std::string parameter(std::string_view name) const {
    const std::string* value = query.find(name);
    return value == nullptr ? std::string() : *value;
  }
};

ServiceWorld::Clients ServiceWorld::select(const std::function<bool(const Client&)>& fits) {
  Clients found;
  for (Client& client : clients_) {
    if (client.is_open && fits(client)) found.push_back(&client);
  }
  return found;
}

const emulator::Filter* ServiceWorld::filter_of(std::string_view text) {
  const auto known = filters_.find(text);
  if (known != filters_.end()) return known->second.get();
  auto compiled = emulator::Filter::compile(text);
  if (!compiled.ok()) return nullptr;
  auto filter = std::make_unique<emulator::Filter>(std::move(compiled.value()));
  return filters_.emplace(text, std::move(filter)).first->second.get();
}

// An empty filter is none: everybody. False: the filter is bad.
bool ServiceWorld::narrow(Clients& clients, std::string_view text) {
  if (text.empty()) return true;
  const emulator::Filter* filter = filter_of(text);
  if (filter == nullptr) return false;
  std::erase_if(clients, [&](const Client* client) {
    return !filter->matches({.user_id = client->user ? &*client->user : nullptr,
                             .connection_id = client->id,
                             .groups = &client->groups});
  });
  return true;
}

// ---- by request

int ServiceWorld::carry_out(const WireRequest& request) {
  const emulator::TargetParts parts = target_parts(request.url);
  const auto segments = emulator::path_segments(parts.path);
  if (!segments) return 400;
  const emulator::Query query(parts.query);
  const emulator::Route route = emulator::find_route(request.method, *segments);
  const Call call{.route = route, .query = query, .request = request};
  switch (route.operation) {
    case Operation::kSendToAll:
    case Operation::kSendToGroup:
    case Operation::kSendToUser:
    case Operation::kSendToConnection:
      return send(call);
    case Operation::kCloseAllConnections:
    case Operation::kCloseGroupConnections:
    case Operation::kCloseUserConnections:
    case Operation::kCloseConnection:
      return close(call);
    case Operation::kAddUserToGroup:
    case Operation::kRemoveUserFromGroup:
    case Operation::kRemoveUserFromAllGroups:
      return change_member(call, /*by_user=*/true);
    case Operation::kAddConnectionToGroup:
    case Operation::kRemoveConnectionFromGroup:
    case Operation::kRemoveConnectionFromAllGroups:
      return change_member(call, /*by_user=*/false);
    case Operation::kGrantPermission:
    case Operation::kRevokePermission:
      return change_permission(call);
    case Operation::kAddConnectionsToGroups:
    case Operation::kRemoveConnectionsFromGroups:
      return change_by_filter(call);
    default:
      return 400;
  }
}

int ServiceWorld::send(const Call& call) {
  const emulator::Route& route = call.route;
  const std::vector<std::string> excluded = call.query.all("excluded");
  Clients whom = select([&](const Client& client) {
    if (!route.user.empty()) return client.user == route.user;
    if (!route.connection.empty()) return client.id == route.connection;
    if (is_listed(excluded, client)) return false;
    return route.group.empty() || client.groups.contains(route.group);
  });
  if (!narrow(whom, call.parameter("filter"))) return 400;
  for (Client* client : whom) {
    client->received.push_back({.group = route.group,
                                .type = type_of(call.request.content_type),
                                .data = std::string(call.request.body)});
  }
  return 202;
}

int ServiceWorld::close(const Call& call) {
  const emulator::Route& route = call.route;
  const std::vector<std::string> excluded = call.query.all("excluded");
  const Clients whom = select([&](const Client& client) {
    if (!route.connection.empty()) return client.id == route.connection;
    if (is_listed(excluded, client)) return false;
    if (!route.user.empty()) return client.user == route.user;
    return route.group.empty() || client.groups.contains(route.group);
  });
  for (Client* client : whom) client->is_open = false;
  return 204;
}

int ServiceWorld::change_member(const Call& call, bool by_user) {
  const emulator::Route& route = call.route;
  const Clients whom = select([&](const Client& client) {
    return by_user ? client.user == route.user : client.id == route.connection;
  });
  for (Client* client : whom) {
    if (route.group.empty()) {  // from all
      client->groups.clear();
    } else if (call.request.method == "PUT") {
      client->groups.insert(route.group);
    } else {
      client->groups.erase(route.group);
    }
  }
  if (call.request.method != "PUT") return 204;
  return whom.empty() ? 404 : 200;
}

int ServiceWorld::change_permission(const Call& call) {
  const emulator::Route& route = call.route;
  const Clients whom = select([&](const Client& client) { return client.id == route.connection; });
  const std::string text = permission_text(route.permission, call.parameter("targetname"));
  const bool grants = call.request.method == "PUT";
  for (Client* client : whom) {
    if (grants) {
      client->permissions.insert(text);
    } else {
      client->permissions.erase(text);
    }
  }
  if (!grants) return 204;
  return whom.empty() ? 404 : 200;
}

int ServiceWorld::change_by_filter(const Call& call) {
  const auto members = emulator::json_members(call.request.body);
  if (!members) return 400;
  std::string filter;
  std::optional<std::vector<std::string>> groups;
  for (const emulator::JsonMember& member : *members) {
    if (member.name == "groups") groups = texts_in(member.raw);
    if (member.name == "filter") filter = emulator::json_string_value(member.raw).value_or("");
  }
  if (!groups) return 400;
  Clients whom = select([](const Client&) { return true; });
  if (!narrow(whom, filter)) return 400;
  for (Client* client : whom) {
    for (const std::string& group : *groups) {
      if (call.route.operation == Operation::kAddConnectionsToGroups) {
        client->groups.insert(group);
      } else {
        client->groups.erase(group);
      }
    }
  }
  return 200;
}

// ---- by action

void ServiceWorld::carry_out(const Action& action) {
  using enum ActionKind;
  const std::string member = by_path(action.member);
  const std::string group = by_path(action.group);
  const auto is_meant = [&](const Client& client) {
    if (addresses_connection(action.kind)) return client.id == member;
    const auto excluded = action.excluded();
    if (std::ranges::find(excluded, client.id) != excluded.end()) return false;
    if (addresses_user(action.kind)) return client.user == member;
    return group.empty() || client.groups.contains(group);
  };
  Clients whom = select(is_meant);
  const ActionOptions& options = *action.options;
  const bool understood = narrow(whom, options.filter.value_or(""));
  if (is_bulk_change(action.kind) && !understood) return;
  const std::string permission =
      permission_text(name_of(action.permission), options.target_name.value_or(""));
  for (Client* client : whom) {
    switch (action.kind) {
      case kSendToAll:
      case kSendToGroup:
      case kSendToUser:
      case kSendToConnection:
        client->received.push_back(
            {.group = group, .type = action.data_type, .data = std::string(action.data)});
        break;
      case kAddUserToGroup:
      case kAddConnectionToGroup:
        client->groups.insert(group);
        break;
      case kRemoveUserFromGroup:
      case kRemoveConnectionFromGroup:
        client->groups.erase(group);
        break;
      case kRemoveUserFromAllGroups:
      case kRemoveConnectionFromAllGroups:
        client->groups.clear();
        break;
      case kAddConnectionsToGroups:  // a name in a body is taken as it stands there
        client->groups.insert(options.groups.begin(), options.groups.end());
        break;
      case kRemoveConnectionsFromGroups:
        for (const std::string_view name : options.groups) client->groups.erase(std::string(name));
        break;
      case kCloseAllConnections:
      case kCloseClientConnection:
      case kCloseGroupConnections:
      case kCloseUserConnections:
        client->is_open = false;
        break;
      case kGrantPermission:
        client->permissions.insert(permission);
        break;
      case kRevokePermission:
        client->permissions.erase(permission);
        break;
    }
  }
}

// ---- reading

std::optional<std::vector<std::string>> names_in(std::string_view filter) {
  const size_t begin = filter.find(" in (");
  const bool is_list =
      begin != std::string_view::npos && filter.ends_with(')') &&
      (filter.substr(0, begin) == "userId" || filter.substr(0, begin) == "connectionId");
  if (!is_list) return std::nullopt;
  const std::string_view items = filter.substr(begin + 5, filter.size() - begin - 6);
  std::vector<std::string> names;
  for (size_t i = 0; i < items.size();) {
    if (items[i] != '\'') return std::nullopt;
    std::string& name = names.emplace_back();
    for (++i; i < items.size(); ++i) {
      if (items[i] == '\'' && items.substr(i, 2) != "''") break;
      if (items[i] == '\'') ++i;
      name += items[i];
    }
    ++i;  // the closing quote
    if (i < items.size() && items[i++] != ',') return std::nullopt;
  }
  return names;
}

std::string filter_of(const WireRequest& request) {
  const emulator::TargetParts parts = target_parts(request.url);
  const emulator::Query query(parts.query);
  if (const std::string* value = query.find("filter")) return *value;
  if (!parts.path.ends_with("Groups")) return {};
  const auto members = emulator::json_members(request.body);
  if (!members) return {};
  for (const emulator::JsonMember& member : *members) {
    if (member.name == "filter") return emulator::json_string_value(member.raw).value_or("");
  }
  return {};
}

}  // namespace awps::model
