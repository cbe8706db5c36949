#include "record/record.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <type_traits>

#include "action/encoder.h"
#include "base/check.h"

namespace awps {

namespace {

constexpr uint8_t kVersion = 1;
constexpr size_t kHeadBytes = 40;
constexpr uint8_t kUnordered = 1;
constexpr uint8_t kJoinLeaveGroup = 2;
constexpr uint8_t kFirstTagOfNewerVersions = 128;

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
};

template <typename Number>
void append_number(std::string& out, Number number) {
  using Unsigned = std::make_unsigned_t<Number>;
  auto value = static_cast<Unsigned>(number);
  for (size_t i = 0; i < sizeof(Number); ++i) {
    out += static_cast<char>(value & 0xFFU);
    if constexpr (sizeof(Number) > 1) value = static_cast<Unsigned>(value >> 8U);
  }
}

template <typename Number>
Number number_at(std::string_view bytes, size_t place) {
  using Unsigned = std::make_unsigned_t<Number>;
  uint64_t value = 0;
  for (size_t i = 0; i < sizeof(Number); ++i) {
    value |= uint64_t{static_cast<uint8_t>(bytes[place + i])} << (8 * i);
  }
  return static_cast<Number>(static_cast<Unsigned>(value));
}

void append_varint(std::string& out, uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>((value & 0x7FU) | 0x80U);
    value >>= 7U;
  }
  out += static_cast<char>(value);
}

/// False: there is none, or one beyond 2^63.
bool take_varint(std::string_view& bytes, uint64_t& value) {
  static constexpr unsigned kBits = 63;
  value = 0;
  for (unsigned shift = 0; shift < kBits && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    value |= uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

void append_field(std::string& out, Tag tag, std::string_view text) {
  out += static_cast<char>(tag);
  append_varint(out, text.size());
  out += text;
}

void append_text(std::string& out, Tag tag, std::string_view text) {
  if (!text.empty()) append_field(out, tag, text);
}

void append_optional(std::string& out, Tag tag, const std::optional<std::string_view>& text) {
  if (text) append_field(out, tag, *text);
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
  Record record{.action = accepted.action,
                .hub = hub,
                .origin = {.producer = batch.account().producer,
                           .seq = accepted.seq,
                           .ordered_batch = accepted.ordered_batch}};
  Duration& left = record.action.time_to_live;
  if (left > Duration::zero()) left = std::max(left - age, Duration(1));
  return record;
}

void append_record(std::string& out, const Record& record) {
  const Action& action = record.action;
  const ActionOptions& options = *action.options;
  const bool joins = action.permission == Permission::kJoinLeaveGroup;
  append_number(out, kVersion);
  append_number(out, static_cast<uint8_t>(action.kind));
  append_number(out, static_cast<uint8_t>(action.data_type));
  append_number(out, static_cast<uint8_t>((action.unordered ? kUnordered : 0) |
                                          (joins ? kJoinLeaveGroup : 0)));
  append_number(out, record.origin.ordered_batch);
  append_number(out, record.origin.producer);
  append_number(out, record.origin.seq);
  append_number(out, static_cast<int64_t>(record.accepted_at.time_since_epoch().count()));
  append_number(out, static_cast<int64_t>(action.time_to_live.count()));
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
  if (!options.message_ttl_seconds) return;
  std::string seconds;
  append_number(seconds, *options.message_ttl_seconds);
  append_field(out, kMessageTtl, seconds);
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
  action.options = &options_;
  return record;
}

bool RecordReader::read_fields(std::string_view bytes, Record& record) {
  uint8_t last = 0;
  while (!bytes.empty()) {
    const auto tag = static_cast<uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    uint64_t length = 0;
    if (!take_varint(bytes, length) || length > bytes.size()) return false;
    const bool repeats = tag == last && tag != kExcluded;
    if (tag < last || repeats || tag >= kFirstTagOfNewerVersions) return false;
    last = tag;
    if (!take_field(tag, bytes.substr(0, length), record)) return false;
    bytes.remove_prefix(length);
  }
  return true;
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
    case kMessageTtl:
      if (text.size() != sizeof(uint16_t)) return false;
      options_.message_ttl_seconds = number_at<uint16_t>(text, 0);
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
