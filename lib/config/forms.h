#pragma once

// Forms that the option tables share, and the checks of texts. Pure functions.

#include "config/option_value.h"

namespace awps {

constexpr OptionForm boolean_form() {
  return {.kind = OptionForm::Kind::kBoolean};
}
constexpr OptionForm count_form(uint64_t least, uint64_t most = OptionForm{}.most) {
  return {.kind = OptionForm::Kind::kCount, .least = least, .most = most};
}
constexpr OptionForm rate_form() {
  return {.kind = OptionForm::Kind::kRate};
}
constexpr OptionForm share_form() {
  return {.kind = OptionForm::Kind::kShare};
}
constexpr OptionForm fraction_form() {
  return {.kind = OptionForm::Kind::kFraction};
}
constexpr OptionForm duration_form(Duration least = Duration::zero()) {
  return {.kind = OptionForm::Kind::kDuration, .least = static_cast<uint64_t>(least.count())};
}
constexpr OptionForm size_form(uint64_t least, uint64_t most = OptionForm{}.most) {
  return {.kind = OptionForm::Kind::kSize, .least = least, .most = most};
}
constexpr OptionForm byte_rate_form() {
  return {.kind = OptionForm::Kind::kByteRate};
}
constexpr OptionForm mode_form() {
  return {.kind = OptionForm::Kind::kMode};
}
constexpr OptionForm text_form(TextCheck check = nullptr) {
  return {.kind = OptionForm::Kind::kText, .check = check};
}
constexpr OptionForm text_list_form() {
  return {.kind = OptionForm::Kind::kTextList};
}
constexpr OptionForm choice_form(std::span<const std::string_view> choices) {
  return {.kind = OptionForm::Kind::kChoice, .choices = choices};
}

Result<std::string> check_not_empty(std::string_view text);
Result<std::string> check_setting_name(std::string_view text);
Result<std::string> check_hub_name_or_empty(std::string_view text);
Result<std::string> check_api_version(std::string_view text);
Result<std::string> check_proxy(std::string_view text);
Result<std::string> check_socket_path(std::string_view text);
Result<std::string> check_listen(std::string_view text);

}  // namespace awps
