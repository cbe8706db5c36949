#include "daemon/awpsctl/wire/json_fields.h"

namespace awps {

namespace {

std::string text_of(const Json& value) {
  if (const auto* text = value.get_ptr<const std::string*>()) return *text;
  return value.is_null() ? std::string() : json_text(value);
}

}  // namespace

Json parse_json(std::string_view text) {
  return Json::parse(text, nullptr, false);
}

std::string json_text(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

const Json& field(const Json& object, std::string_view key) {
  static const Json kNothing;
  if (!object.is_object()) return kNothing;
  const auto found = object.find(key);
  return found == object.end() ? kNothing : *found;
}

double number_field(const Json& object, std::string_view key) {
  const Json& value = field(object, key);
  return value.is_number() ? value.get<double>() : 0;
}

uint64_t count_field(const Json& object, std::string_view key) {
  const Json& value = field(object, key);
  if (value.is_number_unsigned()) return value.get<uint64_t>();
  if (!value.is_number()) return 0;
  const auto number = value.get<double>();
  constexpr double kMost = 9e18;
  return number > 0 && number < kMost ? static_cast<uint64_t>(number) : 0;
}

bool flag_field(const Json& object, std::string_view key) {
  const Json& value = field(object, key);
  return value.is_boolean() && value.get<bool>();
}

std::string text_field(const Json& object, std::string_view key) {
  return text_of(field(object, key));
}

std::vector<std::string> texts_field(const Json& object, std::string_view key) {
  std::vector<std::string> texts;
  const Json& value = field(object, key);
  if (!value.is_array()) return texts;
  for (const Json& element : value) texts.push_back(text_of(element));
  return texts;
}

}  // namespace awps
