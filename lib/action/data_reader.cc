#include "action/data_reader.h"

#include "action/base64_reader.h"
#include "action/json_mistake.h"

namespace awps {

namespace {

using simdjson::dom::element;

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
std::optional<element> buffer_content(const element& value) {
  simdjson::dom::object object;
  if (value.get_object().get(object) != simdjson::SUCCESS) return std::nullopt;
  bool is_buffer = false;
  std::optional<element> content;
  size_t count = 0;
  for (const auto [key, member] : object) {
    if (++count > 2) return std::nullopt;
    std::string_view text;
    if (key == "type") {
      is_buffer = member.get_string().get(text) == simdjson::SUCCESS && text == "Buffer";
    } else if (key == "data" && (member.is_array() || member.is_string())) {
      content = member;
    }
  }
  return is_buffer ? content : std::nullopt;
}

std::string_view remedy_for(DataType type) {
  if (type == DataType::kBinary) {
    return ": give base64 in a string, or {\"type\":\"Buffer\",\"data\":[…]} with these keys alone";
  }
  return ": give a string, or say \"dataType\":\"json\" to send JSON";
}

}  // namespace

std::optional<std::string_view> DataReader::read(const Members::Member& data, DataType type,
                                                 Refusal& refusal) {
  std::string_view text;
  if (data.value.get_string().get(text) == simdjson::SUCCESS) {
    return read_string(text, type, refusal);
  }
  if (data.value.is_null()) {
    return refuse(refusal, "is null: give the message, an empty one as \"\"");
  }
  if (const auto content = buffer_content(data.value)) return read_buffer(*content, type, refusal);
  if (type != DataType::kJson) {
    return refuse(refusal, concatenate({"is ", type_name(data.value), ", but its dataType is ",
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

std::optional<std::string_view> DataReader::read_buffer(const element& content, DataType type,
                                                        Refusal& refusal) {
  bytes_.clear();
  std::string_view text;
  if (content.get_string().get(text) == simdjson::SUCCESS) {
    if (!append_base64_decoded(bytes_, text, Blanks::kSkipped)) {
      return refuse(refusal,
                    "is a Buffer whose own 'data' is no base64: use the standard alphabet with its "
                    "padding, or an array of bytes");
    }
  } else if (!fill_from_array(content.get_array().value_unsafe(), refusal)) {
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

bool DataReader::fill_from_array(const simdjson::dom::array& bytes, Refusal& refusal) {
  for (const element byte : bytes) {
    int64_t value = 0;
    if (byte.get_int64().get(value) != simdjson::SUCCESS || value < 0 || value > 255) {
      refusal = {RejectCode::kInvalidAction,
                 "is a Buffer whose own 'data' holds something else than bytes: each is a whole "
                 "number from 0 to 255"};
      return false;
    }
    bytes_ += static_cast<char>(value);
  }
  return true;
}

// `text` is followed by padding: it stands in the DOM's buffer of strings, or in bytes_.
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
