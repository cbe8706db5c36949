#pragma once

// ActionReader: one object of the producer's JSON, read as an action. All rules of PROTOCOL.md
// about fields are here and in data_reader.h and field_rules.h; the forms of a line are the
// decoder's.
//
// 1. An action that was read is valid in every field.
// 2. The first thing found wrong is told; it names the field and the remedy.
// 3. Fields that an action does not take are ignored, as the Functions binding does; but those that
//    would narrow its receivers are refused (narrowing.h): ignored, they would let it reach more
//    clients than were meant.
//
// One thread; no allocation for an action that is taken.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "action/action.h"
#include "action/data_reader.h"
#include "action/groups_reader.h"
#include "action/line_visitor.h"
#include "action/members.h"
#include "action/refusal.h"

namespace awps {

class ActionReader {
 public:
  /// False: refused, see rejection().
  [[nodiscard]] bool read(const Members& members);

  /// Of the last read that succeeded; borrows the line, its strings and this reader.
  const Action& action() const { return action_; }
  /// Of the last read that failed.
  Rejection rejection() { return {refusal_.code, std::move(refusal_.message), action_.id}; }

  void release_excess();
  /// As JsonParser's.
  bool has_grown() const { return data_.has_grown(); }
  void release_unused() { data_.release_unused(); }

 private:
  bool read_id();
  bool check_keys();
  bool read_kind();
  bool check_narrowing();
  bool read_own_fields();
  bool read_key(Key key, std::string_view& to);
  bool read_unordered();
  bool read_time_to_live();
  bool read_name(Key key, std::string_view& to);
  bool read_permission();
  bool read_query();
  bool read_filter();
  bool read_excluded();
  bool add_excluded(const JsonValue& value);
  bool read_excluded_array(const JsonValue& array);
  bool read_bulk_change();
  bool read_parameter(Key key, std::optional<std::string_view>& to);
  bool read_message();
  bool read_data_type();
  bool read_message_ttl();
  bool fits_url();

  ActionOptions& options();
  /// "'group' of sendToGroup <problem>"; always false.
  bool refuse(Key key, std::string_view problem);
  /// "'group' of sendToGroup is an array: <remedy>"; always false.
  bool refuse_value(Key key, std::string_view remedy);

  const Members* members_ = nullptr;
  Action action_;
  ActionOptions options_;
  std::vector<std::string_view> excluded_;
  GroupsReader groups_;
  DataReader data_;
  Refusal refusal_;
};

}  // namespace awps
