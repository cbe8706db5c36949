#include "emulator/message_body.h"

#include <algorithm>

#include "emulator/json_reader.h"
#include "emulator/rest_error.h"
#include "emulator/text.h"

namespace awps::emulator {

namespace {

constexpr size_t kMaxMetadataKey = 256;
constexpr size_t kMaxMetadataValue = 1024;
constexpr size_t kMaxMetadata = 8 * 1024;

struct ContentType {
  std::string_view media_type;
  std::string_view charset;  // without quotes
};

ContentType content_type_of(std::string_view header) {
  ContentType type;
  const auto parts = split(header, ';');
  type.media_type = trimmed(parts.front());
  for (size_t i = 1; i < parts.size(); ++i) {
    auto parameter = trimmed(parts[i]);
    if (!starts_ignoring_case(parameter, "charset=")) continue;
    parameter.remove_prefix(8);
    if (parameter.size() >= 2 && parameter.front() == '"') {
      parameter = parameter.substr(1, parameter.size() - 2);
    }
    type.charset = parameter;
  }
  return type;
}

Result<Message, HttpResponse> text_message(std::string_view charset, std::string_view body) {
  Message message;
  message.type = DataType::kText;
  const auto is = [charset](std::string_view name) { return equal_ignoring_case(charset, name); };
  if (charset.empty() || is("utf-8") || is("utf8") || is("us-ascii")) {
    message.data = repaired_utf8(body);
    return message;
  }
  if (!is("iso-8859-1") && !is("latin1")) return status_only(415);
  message.data = utf8_from_latin1(body);
  return message;
}

bool is_printable_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
}

/// Of repeated or comma-joined values the last counts. False if a limit is exceeded.
bool take_metadata(const RequestHead& head, Message& message) {
  size_t total = 0;
  for (const auto& [raw_key, raw_value] : head.metadata) {
    const std::string key = to_lower(raw_key);
    const auto value = trimmed(split(raw_value, ',').back());
    total += key.size() + value.size();
    if (key.empty() || key.size() > kMaxMetadataKey || value.size() > kMaxMetadataValue ||
        total > kMaxMetadata || !is_printable_ascii(value)) {
      return false;
    }
    std::erase_if(message.metadata, [&](const auto& item) { return item.first == key; });
    message.metadata.emplace_back(key, value);
  }
  return true;
}

Result<Message, HttpResponse> typed_message(const RequestHead& head, std::string_view body) {
  Message message;
  message.data = std::string(body);
  message.type = DataType::kBinary;
  if (!head.has_content_type) return message;
  const ContentType type = content_type_of(head.content_type);
  const auto is = [&](std::string_view name) { return equal_ignoring_case(type.media_type, name); };
  if (is("text/plain")) return text_message(type.charset, body);
  if (is("application/octet-stream")) return message;
  if (is("application/x-protobuf")) {
    message.type = DataType::kProtobuf;
    return message;
  }
  if (!is("application/json")) return status_only(415);
  if (!is_json(body)) return bad_request("The request body is not a valid JSON.", "body");
  message.type = DataType::kJson;
  return message;
}

}  // namespace

Result<Message, HttpResponse> message_of_body(const RequestHead& head, std::string_view body) {
  auto message = typed_message(head, body);
  if (message.ok() && !take_metadata(head, *message)) {
    return bad_request(
        "Invalid metadata. A key has at most 256 and a value at most 1024 characters.", "metadata");
  }
  return message;
}

}  // namespace awps::emulator
