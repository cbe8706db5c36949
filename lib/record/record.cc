#include "record/record.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "action/encoder.h"
#include "base/check.h"
#include "record/fields.h"

namespace awps {

namespace {

constexpr uint8_t kVersion = 1;
constexpr size_t kHeadBytes = 40;
constexpr uint8_t kUnordered = 1;
constexpr uint8_t kJoinLeaveGroup = 2;

enum Tag : uint8_t {
  kMember = 1,
  kGroup,
  kData,
  kId,
  kHub,
  kOrderingKey,
  kConflationKey,
  kFilter,
  kReason,
  kTargetName,
  kExcluded,  // one for each
  kMessageTtl,
  kLetter,
  kGroupName,  // one for each
};

void append_text(std::string& out, Tag tag, std::string_view text) {
  if (!text.empty()) append_field(out, tag, text);
}

void append_optional(std::string& out, Tag tag, const std::optional<std::string_view>& text) {
  if (text) append_field(out, tag, *text);
}

template <typename Number>
void append_number_field(std::string& out, Tag tag, Number number) {
  std::string bytes;
  append_little_endian(bytes, number);
  append_field(out, tag, bytes);
}

Error unreadable(std::string_view why) {
  return {"a record cannot be read: " + std::string(why)};
}

void append_action_of(std::string& out, const Record& record, std::string_view ordering_key) {
  ActionOptions options = *record.action.options;
  options.hub = record.hub;
  if (options.ordering_key.empty()) options.ordering_key = ordering_key;
  Action action = record.action;
  action.options = &options;
  append_action(out, action);
}

}  // namespace

Record record_of(const Accepted& accepted, const Batch& batch, std::string_view hub, Duration age) {
  Record record{.action = accepted.action(),
                .hub = hub,
                .origin = {.producer = batch.account().producer,
                           .seq = accepted.seq,
                           .ordered_batch = accepted.ordered_batch()}};
  Duration& left = record.action.time_to_live;
  if (left > Duration::zero()) left = std::max(left - age, Duration(1));
  return record;
}

void append_record(std::string& out, const Record& record) {
  const Action& action = record.action;
  const ActionOptions& options = *action.options;
  const bool joins = action.permission == Permission::kJoinLeaveGroup;
  append_little_endian(out, kVersion);
  append_little_endian(out, static_cast<uint8_t>(action.kind));
  append_little_endian(out, static_cast<uint8_t>(action.data_type));
  append_little_endian(out, static_cast<uint8_t>((action.unordered ? kUnordered : 0) |
                                                 (joins ? kJoinLeaveGroup : 0)));
  append_little_endian(out, record.origin.ordered_batch);
  append_little_endian(out, record.origin.producer);
  append_little_endian(out, record.origin.seq);
  append_little_endian(out, static_cast<int64_t>(record.accepted_at.time_since_epoch().count()));
  append_little_endian(out, static_cast<int64_t>(action.time_to_live.count()));
  append_text(out, kMember, action.member);
  append_text(out, kGroup, action.group);
  append_text(out, kData, action.data);
  append_text(out, kId, action.id);
  append_text(out, kHub, record.hub);
  append_text(out, kOrderingKey, options.ordering_key);
  append_text(out, kConflationKey, options.conflation_key);
  append_optional(out, kFilter, options.filter);
  append_optional(out, kReason, options.reason);
  append_optional(out, kTargetName, options.target_name);
  for (const std::string_view id : options.excluded) append_field(out, kExcluded, id);
  if (options.message_ttl_seconds) {
    append_number_field(out, kMessageTtl, *options.message_ttl_seconds);
  }
  if (record.letter != 0) append_number_field(out, kLetter, record.letter);
  for (const std::string_view group : options.groups) append_field(out, kGroupName, group);
}

Result<Record> RecordReader::read(std::string_view bytes) {
  if (bytes.size() < kHeadBytes) return unreadable("it is cut off");
  if (number_at<uint8_t>(bytes, 0) != kVersion) return unreadable("its version is not known here");
  const auto kind = number_at<uint8_t>(bytes, 1);
  const auto data_type = number_at<uint8_t>(bytes, 2);
  const auto flags = number_at<uint8_t>(bytes, 3);
  if (kind >= kActionKinds) return unreadable("its kind is not known here");
  if (data_type > static_cast<uint8_t>(DataType::kText) ||
      (flags & ~(kUnordered | kJoinLeaveGroup)) != 0) {
    return unreadable("its data type or flags are not known here");
  }
  options_ = {};
  excluded_.clear();
  groups_.clear();
  Record record;
  Action& action = record.action;
  action.kind = static_cast<ActionKind>(kind);
  action.data_type = static_cast<DataType>(data_type);
  action.unordered = (flags & kUnordered) != 0;
  action.permission =
      (flags & kJoinLeaveGroup) != 0 ? Permission::kJoinLeaveGroup : Permission::kSendToGroup;
  record.origin = {.producer = number_at<uint64_t>(bytes, 8),
                   .seq = number_at<uint64_t>(bytes, 16),
                   .ordered_batch = number_at<uint32_t>(bytes, 4)};
  record.accepted_at = WallTime(Duration(number_at<int64_t>(bytes, 24)));
  action.time_to_live = Duration(number_at<int64_t>(bytes, 32));
  if (action.time_to_live < Duration::zero()) return unreadable("its time to live is negative");
  if (!read_fields(bytes.substr(kHeadBytes), record)) {
    return unreadable("its fields are damaged, or of a newer version");
  }
  options_.hub = record.hub;
  options_.excluded = excluded_;
  options_.groups = groups_;
  action.options = &options_;
  for (const std::string_view name : {action.member, action.group, action.id}) {
    if (name.size() > Accepted::kMostNameBytes) return unreadable("a name in it is too long");
  }
  // No request can be made without them.
  if (is_bulk_change(action.kind) && (groups_.empty() || options_.filter.value_or("").empty())) {
    return unreadable("it changes groups without naming them, or without a filter");
  }
  return record;
}

bool RecordReader::read_fields(std::string_view bytes, Record& record) {
  const auto repeats = [](uint8_t tag) { return tag == kExcluded || tag == kGroupName; };
  return visit_fields(bytes, repeats, [&](uint8_t tag, std::string_view text) {
    return take_field(tag, text, record);
  });
}

bool RecordReader::take_field(uint8_t tag, std::string_view text, Record& record) {
  switch (tag) {
    case kMember:
      record.action.member = text;
      return true;
    case kGroup:
      record.action.group = text;
      return true;
    case kData:
      record.action.data = text;
      return true;
    case kId:
      record.action.id = text;
      return true;
    case kHub:
      record.hub = text;
      return true;
    case kOrderingKey:
      options_.ordering_key = text;
      return true;
    case kConflationKey:
      options_.conflation_key = text;
      return true;
    case kFilter:
      options_.filter = text;
      return true;
    case kReason:
      options_.reason = text;
      return true;
    case kTargetName:
      options_.target_name = text;
      return true;
    case kExcluded:
      excluded_.push_back(text);
      return true;
    case kGroupName:
      groups_.push_back(text);
      return true;
    case kMessageTtl:
      if (text.size() != sizeof(uint16_t)) return false;
      options_.message_ttl_seconds = number_at<uint16_t>(text, 0);
      return true;
    case kLetter:
      if (text.size() != sizeof(uint64_t)) return false;
      record.letter = number_at<uint64_t>(text, 0);
      return true;
    default:
      return true;  // of a newer version that says that it may be skipped
  }
}

std::string batch_key_of(const Origin& origin) {
  if (origin.ordered_batch == 0) return {};
  return "batch-" + std::to_string(origin.producer) + "-" + std::to_string(origin.ordered_batch);
}

void append_line(std::string& out, const Record& record) {
  append_action_of(out, record, batch_key_of(record.origin));
}

void append_element(std::string& out, const Record& record) {
  append_action_of(out, record, {});
}

}  // namespace awps
