#include "emulator/message.h"

#include "base/crypto.h"
#include "base/json_text.h"

namespace awps::emulator {

namespace {

std::string_view type_name(DataType type) {
  switch (type) {
    case DataType::kText:
      return "text";
    case DataType::kJson:
      return "json";
    case DataType::kBinary:
      return "binary";
    case DataType::kProtobuf:
      break;
  }
  return "protobuf";
}

void append_data(std::string& out, const Message& message) {
  switch (message.type) {
    case DataType::kText:
      append_json_string(out, message.data);
      return;
    case DataType::kJson:
      out += message.data;
      return;
    case DataType::kBinary:
    case DataType::kProtobuf:
      append_json_string(out, base64_encode(message.data));
      return;
  }
}

void append_metadata(std::string& out, const Message& message) {
  if (message.metadata.empty()) return;
  out += ",\"metadata\":{";
  const char* separator = "";
  for (const auto& [key, value] : message.metadata) {
    out += separator;
    append_json_string(out, key);
    out += ':';
    append_json_string(out, value);
    separator = ",";
  }
  out += '}';
}

void append_optional(std::string& out, const std::string* text) {
  if (text == nullptr) {
    out += "null";
    return;
  }
  append_json_string(out, *text);
}

}  // namespace

Frame text_frame(std::string text) {
  return {.payload = std::make_shared<const std::string>(std::move(text)), .is_binary = false};
}

const std::string& Envelope::json_tail() {
  if (!json_tail_.empty()) return json_tail_;
  std::string& out = json_tail_;
  out = R"("type":"message",)";
  if (origin_.group) {
    out += R"("from":"group","fromUserId":)";
    append_optional(out, origin_.user_id ? &*origin_.user_id : nullptr);
    out += R"(,"group":)";
    append_json_string(out, *origin_.group);
  } else {
    out += R"("from":"server")";
  }
  out += R"(,"dataType":")";
  out += type_name(message_.type);
  out += R"(","data":)";
  append_data(out, message_);
  append_metadata(out, message_);
  out += '}';
  return out;
}

Frame Envelope::frame(Protocol protocol, uint64_t sequence_id) {
  switch (protocol) {
    case Protocol::kSimple:
      if (!simple_.payload) {
        simple_ = text_frame(message_.data);
        simple_.is_binary =
            message_.type == DataType::kBinary || message_.type == DataType::kProtobuf;
      }
      return simple_;
    case Protocol::kJson:
      if (!json_.payload) json_ = text_frame("{" + json_tail());
      return json_;
    case Protocol::kReliableJson:
      break;
  }
  std::string text = R"({"sequenceId":)";
  append_number(text, sequence_id);
  text += ',';
  text += json_tail();
  return text_frame(std::move(text));
}

std::string connected_text(const std::string* user_id, std::string_view connection_id,
                           std::string_view reconnection_token) {
  std::string out = R"({"type":"system","event":"connected","userId":)";
  append_optional(out, user_id);
  out += R"(,"connectionId":)";
  append_json_string(out, connection_id);
  if (!reconnection_token.empty()) {
    out += R"(,"reconnectionToken":)";
    append_json_string(out, reconnection_token);
  }
  out += '}';
  return out;
}

std::string disconnected_text(std::optional<std::string_view> reason) {
  std::string message = "Application server closed the connection.";
  if (reason) {
    message += " Reason: ";
    message += *reason;
  }
  std::string out = R"({"type":"system","event":"disconnected","message":)";
  append_json_string(out, message);
  out += '}';
  return out;
}

std::string ack_text(uint64_t ack_id) {
  std::string out = R"({"type":"ack","ackId":)";
  append_number(out, ack_id);
  out += R"(,"success":true})";
  return out;
}

std::string failed_ack_text(uint64_t ack_id, const AckError& error) {
  std::string out = R"({"type":"ack","ackId":)";
  append_number(out, ack_id);
  out += R"(,"success":false,"error":{"name":)";
  append_json_string(out, error.name);
  out += R"(,"message":)";
  append_json_string(out, error.message);
  out += "}}";
  return out;
}

}  // namespace awps::emulator
