#include "queue/refused_record.h"

#include <simdjson.h>

#include "base/crypto.h"
#include "base/json_text.h"

namespace awps {

namespace {

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

void append_bytes(std::string& json, std::string_view name, std::string_view name_of_base64,
                  std::string_view bytes) {
  const bool is_text = simdjson::validate_utf8(bytes.data(), bytes.size());
  json += ',';
  append_json_string(json, is_text ? name : name_of_base64);
  json += ':';
  append_json_string(json, is_text ? bytes : std::string_view(base64_encode(bytes)));
}

}  // namespace

std::string_view beginning_of(std::string_view text, size_t most) {
  if (text.size() <= most) return text;
  static constexpr size_t kMostBefore = 3;  // bytes of a character, before its last
  size_t end = most;
  while (end > 0 && most - end < kMostBefore && continues_character(text[end])) --end;
  return text.substr(0, continues_character(text[end]) ? most : end);
}

std::string json_of(const RefusedRecord& record) {
  static constexpr size_t kOfNumbers = 200;
  std::string json;
  json.reserve(kOfNumbers + record.stream.size() + record.topic.size() + record.key.size() +
               record.bytes.size() + record.bytes.size() / 8);
  json += "{\"stream\":";
  append_json_string(json, record.stream);
  json += ",\"topic\":";
  append_json_string(json, record.topic);
  json += ",\"partition\":";
  append_number(json, record.partition);
  json += ",\"offset\":";
  append_number(json, record.offset);
  if (record.has_key) {
    append_bytes(json, "key", "keyBase64", beginning_of(record.key, RefusedRecord::kMostKeyBytes));
  } else {
    json += ",\"key\":null";
  }
  json += ",\"element\":";
  append_number(json, record.element);
  append_bytes(json, "text", "base64", beginning_of(record.bytes, RefusedRecord::kMostBytes));
  json += ",\"bytes\":";
  append_number(json, record.total_bytes);
  json += '}';
  return json;
}

}  // namespace awps
