#include "action/encoder.h"

#include <simdjson.h>

#include "action/names.h"
#include "base/crypto.h"
#include "base/json_text.h"

namespace awps {

namespace {

void append_key(std::string& out, Key key) {
  out += ",\"";
  out += name_of(key);
  out += "\":";
}

void append_text(std::string& out, Key key, std::string_view text) {
  append_key(out, key);
  append_json_string(out, text);
}

// Exact to the nanosecond, without an exponent.
void append_seconds(std::string& out, Duration duration) {
  static constexpr int64_t kSecond = 1'000'000'000;
  const int64_t nanoseconds = duration.count();
  append_number(out, nanoseconds / kSecond);
  int64_t fraction = nanoseconds % kSecond;
  if (fraction == 0) return;
  out += '.';
  for (int64_t place = kSecond / 10; fraction > 0; place /= 10) {
    out += static_cast<char>('0' + fraction / place);
    fraction %= place;
  }
}

void append_message(std::string& out, const Action& action) {
  if (action.data_type != DataType::kText) {
    append_text(out, Key::kDataType, name_of(action.data_type));
  }
  append_key(out, Key::kData);
  if (action.data_type == DataType::kBinary) {
    out += '"';
    out += base64_encode(action.data);
    out += '"';
  } else if (simdjson::validate_utf8(action.data.data(), action.data.size())) {
    append_json_string(out, action.data);
  } else {
    out += R"({"type":"Buffer","data":")";
    out += base64_encode(action.data);
    out += "\"}";
  }
}

void append_texts(std::string& out, Key key, std::span<const std::string_view> texts) {
  append_key(out, key);
  out += '[';
  for (size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) out += ',';
    append_json_string(out, texts[i]);
  }
  out += ']';
}

void append_options(std::string& out, const ActionOptions& options) {
  if (!options.hub.empty()) append_text(out, Key::kHub, options.hub);
  if (!options.ordering_key.empty()) append_text(out, Key::kOrderingKey, options.ordering_key);
  if (!options.conflation_key.empty()) {
    append_text(out, Key::kConflationKey, options.conflation_key);
  }
  if (options.filter) append_text(out, Key::kFilter, *options.filter);
  if (options.reason) append_text(out, Key::kReason, *options.reason);
  if (options.target_name) append_text(out, Key::kTargetName, *options.target_name);
  if (!options.groups.empty()) append_texts(out, Key::kGroups, options.groups);
  if (!options.excluded.empty()) append_texts(out, Key::kExcluded, options.excluded);
  if (options.message_ttl_seconds) {
    append_key(out, Key::kMessageTtlSeconds);
    append_number(out, *options.message_ttl_seconds);
  }
}

}  // namespace

void append_action(std::string& out, const Action& action) {
  out += R"({"actionName":")";
  out += name_of(action.kind);
  out += '"';
  if (!action.id.empty()) {
    append_key(out, Key::kId);
    out += action.id;
  }
  if (addresses_user(action.kind)) append_text(out, Key::kUserId, action.member);
  if (addresses_connection(action.kind)) append_text(out, Key::kConnectionId, action.member);
  if (has_group(action.kind)) append_text(out, Key::kGroup, action.group);
  if (action.kind == ActionKind::kGrantPermission || action.kind == ActionKind::kRevokePermission) {
    append_text(out, Key::kPermission, name_of(action.permission));
  }
  append_options(out, *action.options);
  if (action.unordered) {
    append_key(out, Key::kUnordered);
    out += "true";
  }
  if (action.time_to_live.count() > 0) {
    append_key(out, Key::kTtlSeconds);
    append_seconds(out, action.time_to_live);
  }
  if (is_send(action.kind)) append_message(out, action);
  out += '}';
}

}  // namespace awps
