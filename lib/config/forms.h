#pragma once

// Forms that the option tables share, and the checks of texts. Pure functions.

#include "config/option_value.h"

namespace awps {

constexpr Form boolean() {
  return {.kind = Form::Kind::kBoolean};
}
constexpr Form count(uint64_t least, uint64_t most = Form{}.most) {
  return {.kind = Form::Kind::kCount, .least = least, .most = most};
}
constexpr Form rate() {
  return {.kind = Form::Kind::kRate};
}
constexpr Form share() {
  return {.kind = Form::Kind::kShare};
}
constexpr Form fraction() {
  return {.kind = Form::Kind::kFraction};
}
constexpr Form duration(Duration least = Duration::zero()) {
  return {.kind = Form::Kind::kDuration, .least = static_cast<uint64_t>(least.count())};
}
constexpr Form size(uint64_t least, uint64_t most = Form{}.most) {
  return {.kind = Form::Kind::kSize, .least = least, .most = most};
}
constexpr Form byte_rate() {
  return {.kind = Form::Kind::kByteRate};
}
constexpr Form mode() {
  return {.kind = Form::Kind::kMode};
}
constexpr Form text(TextCheck check = nullptr) {
  return {.kind = Form::Kind::kText, .check = check};
}
constexpr Form text_list() {
  return {.kind = Form::Kind::kTextList};
}
constexpr Form choice(std::span<const std::string_view> choices) {
  return {.kind = Form::Kind::kChoice, .choices = choices};
}

Result<std::string> check_not_empty(std::string_view text);
Result<std::string> check_setting_name(std::string_view text);
Result<std::string> check_hub_name_or_empty(std::string_view text);
Result<std::string> check_api_version(std::string_view text);
Result<std::string> check_proxy(std::string_view text);
Result<std::string> check_socket_path(std::string_view text);
Result<std::string> check_listen(std::string_view text);

}  // namespace awps
