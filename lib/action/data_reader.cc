#include "action/data_reader.h"

#include "action/base64_reader.h"
#include "action/json_mistake.h"
#include "action/numbers.h"

namespace awps {

namespace {

std::nullopt_t refuse(Refusal& refusal, std::string message) {
  refusal = {RejectCode::kInvalidAction, std::move(message)};
  return std::nullopt;
}

bool fits(size_t bytes, Refusal& refusal) {
  if (bytes <= kMaxMessageBytes) return true;
  refusal = {RejectCode::kMessageTooLarge,
             concatenate({"has ", std::to_string(bytes), " bytes, the service takes at most ",
                          std::to_string(kMaxMessageBytes), ": send less at once"})};
  return false;
}

// The `data` of an object that is a Buffer; nullopt if it is not one.
std::optional<JsonValue> buffer_content(const JsonValue& value) {
  if (!value.is(JsonType::kObject)) return std::nullopt;
  bool is_buffer = false;
  std::optional<JsonValue> content;
  size_t count = 0;
  JsonMembers members(value);
  std::string_view key;
  JsonValue member;
  while (members.next(key, member)) {
    if (++count > 2) return std::nullopt;
    if (key == "type") {
      is_buffer = member.string() == "Buffer";
    } else if (key == "data" && (member.is(JsonType::kArray) || member.is(JsonType::kString))) {
      content = member;
    }
  }
  return is_buffer ? content : std::nullopt;
}

// "-0" is a byte, too.
std::optional<uint8_t> byte_of(std::string_view number) {
  if (number == "-0") return uint8_t{0};
  const std::optional<uint32_t> value = small_integer(number, 255);
  return value ? std::optional(static_cast<uint8_t>(*value)) : std::nullopt;
}

std::string_view remedy_for(DataType type) {
  if (type == DataType::kBinary) {
    return ": give base64 in a string, or {\"type\":\"Buffer\",\"data\":[…]} with these keys alone";
  }
  return ": give a string, or say \"dataType\":\"json\" to send JSON";
}

}  // namespace

std::optional<std::string_view> DataReader::read(const JsonValue& data, DataType type,
                                                 Refusal& refusal) {
  if (const auto text = data.string()) return read_string(*text, type, refusal);
  if (data.is(JsonType::kNull)) {
    return refuse(refusal, "is null: give the message, an empty one as \"\"");
  }
  if (const auto content = buffer_content(data)) return read_buffer(*content, type, refusal);
  if (type != DataType::kJson) {
    return refuse(refusal, concatenate({"is ", type_name(data), ", but its dataType is ",
                                        name_of(type), remedy_for(type)}));
  }
  if (!fits(data.text.size(), refusal)) return std::nullopt;
  return data.text;
}

std::optional<std::string_view> DataReader::read_string(std::string_view text, DataType type,
                                                        Refusal& refusal) {
  if (type != DataType::kBinary) {
    if (!fits(text.size(), refusal)) return std::nullopt;
    if (type == DataType::kJson && !is_json(text, refusal)) return std::nullopt;
    return text;
  }
  bytes_.clear();
  if (append_base64_decoded(bytes_, text, Blanks::kRefused)) {
    if (!fits(bytes_.size(), refusal)) return std::nullopt;
    return std::string_view(bytes_);
  }
  return refuse(refusal,
                "is no base64, which dataType binary takes in a string: use the standard alphabet "
                "with its padding, without blanks");
}

std::optional<std::string_view> DataReader::read_buffer(const JsonValue& content, DataType type,
                                                        Refusal& refusal) {
  bytes_.clear();
  if (const auto text = content.string()) {
    if (!append_base64_decoded(bytes_, *text, Blanks::kSkipped)) {
      return refuse(refusal,
                    "is a Buffer whose own 'data' is no base64: use the standard alphabet with its "
                    "padding, or an array of bytes");
    }
  } else if (!fill_from_array(content, refusal)) {
    return std::nullopt;
  }
  const size_t size = bytes_.size();
  if (!fits(size, refusal)) return std::nullopt;
  if (type == DataType::kJson) {
    bytes_.append(simdjson::SIMDJSON_PADDING, '\0');
    if (!is_json({bytes_.data(), size}, refusal)) return std::nullopt;
  }
  return std::string_view(bytes_).substr(0, size);
}

bool DataReader::fill_from_array(const JsonValue& bytes, Refusal& refusal) {
  JsonElements elements(bytes);
  while (const JsonValue* byte = elements.next()) {
    const std::optional<uint8_t> value = byte_of(byte->text);
    if (!value) {
      refusal = {RejectCode::kInvalidAction,
                 "is a Buffer whose own 'data' holds something else than bytes: each is a whole "
                 "number from 0 to 255"};
      return false;
    }
    bytes_ += static_cast<char>(*value);
  }
  return true;
}

// `text` is followed by padding: it stands in the line, among its strings, or in bytes_.
bool DataReader::is_json(std::string_view text, Refusal& refusal) {
  const simdjson::error_code error = parser_.parse(text);
  if (error == simdjson::SUCCESS) return true;
  refusal = {RejectCode::kInvalidAction,
             concatenate({"is no JSON text, which dataType json takes in a string (",
                          reason_of(error, text),
                          "): write the JSON itself, or a string as \"\\\"hello\\\"\""})};
  return false;
}

void DataReader::release_excess() {
  parser_.release_excess();
  if (bytes_.capacity() > kMaxMessageBytes) std::string().swap(bytes_);
}

void DataReader::release_unused() {
  parser_.release_unused();
  if (bytes_.capacity() > kFewBytes) std::string().swap(bytes_);
}

}  // namespace awps
