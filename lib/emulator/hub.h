#pragma once

// The state of one hub: its connections, users and groups. Pure: no sockets, no clock.
// 1. A user or group exists while it has a connection.
// 2. Membership belongs to connections; detached reliable ones count.
// 3. Pointers to connections stay valid until remove() or expire() of that connection.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "emulator/connection.h"
#include "emulator/filter/filter.h"

namespace awps::emulator {

/// How long a dropped reliable connection can be recovered.
inline constexpr Duration kRecoveryWindow = std::chrono::seconds(30);

/// By connection id, in ordinal order, as lists are answered.
using Members = std::map<std::string, Connection*, std::less<>>;

/// Whom an operation concerns. Exactly one of group, user and connection is set, or none:
/// everybody.
struct Audience {
  const std::string* group = nullptr;
  const std::string* user = nullptr;
  const std::string* connection = nullptr;
  const Filter* filter = nullptr;
  std::vector<std::string> excluded = {};  // connection ids
};

class Hub {
 public:
  Connection& add(Connection connection);
  void remove(std::string_view connection_id);
  /// The link is gone: a recoverable connection stays for kRecoveryWindow.
  void detach(std::string_view connection_id, Instant now);
  void expire(Instant now);

  Connection* find(std::string_view connection_id);
  /// nullptr unless the user, or the group, exists.
  const Members* user(std::string_view user_id) const;
  const Members* group(std::string_view group) const;
  const Members& connections() const { return connections_; }

  std::vector<Connection*> select(const Audience& audience) const;

  void join(Connection& connection, std::string_view group);
  void leave(Connection& connection, std::string_view group);
  void leave_all(Connection& connection);

 private:
  using Index = std::map<std::string, Members, std::less<>>;
  std::vector<Connection*> candidates(const Audience& audience) const;

  std::unordered_map<std::string, std::unique_ptr<Connection>> owned_;
  Members connections_;
  Index users_;
  Index groups_;
};

/// Delivers to all of the audience; the number of receivers.
size_t publish(const Hub& hub, const Audience& audience, Envelope& envelope);

/// Tells the client, ends its link, and forgets the connection.
void close_connection(Hub& hub, Connection& connection, const std::string* reason);

}  // namespace awps::emulator
