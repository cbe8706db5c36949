#include "action/action_reader.h"

#include "action/bulk_body.h"
#include "action/field_rules.h"
#include "action/name_advice.h"
#include "action/narrowing.h"
#include "action/numbers.h"
#include "action/words.h"

namespace awps {

namespace {

constexpr uint32_t kOwnKeys = Members::bit(Key::kHub) | Members::bit(Key::kOrderingKey) |
                              Members::bit(Key::kUnordered) | Members::bit(Key::kConflationKey) |
                              Members::bit(Key::kTtlSeconds);
constexpr uint32_t kQueryKeys = Members::bit(Key::kFilter) | Members::bit(Key::kExcluded) |
                                Members::bit(Key::kReason) | Members::bit(Key::kTargetName);

constexpr bool is_permission_change(ActionKind kind) {
  return kind == ActionKind::kGrantPermission || kind == ActionKind::kRevokePermission;
}

}  // namespace

bool ActionReader::read(const Members& members) {
  members_ = &members;
  action_ = Action{};
  if (!read_id() || !check_keys() || !read_kind()) return false;
  if (may_narrow_in_vain(action_.kind, members) && !check_narrowing()) return false;
  if (members.has_any(kOwnKeys) && !read_own_fields()) return false;
  const ActionKind kind = action_.kind;
  if (addresses_user(kind) && !read_name(Key::kUserId, action_.member)) return false;
  if (addresses_connection(kind) && !read_name(Key::kConnectionId, action_.member)) return false;
  if (has_group(kind) && !read_name(Key::kGroup, action_.group)) return false;
  if (is_permission_change(kind) && !read_permission()) return false;
  if (members.has_any(kQueryKeys) && !read_query()) return false;
  if (is_bulk_change(kind) && !read_bulk_change()) return false;
  if (is_send(kind) && !read_message()) return false;
  return fits_url();
}

bool ActionReader::read_id() {
  if (!members_->has_value(Key::kId)) return true;
  const JsonValue& id = members_->at(Key::kId);
  if (id.text.empty()) return true;  // stands there twice: check_keys refuses
  const auto text = text_or_integer(id);
  if (text && text->size() <= kMaxKeyBytes) {
    action_.id = id.text;
    return true;
  }
  refusal_ = {RejectCode::kInvalidAction,
              text ? "'id' is longer than 256 bytes: use a shorter one"
                   : concatenate({"'id' is ", type_name(id),
                                  ": give a string or a whole number of at most 256 bytes"})};
  return false;
}

bool ActionReader::check_keys() {
  if (members_->count() > kMaxMembers) {
    refusal_ = {RejectCode::kInvalidAction,
                concatenate({"the action has ", std::to_string(members_->count()),
                             " members: at most 64 are taken, put yours into 'data'"})};
    return false;
  }
  if (const auto key = members_->repeated()) {
    refusal_ = {RejectCode::kInvalidAction,
                concatenate({quoted(*key),
                             " appears twice (letter case makes no difference): "
                             "leave one of them"})};
    return false;
  }
  return true;
}

bool ActionReader::read_kind() {
  if (members_->has(Key::kActionName) && members_->at(Key::kActionName).is(JsonType::kString)) {
    const std::string_view name = members_->at(Key::kActionName).content;
    if (const auto kind = action_kind_of(name)) {
      action_.kind = *kind;
      return true;
    }
    refusal_ = {
        RejectCode::kInvalidAction,
        concatenate({"'actionName' ", quoted(name), " is no action: ", advice_on_name(name).text})};
    return false;
  }
  std::string problem = "is missing";
  if (members_->has(Key::kActionName)) {
    problem = concatenate({"is ", type_name(members_->at(Key::kActionName))});
  } else if (members_->has(Key::kHello)) {
    problem = "is missing, and a hello is allowed on the first line of a connection only";
  } else if (members_->has(Key::kBatch)) {
    problem = "is missing, and an ordered batch needs a line of its own";
  }
  refusal_ = {
      RejectCode::kInvalidAction,
      concatenate({"'actionName' ", problem, ": give one of the ", std::to_string(kActionKinds),
                   " names as a string, such as \"sendToAll\""})};
  return false;
}

bool ActionReader::check_narrowing() {
  std::string problem = problem_of_narrowing(action_.kind, *members_);
  if (problem.empty()) return true;
  refusal_ = {RejectCode::kInvalidAction, std::move(problem)};
  return false;
}

bool ActionReader::read_own_fields() {
  if (members_->has_value(Key::kHub)) {
    const auto hub = members_->at(Key::kHub).string();
    if (!hub || hub->empty()) {
      return refuse_value(Key::kHub, "give the hub's name as a string, or leave it out");
    }
    options().hub = *hub;
  }
  if (members_->has_value(Key::kOrderingKey) &&
      !read_key(Key::kOrderingKey, options().ordering_key)) {
    return false;
  }
  if (members_->has_value(Key::kConflationKey)) {
    if (!is_send(action_.kind)) {
      return refuse(Key::kConflationKey, "is for sends only: leave it out");
    }
    if (!read_key(Key::kConflationKey, options().conflation_key)) return false;
  }
  return read_unordered() && read_time_to_live();
}

bool ActionReader::read_key(Key key, std::string_view& to) {
  const JsonValue& member = members_->at(key);
  const auto text = text_or_integer(member);
  if (!text) return refuse_value(key, "give a string or a whole number of 1 to 256 bytes");
  const std::string_view problem = problem_of_key(*text);
  if (!problem.empty()) return refuse(key, problem);
  to = *text;
  return true;
}

bool ActionReader::read_unordered() {
  if (!members_->has_value(Key::kUnordered)) return true;
  const auto unordered = members_->at(Key::kUnordered).boolean();
  if (!unordered) return refuse_value(Key::kUnordered, "give true, or leave it out");
  if (*unordered && !may_be_unordered(action_.kind)) {
    return refuse(Key::kUnordered,
                  "is for sends, removeUserFromAllGroups and removeConnectionFromAllGroups only: "
                  "leave it out");
  }
  action_.unordered = *unordered;
  return true;
}

bool ActionReader::read_time_to_live() {
  if (!members_->has_value(Key::kTtlSeconds)) return true;
  const auto seconds = seconds_of(members_->at(Key::kTtlSeconds).text);
  if (!seconds) {
    return refuse(Key::kTtlSeconds,
                  "is no number above 0: give seconds such as 1.5, or leave it out");
  }
  action_.time_to_live = *seconds;
  return true;
}

bool ActionReader::read_name(Key key, std::string_view& to) {
  if (!members_->has_value(key)) {
    const std::string_view whose = key == Key::kGroup    ? ": give the group's name as a string"
                                   : key == Key::kUserId ? ": give the user's id as a string"
                                                         : ": give the connection's id as a string";
    return refuse(key, concatenate({members_->has(key) ? "is null" : "is missing", whose}));
  }
  const JsonValue& member = members_->at(key);
  const auto text = text_or_integer(member);
  if (!text) return refuse_value(key, "give a string or a whole number");
  const std::string_view problem =
      key == Key::kGroup ? problem_of_group(*text) : problem_of_name(*text);
  if (!problem.empty()) return refuse(key, problem);
  to = *text;
  return true;
}

bool ActionReader::read_permission() {
  static constexpr std::string_view kRemedy =
      ": give \"sendToGroup\" or \"joinLeaveGroup\", or 1 or 2";
  if (!members_->has_value(Key::kPermission)) {
    return refuse(Key::kPermission, concatenate({"is missing", kRemedy}));
  }
  const JsonValue& permission = members_->at(Key::kPermission);
  if (const auto name = permission.string()) {
    const auto named = permission_named(*name);
    if (!named)
      return refuse(Key::kPermission, concatenate({quoted(*name), " is unknown", kRemedy}));
    action_.permission = *named;
    return true;
  }
  const auto number = small_integer(permission.text, 2);
  if (!number || *number == 0) {
    return refuse(Key::kPermission,
                  concatenate({"is ", type_name(permission), " without meaning", kRemedy}));
  }
  action_.permission = static_cast<Permission>(*number);
  return true;
}

bool ActionReader::read_query() {
  if (members_->has_value(Key::kFilter) && !read_filter()) return false;
  if (takes_excluded(action_.kind) && members_->has_value(Key::kExcluded) && !read_excluded()) {
    return false;
  }
  if (is_close(action_.kind) && members_->has_value(Key::kReason) &&
      !read_parameter(Key::kReason, options().reason)) {
    return false;
  }
  return !is_permission_change(action_.kind) || !members_->has_value(Key::kTargetName) ||
         read_parameter(Key::kTargetName, options().target_name);
}

bool ActionReader::read_filter() {
  if (!takes_filter(action_.kind)) {
    return refuse(Key::kFilter,
                  "cannot be honoured, only sendToAll, sendToGroup, sendToUser and the changes of "
                  "many memberships take one: leave it out, or use one of these");
  }
  const auto filter = members_->at(Key::kFilter).string();
  if (!filter) return refuse_value(Key::kFilter, "give an OData expression as a string");
  const std::string_view problem = problem_of_filter(*filter);
  if (!problem.empty()) return refuse(Key::kFilter, problem);
  options().filter = filter;
  return true;
}

bool ActionReader::read_excluded() {
  excluded_.clear();
  const JsonValue& excluded = members_->at(Key::kExcluded);
  if (excluded.is(JsonType::kString)) {
    if (!add_excluded(excluded)) return false;
  } else if (excluded.is(JsonType::kArray)) {
    if (!read_excluded_array(excluded)) return false;
  } else {
    return refuse_value(Key::kExcluded, "give connection ids as an array of strings");
  }
  if (!excluded_.empty()) options().excluded = excluded_;
  return true;
}

bool ActionReader::read_excluded_array(const JsonValue& array) {
  // More than these make too long a URL in any case: no need to remember millions.
  static constexpr size_t kMost = kMaxOwnUrlBytes / sizeof "&excluded=";
  JsonElements elements(array);
  while (const JsonValue* value = elements.next()) {
    if (!add_excluded(*value)) return false;
    if (excluded_.size() > kMost) {
      return refuse(Key::kExcluded, "has more ids than a URL can carry: exclude fewer");
    }
  }
  return true;
}

bool ActionReader::add_excluded(const JsonValue& value) {
  const auto id = text_or_integer(value);
  if (!id) {
    return refuse(Key::kExcluded,
                  concatenate({"holds ", type_name(value), ": give connection ids as strings"}));
  }
  const std::string_view problem = problem_of_excluded(*id);
  if (!problem.empty()) return refuse(Key::kExcluded, problem);
  excluded_.push_back(*id);
  return true;
}

bool ActionReader::read_bulk_change() {
  const auto missing = [this](Key key) { return members_->has(key) ? "is null" : "is missing"; };
  if (!members_->has_value(Key::kGroups)) {
    return refuse(Key::kGroups, concatenate({missing(Key::kGroups),
                                             ": give the groups' names as an array of strings"}));
  }
  std::string problem;
  const auto groups = groups_.read(members_->at(Key::kGroups), problem);
  if (!groups) return refuse(Key::kGroups, problem);
  options().groups = *groups;
  if (!options().filter) {
    return refuse(
        Key::kFilter,
        concatenate({missing(Key::kFilter),
                     ": give an OData expression that says which connections are meant"}));
  }
  if (fits_bulk_body(*groups, *options().filter)) return true;
  refuse(Key::kGroups,
         "makes with 'filter' a request of more than 1 MiB: use more than one action");
  refusal_.code = RejectCode::kMessageTooLarge;
  return false;
}

bool ActionReader::read_parameter(Key key, std::optional<std::string_view>& to) {
  const JsonValue& member = members_->at(key);
  const auto text = text_or_integer(member);
  if (!text) return refuse_value(key, "give a string or a whole number, or leave it out");
  const std::string_view problem = problem_of_parameter(*text);
  if (!problem.empty()) return refuse(key, problem);
  to = *text;
  return true;
}

bool ActionReader::read_message() {
  if (members_->has(Key::kDataType) && !read_data_type()) return false;
  if (members_->has_value(Key::kMessageTtlSeconds) && !read_message_ttl()) return false;
  if (!members_->has(Key::kData)) {
    return refuse(Key::kData, "is missing: give the message, an empty one as \"\"");
  }
  Refusal problem;
  const auto bytes = data_.read(members_->at(Key::kData), action_.data_type, problem);
  if (!bytes) {
    refuse(Key::kData, problem.message);
    refusal_.code = problem.code;
    return false;
  }
  action_.data = *bytes;
  return true;
}

bool ActionReader::read_data_type() {
  static constexpr std::string_view kRemedy =
      ": give \"text\", \"json\" or \"binary\", or leave it out for text";
  const JsonValue& type = members_->at(Key::kDataType);
  if (const auto name = type.string()) {
    for (const DataType known : {DataType::kText, DataType::kJson, DataType::kBinary}) {
      if (!is_word(*name, name_of(known))) continue;
      action_.data_type = known;
      return true;
    }
    return refuse(Key::kDataType, concatenate({quoted(*name), " is unknown", kRemedy}));
  }
  if (const auto number = small_integer(type.text, 2)) {
    action_.data_type = static_cast<DataType>(*number);
    return true;
  }
  return refuse(Key::kDataType, concatenate({"is ", type_name(type), " without meaning", kRemedy}));
}

bool ActionReader::read_message_ttl() {
  const auto seconds = message_ttl_of(members_->at(Key::kMessageTtlSeconds).text);
  if (!seconds) return refuse(Key::kMessageTtlSeconds, kMessageTtlRule);
  options().message_ttl_seconds = *seconds;
  return true;
}

bool ActionReader::fits_url() {
  if (awps::fits_url(action_)) return true;
  refusal_ = {RejectCode::kInvalidAction, concatenate({name_of(action_.kind), kUrlRule})};
  return false;
}

ActionOptions& ActionReader::options() {
  if (action_.options == &kNoOptions) {
    options_ = ActionOptions{};
    action_.options = &options_;
  }
  return options_;
}

bool ActionReader::refuse(Key key, std::string_view problem) {
  refusal_ = {RejectCode::kInvalidAction,
              concatenate({"'", name_of(key), "' of ", name_of(action_.kind), " ", problem})};
  return false;
}

bool ActionReader::refuse_value(Key key, std::string_view remedy) {
  return refuse(key, concatenate({"is ", type_name(members_->at(key)), ": ", remedy}));
}

void ActionReader::release_excess() {
  data_.release_excess();
}

}  // namespace awps
