#pragma once

// ActionMaker: a routed write with its fields and its body becomes an Action, by the same rules as
// an action of the producers' protocol (lib/action).
//
// 1. An Action that is made is valid in every field; nothing downstream checks again.
// 2. The first thing found wrong is told, with the field and the remedy.
// 3. A parameter that would narrow the receivers and that the operation does not take is refused;
//    ignored, the message would reach more clients than were meant. Other unknown parameters are
//    ignored, as the service does.
// 4. The Action borrows from the request, its fields, its body, and from this maker, until the next
//    make().
//
// One thread. Nothing is allocated for most writes once a few were made; JSON is copied, since the
// parser reads beyond its end.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "action/action.h"
#include "action/groups_reader.h"
#include "action/json_parser.h"
#include "action/members.h"
#include "action/refusal.h"
#include "gateway/request_fields.h"
#include "gateway/route.h"

namespace awps {

/// The action that a write becomes; nullopt for a read.
std::optional<ActionKind> action_kind_of(Route route);

class ActionMaker {
 public:
  struct Input {
    const RoutedRequest& request;  // of a write
    const RequestFields& fields;
    std::string_view body{};
    std::string_view id{};  // JSON text, see action_ids.h; empty: none
  };
  /// nullptr: see take_refusal(). The action names its hub.
  const Action* make(const Input& input);
  /// After a make() without an Action: kInvalidAction or kMessageTooLarge.
  Refusal take_refusal() { return std::move(refusal_); }

  /// Gives back memory that only an exceptionally long body needed.
  void release_excess();

 private:
  bool read_names(const RoutedRequest& request);
  bool read_fields(const RequestFields& fields);
  bool read_query(const RequestQuery& query);
  bool check_narrowing(const RequestQuery& query);
  bool read_excluded(const RequestQuery& query);
  bool read_message(const Input& input);
  bool read_bulk_change(std::string_view body);
  bool read_bulk_members(const Members& members);
  bool parse(std::string_view body);
  bool refuse(std::string_view field, std::string_view problem);
  bool refuse_size(std::string_view field, size_t bytes);

  Action action_;
  ActionOptions options_;
  std::vector<std::string_view> excluded_;
  Members members_;
  GroupsReader groups_;
  JsonParser parser_;
  std::string json_;  // a body, with the parser's padding
  Refusal refusal_;
};

}  // namespace awps
