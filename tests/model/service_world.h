#pragma once

// ServiceWorld: a naive model of the service, for comparing two ways to the same end. It holds
// connections, what they are members of, what they may do and what they received; nothing is
// indexed, every operation looks at every connection.
//
// 1. carry_out(request) reads a REST request's text as the service does;
//    carry_out(action) does what the action says. The two meet only where connections are changed.
// 2. It shares nothing with the sending side: the emulator's code reads URLs, JSON and filters.
// 3. A name with '/' is not reached by path: "a/b" addresses the literal name "a%2Fb".
//
// One thread.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "action/action.h"
#include "emulator/filter/filter.h"

namespace awps::model {

/// What a client sees of a message.
struct Message {
  std::string group;  // empty: "from":"server"
  DataType type = DataType::kText;
  std::string data;

  friend bool operator==(const Message&, const Message&) = default;
};

struct Client {
  std::string id;
  std::optional<std::string> user;
  std::set<std::string, std::less<>> groups;
  std::set<std::string> permissions;  // name and target
  std::vector<Message> received;
  bool is_open = true;
};

/// A request as it would stand on the wire.
struct WireRequest {
  std::string_view method;
  std::string_view url;
  std::string_view content_type;
  std::string_view body;
};

class ServiceWorld {
 public:
  explicit ServiceWorld(std::vector<Client> clients) : clients_(std::move(clients)) {}

  /// The status of the answer; the effect has taken place unless it is a 400.
  int carry_out(const WireRequest& request);
  void carry_out(const Action& action);

  const std::vector<Client>& clients() const { return clients_; }

 private:
  using Clients = std::vector<Client*>;
  struct Call;

  Clients select(const std::function<bool(const Client&)>& fits);
  bool narrow(Clients& clients, std::string_view filter);
  int send(const Call& call);
  int close(const Call& call);
  int change_member(const Call& call, bool by_user);
  int change_permission(const Call& call);
  int change_by_filter(const Call& call);
  const emulator::Filter* filter_of(std::string_view text);

  std::vector<Client> clients_;
  std::map<std::string, std::unique_ptr<emulator::Filter>, std::less<>> filters_;
};

/// The names that a filter of the form `userId in ('a','b')` lists, with the quotes undone; nullopt
/// for any other filter.
std::optional<std::vector<std::string>> names_in(std::string_view filter);

/// The filter of a send, or in the body of a change of many memberships; empty: there is none.
std::string filter_of(const WireRequest& request);

}  // namespace awps::model
