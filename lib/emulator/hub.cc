#include "emulator/hub.h"

#include <algorithm>

#include "base/check.h"

namespace awps::emulator {

namespace {

void drop_member(std::map<std::string, Members, std::less<>>& index, std::string_view name,
                 const std::string& connection_id) {
  const auto entry = index.find(name);
  if (entry == index.end()) return;
  entry->second.erase(connection_id);
  if (entry->second.empty()) index.erase(entry);
}

void append_members(std::vector<Connection*>& out, const Members& members) {
  for (const auto& [id, connection] : members) out.push_back(connection);
}

FilterSubject subject_of(const Connection& connection) {
  return {.user_id = connection.user_id ? &*connection.user_id : nullptr,
          .connection_id = connection.id,
          .groups = &connection.groups,
          .protocol = connection.protocol_name()};
}

}  // namespace

Connection& Hub::add(Connection connection) {
  auto owned = std::make_unique<Connection>(std::move(connection));
  Connection& added = *owned;
  AWPS_CHECK(owned_.emplace(added.id, std::move(owned)).second);
  connections_.emplace(added.id, &added);
  if (added.user_id) users_[*added.user_id].emplace(added.id, &added);
  const GroupSet groups = std::move(added.groups);
  added.groups.clear();
  for (const std::string& group : groups) join(added, group);
  return added;
}

void Hub::remove(std::string_view connection_id) {
  Connection* connection = find(connection_id);
  if (connection == nullptr) return;
  leave_all(*connection);
  if (connection->user_id) drop_member(users_, *connection->user_id, connection->id);
  const std::string id = connection->id;
  connections_.erase(id);
  owned_.erase(id);
}

void Hub::detach(std::string_view connection_id, Instant now) {
  Connection* connection = find(connection_id);
  if (connection == nullptr) return;
  if (connection->protocol != Protocol::kReliableJson || !connection->is_recoverable) {
    remove(connection_id);
    return;
  }
  connection->link = nullptr;
  connection->detached_at = now;
}

void Hub::expire(Instant now) {
  std::vector<std::string> expired;
  for (const auto& [id, connection] : connections_) {
    const bool is_detached = connection->link == nullptr;
    if (is_detached && now - connection->detached_at >= kRecoveryWindow) expired.push_back(id);
  }
  for (const std::string& id : expired) remove(id);
}

Connection* Hub::find(std::string_view connection_id) {
  const auto entry = connections_.find(connection_id);
  return entry == connections_.end() ? nullptr : entry->second;
}

const Members* Hub::user(std::string_view user_id) const {
  const auto entry = users_.find(user_id);
  return entry == users_.end() ? nullptr : &entry->second;
}

const Members* Hub::group(std::string_view group) const {
  const auto entry = groups_.find(group);
  return entry == groups_.end() ? nullptr : &entry->second;
}

std::vector<Connection*> Hub::candidates(const Audience& audience) const {
  std::vector<Connection*> found;
  if (audience.connection != nullptr) {
    const auto entry = connections_.find(*audience.connection);
    if (entry != connections_.end()) found.push_back(entry->second);
    return found;
  }
  if (audience.group != nullptr || audience.user != nullptr) {
    const Members* members =
        audience.group != nullptr ? group(*audience.group) : user(*audience.user);
    if (members != nullptr) append_members(found, *members);
    return found;
  }
  const UserSet* only = audience.filter == nullptr ? nullptr : audience.filter->only_users();
  if (only == nullptr) {
    append_members(found, connections_);
    return found;
  }
  for (const std::string& name : *only) {
    if (const Members* members = user(name); members != nullptr) append_members(found, *members);
  }
  return found;
}

std::vector<Connection*> Hub::select(const Audience& audience) const {
  std::vector<Connection*> found = candidates(audience);
  if (audience.filter == nullptr && audience.excluded.empty()) return found;
  std::erase_if(found, [&](const Connection* connection) {
    if (std::ranges::find(audience.excluded, connection->id) != audience.excluded.end())
      return true;
    return audience.filter != nullptr && !audience.filter->matches(subject_of(*connection));
  });
  return found;
}

void Hub::join(Connection& connection, std::string_view group) {
  if (!connection.groups.emplace(group).second) return;
  groups_[std::string(group)].emplace(connection.id, &connection);
}

void Hub::leave(Connection& connection, std::string_view group) {
  const auto entry = connection.groups.find(group);
  if (entry == connection.groups.end()) return;
  drop_member(groups_, group, connection.id);
  connection.groups.erase(entry);
}

void Hub::leave_all(Connection& connection) {
  for (const std::string& group : connection.groups) drop_member(groups_, group, connection.id);
  connection.groups.clear();
}

size_t publish(const Hub& hub, const Audience& audience, Envelope& envelope) {
  const auto receivers = hub.select(audience);
  for (Connection* connection : receivers) deliver(*connection, envelope);
  return receivers.size();
}

void close_connection(Hub& hub, Connection& connection, const std::string* reason) {
  ClientLink* link = connection.link;
  if (link != nullptr && connection.protocol != Protocol::kSimple) {
    const auto shown = reason == nullptr ? std::nullopt : std::optional<std::string_view>(*reason);
    link->send(text_frame(disconnected_text(shown)));
  }
  hub.remove(std::string(connection.id));
  if (link != nullptr) link->close(CloseCode::kNormal);
}

}  // namespace awps::emulator
