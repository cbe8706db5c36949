#include "gateway/action_maker.h"

#include "action/bulk_body.h"
#include "action/data_reader.h"
#include "action/field_rules.h"
#include "action/json_mistake.h"
#include "action/narrowing.h"
#include "base/check.h"

namespace awps {

namespace {

DataType data_type_of(BodyKind body) {
  switch (body) {
    case BodyKind::kBinary:
      return DataType::kBinary;
    case BodyKind::kJson:
      return DataType::kJson;
    case BodyKind::kText:
      return DataType::kText;
  }
  AWPS_CHECK(false);
  return DataType::kBinary;
}

// The service also knows them by these numbers.
std::optional<Permission> permission_of(std::string_view text) {
  if (text == "1") return Permission::kSendToGroup;
  if (text == "2") return Permission::kJoinLeaveGroup;
  return permission_named(text);
}

}  // namespace

std::optional<ActionKind> action_kind_of(Route route) {
  switch (route) {
    case Route::kSendToAll:
      return ActionKind::kSendToAll;
    case Route::kSendToGroup:
      return ActionKind::kSendToGroup;
    case Route::kSendToUser:
      return ActionKind::kSendToUser;
    case Route::kSendToConnection:
      return ActionKind::kSendToConnection;
    case Route::kAddUserToGroup:
      return ActionKind::kAddUserToGroup;
    case Route::kRemoveUserFromGroup:
      return ActionKind::kRemoveUserFromGroup;
    case Route::kRemoveUserFromAllGroups:
      return ActionKind::kRemoveUserFromAllGroups;
    case Route::kAddConnectionToGroup:
      return ActionKind::kAddConnectionToGroup;
    case Route::kRemoveConnectionFromGroup:
      return ActionKind::kRemoveConnectionFromGroup;
    case Route::kRemoveConnectionFromAllGroups:
      return ActionKind::kRemoveConnectionFromAllGroups;
    case Route::kAddConnectionsToGroups:
      return ActionKind::kAddConnectionsToGroups;
    case Route::kRemoveConnectionsFromGroups:
      return ActionKind::kRemoveConnectionsFromGroups;
    case Route::kCloseAllConnections:
      return ActionKind::kCloseAllConnections;
    case Route::kCloseConnection:
      return ActionKind::kCloseClientConnection;
    case Route::kCloseGroupConnections:
      return ActionKind::kCloseGroupConnections;
    case Route::kCloseUserConnections:
      return ActionKind::kCloseUserConnections;
    case Route::kGrantPermission:
      return ActionKind::kGrantPermission;
    case Route::kRevokePermission:
      return ActionKind::kRevokePermission;
    default:
      return std::nullopt;
  }
}

const Action* ActionMaker::make(const Input& input) {
  const std::optional<ActionKind> kind = action_kind_of(input.request.route);
  AWPS_CHECK(kind.has_value());
  options_ = ActionOptions{.hub = input.request.hub};
  action_ = Action{.kind = *kind, .id = input.id, .options = &options_};
  if (!read_names(input.request) || !read_fields(input.fields)) return nullptr;
  if (!read_query(input.request.query)) return nullptr;
  if (is_send(*kind) && !read_message(input)) return nullptr;
  if (is_bulk_change(*kind) && !read_bulk_change(input.body)) return nullptr;
  if (fits_url(action_)) return &action_;
  refusal_ = {RejectCode::kInvalidAction, concatenate({name_of(*kind), kUrlRule})};
  return nullptr;
}

bool ActionMaker::read_names(const RoutedRequest& request) {
  if (addresses_member(action_.kind)) {
    action_.member = request.member();
    const std::string_view problem = problem_of_name(action_.member);
    if (!problem.empty()) return refuse(member_key(action_.kind), problem);
  }
  if (has_group(action_.kind)) {
    action_.group = request.group;
    const std::string_view problem = problem_of_group(action_.group);
    if (!problem.empty()) return refuse("group", problem);
  }
  if (request.permission.empty()) return true;
  const std::optional<Permission> permission = permission_of(request.permission);
  if (!permission) {
    return refuse("permission", concatenate({quoted(std::string_view(request.permission)),
                                             " is unknown: give sendToGroup or joinLeaveGroup"}));
  }
  action_.permission = *permission;
  return true;
}

bool ActionMaker::read_fields(const RequestFields& fields) {
  options_.ordering_key = fields.ordering_key;
  options_.conflation_key = fields.conflation_key;
  action_.time_to_live = fields.time_to_live;
  action_.unordered = fields.unordered;
  if (!fields.unordered || may_be_unordered(action_.kind)) return true;
  return refuse("x-awpsd-unordered", "is for sends and for leaving all groups only: leave it out");
}

bool ActionMaker::read_query(const RequestQuery& query) {
  if (!check_narrowing(query)) return false;
  const bool is_permission_change =
      action_.kind == ActionKind::kGrantPermission || action_.kind == ActionKind::kRevokePermission;
  if (query.filter) {
    options_.filter = *query.filter;
    const std::string_view problem = problem_of_filter(*query.filter);
    if (!problem.empty()) return refuse("filter", problem);
  }
  if (query.reason && is_close(action_.kind)) {
    options_.reason = *query.reason;
    const std::string_view problem = problem_of_parameter(*query.reason);
    if (!problem.empty()) return refuse("reason", problem);
  }
  if (query.target_name && is_permission_change) {
    options_.target_name = *query.target_name;
    const std::string_view problem = problem_of_parameter(*query.target_name);
    if (!problem.empty()) return refuse("targetName", problem);
  }
  if (query.message_ttl_seconds && is_send(action_.kind)) {
    options_.message_ttl_seconds = message_ttl_of(*query.message_ttl_seconds);
    if (!options_.message_ttl_seconds) return refuse("messageTtlSeconds", kMessageTtlRule);
  }
  return !takes_excluded(action_.kind) || read_excluded(query);
}

bool ActionMaker::check_narrowing(const RequestQuery& query) {
  if (query.filter && is_bulk_change(action_.kind)) {
    return refuse("filter",
                  "stands in the query, where the service ignores it: write it into the "
                  "body beside 'groups'");
  }
  if (query.filter && !takes_filter(action_.kind)) {
    return refuse("filter", "cannot be honoured, since this operation takes none: leave it out");
  }
  const bool has_one_receiver = addresses_connection(action_.kind);
  if (!query.excluded.empty() && !takes_excluded(action_.kind) && !has_one_receiver) {
    return refuse("excluded", "cannot be honoured, since this operation takes none: leave it out");
  }
  return true;
}

bool ActionMaker::read_excluded(const RequestQuery& query) {
  excluded_.clear();
  for (const std::string& id : query.excluded) {
    const std::string_view problem = problem_of_excluded(id);
    if (!problem.empty()) return refuse("excluded", problem);
    excluded_.emplace_back(id);
  }
  options_.excluded = excluded_;
  return true;
}

bool ActionMaker::read_message(const Input& input) {
  if (input.body.size() > kMaxMessageBytes) return refuse_size("data", input.body.size());
  action_.data_type = data_type_of(input.fields.body);
  action_.data = input.body;
  if (action_.data_type == DataType::kJson) return parse(input.body);
  // A client would close for a text frame that is no text.
  const bool is_good = action_.data_type == DataType::kBinary ||
                       simdjson::validate_utf8(input.body.data(), input.body.size());
  return is_good || refuse("body", "is no UTF-8: encode it so, or send application/octet-stream");
}

bool ActionMaker::read_bulk_change(std::string_view body) {
  if (body.size() > kMaxBulkBodyBytes) return refuse_size("body", body.size());
  if (!parse(body)) return false;
  if (!parser_.root().is(JsonType::kObject)) {
    return refuse("body", concatenate({"is ", type_name(parser_.root()),
                                       ": give an object with 'groups' and 'filter'"}));
  }
  JsonWalk walk(parser_.root());
  return members_.read(walk) && read_bulk_members(members_);
}

bool ActionMaker::read_bulk_members(const Members& members) {
  if (const auto key = members.repeated()) {
    return refuse("body", concatenate({"has ", quoted(*key), " twice: leave one of them"}));
  }
  if (may_narrow_in_vain(action_.kind, members)) {
    std::string problem = problem_of_narrowing(action_.kind, members);
    if (!problem.empty()) {
      refusal_ = {RejectCode::kInvalidAction, std::move(problem)};
      return false;
    }
  }
  if (!members.has_value(Key::kGroups)) {
    return refuse("groups", "is missing: give the groups' names as an array of strings");
  }
  std::string problem;
  const auto groups = groups_.read(members.at(Key::kGroups), problem);
  if (!groups) return refuse("groups", problem);
  std::string_view filter;
  if (members.has_value(Key::kFilter)) {
    const auto text = members.at(Key::kFilter).string();
    if (!text) return refuse("filter", "is no string: give an OData expression");
    filter = *text;
  }
  // Missing, null, empty or blank: the service would take each as everybody.
  const std::string_view bad = problem_of_filter(filter);
  if (!bad.empty()) return refuse("filter", bad);
  options_.groups = *groups;
  options_.filter = filter;
  if (fits_bulk_body(*groups, filter)) return true;
  return refuse_size("body", kMaxBulkBodyBytes + 1);
}

// The body is JSON; parser_ has it.
bool ActionMaker::parse(std::string_view body) {
  json_.assign(body);
  json_.append(simdjson::SIMDJSON_PADDING, '\0');
  const std::string_view text = std::string_view(json_).substr(0, body.size());
  const simdjson::error_code error = parser_.parse(text);
  if (error == simdjson::SUCCESS) return true;
  return refuse("body", concatenate({"is no JSON text (", reason_of(error, text),
                                     "): send what the content type says"}));
}

bool ActionMaker::refuse(std::string_view field, std::string_view problem) {
  refusal_ = {RejectCode::kInvalidAction,
              concatenate({"'", field, "' of ", name_of(action_.kind), " ", problem})};
  return false;
}

bool ActionMaker::refuse_size(std::string_view field, size_t bytes) {
  refuse(field, concatenate({"has ", std::to_string(bytes), " bytes, the service takes at most ",
                             std::to_string(kMaxMessageBytes), ": send less at once"}));
  refusal_.code = RejectCode::kMessageTooLarge;
  return false;
}

void ActionMaker::release_excess() {
  static constexpr size_t kFewBytes = size_t{64} << 10U;
  parser_.release_excess();
  if (json_.capacity() <= kFewBytes) return;
  json_.clear();
  json_.shrink_to_fit();
}

}  // namespace awps
