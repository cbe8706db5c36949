#include "client/encoder.h"

#include <algorithm>
#include <cstdint>

#include "base/ascii.h"
#include "base/json_text.h"
#include "client/base64.h"
#include "client/json_members.h"
#include "client/utf8.h"

namespace awps::client {

namespace {

constexpr std::string_view kBlanks = " \t\r";
constexpr std::string_view kSet = R"(,"unordered":true)";

Error invalid(std::string_view call, std::string_view what, std::string_view problem) {
  std::string message(call);
  message += ": ";
  message += what;
  message += ' ';
  message += problem;
  return {ErrorCode::kInvalid, std::move(message)};
}

// Appends members, and keeps the first problem.
class Writer {
 public:
  explicit Writer(std::string_view action, size_t size) : action_(action) {
    line_.reserve(size);
    line_ += R"({"actionName":")";
    line_ += action;
    line_ += '"';
  }

  void text(std::string_view key, std::string_view value) {
    if (!is_utf8(value)) return refuse(key, "is not UTF-8: give it in that encoding");
    open(key);
    append_json_string(line_, value);
  }
  void text_if_said(std::string_view key, const std::optional<std::string_view>& value) {
    if (value) text(key, *value);
  }
  void name(std::string_view key, const std::optional<std::string_view>& value) {
    if (!value) return;
    if (value->empty()) return refuse(key, "is empty: give at least one character");
    text(key, *value);
  }
  void number(std::string_view key, uint64_t value) {
    open(key);
    append_number(line_, value);
  }
  void seconds(std::string_view key, std::chrono::milliseconds value) {
    number(key, static_cast<uint64_t>(value.count() / 1000));
    const auto rest = static_cast<uint64_t>(value.count() % 1000);
    if (rest == 0) return;
    line_ += rest < 10 ? ".00" : rest < 100 ? ".0" : ".";
    append_number(line_, rest);
  }
  void set(std::string_view member) { line_ += member; }
  void base64(std::string_view key, std::string_view bytes) {
    open(key);
    line_ += '"';
    append_base64(line_, bytes);
    line_ += '"';
  }
  void list(std::string_view key, std::span<const std::string_view> values) {
    open(key);
    line_ += '[';
    for (size_t i = 0; i < values.size(); ++i) {
      if (!is_utf8(values[i])) return refuse(key, "holds what is not UTF-8: give it so encoded");
      if (i > 0) line_ += ',';
      append_json_string(line_, values[i]);
    }
    line_ += ']';
  }
  void names(std::string_view key, const std::optional<std::span<const std::string_view>>& values) {
    if (!values) return;
    if (values->empty()) return refuse(key, "is empty: give at least one name");
    for (const std::string_view value : *values) {
      if (value.empty()) return refuse(key, "holds an empty name: give at least one character");
    }
    list(key, *values);
  }
  void refuse(std::string_view what, std::string_view problem,
              ErrorCode code = ErrorCode::kInvalid) {
    if (problem_) return;
    problem_ = invalid(action_, what, problem);
    problem_->code = code;
  }

  Result<std::string> finish() {
    if (problem_) return std::move(*problem_);
    line_ += "}\n";
    return std::move(line_);
  }

 private:
  void open(std::string_view key) {
    line_ += ",\"";
    line_ += key;
    line_ += "\":";
  }

  std::string_view action_;  // borrowed for one call of encode(), as this object lives
  std::string line_;
  std::optional<Error> problem_;
};

void write_message(Writer& writer, const Message& message) {
  if (message.data.size() > kMaxMessageBytes) {
    return writer.refuse("data", "has more than 1 MiB, the most that the service takes: send less",
                         ErrorCode::kTooLarge);
  }
  if (message.type == DataType::kBinary) {
    writer.text("dataType", "binary");
    return writer.base64("data", message.data);
  }
  if (message.type == DataType::kJson) writer.text("dataType", "json");
  writer.text("data", message.data);
}

void write_fields(Writer& writer, const Fields& fields) {
  writer.text_if_said("hub", fields.hub);
  writer.text_if_said("id", fields.id);
  writer.text_if_said("orderingKey", fields.ordering_key);
  writer.text_if_said("conflationKey", fields.conflation_key);
  writer.text_if_said("filter", fields.filter);
  writer.text_if_said("reason", fields.reason);
  if (!fields.excluded.empty()) writer.list("excluded", fields.excluded);
  if (fields.message_ttl_seconds) writer.number("messageTtlSeconds", *fields.message_ttl_seconds);
  if (fields.ttl.count() < 0) {
    writer.refuse("ttl", "is negative: give more than 0 ms, or 0 for none");
  } else if (fields.ttl.count() > 0) {
    writer.seconds("ttlSeconds", fields.ttl);
  }
  if (fields.unordered) writer.set(kSet);
}

size_t estimated_size(const Call& call, const Fields& fields) {
  size_t size = 96 + 32 * fields.excluded.size();
  for (const auto& text :
       {call.user, call.connection, call.group, call.target_name, fields.hub, fields.id,
        fields.ordering_key, fields.conflation_key, fields.filter, fields.reason, call.filter}) {
    if (text) size += text->size() + 20;
  }
  if (call.groups) size += 32 * call.groups->size();
  if (call.message == nullptr) return size;
  const size_t bytes = std::min(call.message->data.size(), kMaxMessageBytes);
  return size + (call.message->type == DataType::kBinary ? bytes / 3 * 4 : bytes) + 40;
}

bool is_batch_key(std::string_view key) {
  return equal_ignoring_case(key, "batch");
}

}  // namespace

Result<std::string> encode(const Call& call, const Fields& fields, size_t spare) {
  Writer writer(call.action, estimated_size(call, fields) + spare);
  writer.name("userId", call.user);
  writer.name("connectionId", call.connection);
  writer.name("group", call.group);
  if (call.permission) {
    const bool sends = *call.permission == Permission::kSendToGroup;
    writer.text("permission", sends ? "sendToGroup" : "joinLeaveGroup");
  }
  writer.name("targetName", call.target_name);
  writer.names("groups", call.groups);
  writer.name("filter", call.filter);
  if (call.filter && fields.filter) {
    writer.refuse("filter", "is said twice: leave that of the fields out");
  }
  write_fields(writer, fields);
  if (call.message != nullptr) write_message(writer, *call.message);
  return writer.finish();
}

Result<std::string> encode_line(std::string_view json, size_t spare) {
  const size_t begin = json.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos || json[begin] != '{') {
    return invalid("send_line", "the line", "is no JSON object: give one action as an object");
  }
  if (json.find('\n') != std::string_view::npos) {
    return invalid("send_line", "the line",
                   "holds a line feed: write the JSON without, and send "
                   "each action by a call of its own");
  }
  if (!is_utf8(json)) {
    return invalid("send_line", "the line", "is not UTF-8: give it in that encoding");
  }
  // A key that stands in escapes could be a batch in disguise.
  bool is_single = true;
  const auto look = [&is_single](std::string_view key, std::string_view) {
    if (is_batch_key(key) || key.find('\\') != std::string_view::npos) is_single = false;
  };
  if (!read_members(json, look)) {
    return invalid("send_line", "the line", "is no JSON object: correct it as RFC 8259 has it");
  }
  if (!is_single) {
    return invalid("send_line", "the line",
                   "is a batch, or has a key with a backslash: send each "
                   "action by a call of its own, with an orderingKey where they must be in order");
  }
  std::string line;
  line.reserve(json.size() + 1 + spare);
  line += json;
  line += '\n';
  return line;
}

std::string encode_hello(const Greeting& greeting) {
  std::string line = R"({"hello":{"ack":)";
  append_json_string(line, greeting.ack);
  if (!greeting.hub.empty()) {
    line += R"(,"hub":)";
    append_json_string(line, greeting.hub);
  }
  if (!greeting.name.empty()) {
    line += R"(,"producer":)";
    append_json_string(line, greeting.name);
  }
  if (greeting.deduplicate) line += R"(,"deduplicate":true)";
  line += "}}\n";
  return line;
}

}  // namespace awps::client
