#pragma once

// Forms that the option tables share, and the checks of texts. Pure functions.

#include <array>

#include "config/option_value.h"

namespace awps {

/// Nobody means more; and no sum of a few of them leaves the clock's range.
inline constexpr Duration kLongestDuration = std::chrono::hours(3650 * 24);
inline constexpr uint64_t kLargestSize = 1024 * kGibibyte;

constexpr OptionForm boolean_form() {
  return {.kind = OptionForm::Kind::kBoolean};
}
constexpr OptionForm count_form(uint64_t least, uint64_t most = OptionForm{}.most) {
  return {.kind = OptionForm::Kind::kCount, .least = least, .most = most};
}
/// 0, which is no limit, or a rate that can be kept.
constexpr OptionForm rate_form() {
  return {.kind = OptionForm::Kind::kRate};
}
/// A rate that cannot be 0; `zero_remedy` says what to write instead.
constexpr OptionForm positive_rate_form(OptionForm::Rates rates, std::string_view zero_remedy) {
  return {.kind = OptionForm::Kind::kRate, .rates = rates, .zero_remedy = zero_remedy};
}
constexpr OptionForm share_form() {
  return {.kind = OptionForm::Kind::kShare};
}
constexpr OptionForm fraction_form() {
  return {.kind = OptionForm::Kind::kFraction};
}
constexpr OptionForm duration_form(Duration least = Duration::zero(),
                                   Duration most = kLongestDuration) {
  return {.kind = OptionForm::Kind::kDuration,
          .least = static_cast<uint64_t>(least.count()),
          .most = static_cast<uint64_t>(most.count())};
}
constexpr OptionForm size_form(uint64_t least, uint64_t most = kLargestSize) {
  return {.kind = OptionForm::Kind::kSize, .least = least, .most = most};
}
/// 0, which is no bound, or a size of `least` and more.
constexpr OptionForm size_or_none_form(uint64_t least) {
  return {.kind = OptionForm::Kind::kByteRate, .least = least, .most = kLargestSize};
}
constexpr OptionForm byte_rate_form() {
  return {.kind = OptionForm::Kind::kByteRate, .most = kLargestSize};
}
constexpr OptionForm mode_form() {
  return {.kind = OptionForm::Kind::kMode};
}
constexpr OptionForm text_form(TextCheck check = nullptr) {
  return {.kind = OptionForm::Kind::kText, .check = check};
}
/// One that may hold a secret.
constexpr OptionForm masked_text_form(TextCheck check, TextMask mask) {
  return {.kind = OptionForm::Kind::kText, .check = check, .mask = mask};
}
constexpr OptionForm text_list_form() {
  return {.kind = OptionForm::Kind::kTextList};
}
/// Of each item, `check`.
constexpr OptionForm checked_list_form(TextCheck check) {
  return {.kind = OptionForm::Kind::kTextList, .check = check};
}
/// A list of at least one; a string stands for a list of it.
constexpr OptionForm text_or_list_form(TextCheck check) {
  return {.kind = OptionForm::Kind::kTextList, .check = check, .takes_one = true};
}
Result<std::string> check_setting_name(std::string_view text);
constexpr OptionForm setting_list_form() {
  return checked_list_form(check_setting_name);
}
Result<std::string> check_host(std::string_view text);
constexpr OptionForm host_list_form() {
  return checked_list_form(check_host);
}
constexpr OptionForm choice_form(std::span<const std::string_view> choices) {
  return {.kind = OptionForm::Kind::kChoice, .choices = choices};
}
inline constexpr std::array<std::string_view, 2> kGatewayAnswers{"delivered", "accepted"};
constexpr OptionForm answer_form() {
  return choice_form(kGatewayAnswers);
}
/// A client of the gateway may have no timeout of its own, so the longest answer has a bound.
constexpr OptionForm answer_time_form() {
  return duration_form(std::chrono::milliseconds(1), std::chrono::minutes(5));
}

/// Names with dots, and a text for each.
constexpr OptionForm text_table_form(TextCheck check = nullptr) {
  return {.kind = OptionForm::Kind::kTextTable, .check = check};
}

Result<std::string> check_not_empty(std::string_view text);
Result<std::string> check_setting_name_or_empty(std::string_view text);
/// Whoever means its contents has put a secret there, which no message shows.
Result<std::string> check_secret_file(std::string_view text);
Result<std::string> check_hub_name_or_empty(std::string_view text);
Result<std::string> check_api_version(std::string_view text);
Result<std::string> check_proxy(std::string_view text);
Result<std::string> check_reverse_proxy(std::string_view text);
/// "host:port", with commas between several.
Result<std::string> check_brokers(std::string_view text);
Result<std::string> check_topic(std::string_view text);
Result<std::string> check_topic_or_empty(std::string_view text);
Result<std::string> check_group(std::string_view text);
/// A hub, or "*" for all.
Result<std::string> check_hub_or_any(std::string_view text);
Result<std::string> check_scope(std::string_view text);
Result<std::string> check_socket_path(std::string_view text);
Result<std::string> check_listen(std::string_view text);
Result<std::string> check_listen_or_empty(std::string_view text);

}  // namespace awps
