#include "action/refusal.h"

namespace awps {

std::string concatenate(std::initializer_list<std::string_view> parts) {
  size_t size = 0;
  for (const std::string_view part : parts) size += part.size();
  std::string text;
  text.reserve(size);
  for (const std::string_view part : parts) text += part;
  return text;
}

std::string quoted(std::string_view text) {
  static constexpr size_t kMost = 40;
  if (text.size() <= kMost) return concatenate({"'", text, "'"});
  size_t end = kMost;
  // A UTF-8 character's further bytes are 10xxxxxx.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  return concatenate({"'", text.substr(0, end), "…'"});
}

std::string_view type_name(const JsonValue& value) {
  switch (value.type) {
    case JsonType::kArray:
      return "an array";
    case JsonType::kObject:
      return "an object";
    case JsonType::kString:
      return "a string";
    case JsonType::kBoolean:
      return "true or false";
    case JsonType::kNull:
      return "null";
    case JsonType::kNumber:
      return "a number";
  }
  return "";
}

}  // namespace awps
