#include "config/option_value.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "config/names.h"
#include "config/option.h"
#include "config/quantity.h"

namespace awps {
namespace {

using Kind = OptionForm::Kind;

std::string unit_text(const OptionForm& form, uint64_t amount) {
  switch (form.kind) {
    case Kind::kDuration:
      return '"' + print_duration(Duration(static_cast<int64_t>(amount))) + '"';
    case Kind::kSize:
    case Kind::kByteRate:
      return '"' + print_size(amount) + '"';
    default:
      return std::to_string(amount);
  }
}

Result<uint64_t> bounded(const OptionForm& form, uint64_t amount) {
  if (amount < form.least) {
    return Error{"is too small; the least is " + unit_text(form, form.least)};
  }
  if (amount > form.most) {
    return Error{"is too large; the most is " + unit_text(form, form.most)};
  }
  return amount;
}

/// "is the number 10; write a duration …", or "is \"10 sec\"; write …" where the text itself helps.
Error unfit(const OptionForm& form, const ConfigNode& node) {
  const bool shows = node.kind == ConfigNode::Kind::kText && form.kind != Kind::kText &&
                     form.kind != Kind::kTextList && node.text.size() <= 64;
  const std::string what = shows ? print_text(node.text) : description_of(node);
  return Error{"is " + what + "; write " + description_of(form)};
}

Result<OptionValue> parse_boolean(const OptionForm& form, const ConfigNode& node) {
  if (node.kind != ConfigNode::Kind::kBoolean) {
    return unfit(form, node);
  }
  return OptionValue(node.boolean);
}

Result<OptionValue> parse_count(const OptionForm& form, const ConfigNode& node) {
  if (node.kind != ConfigNode::Kind::kInteger) {
    return unfit(form, node);
  }
  if (node.integer < 0) {
    return Error{"is negative; the least is " + std::to_string(form.least)};
  }
  auto amount = bounded(form, static_cast<uint64_t>(node.integer));
  return amount ? Result<OptionValue>(OptionValue(*amount)) : Result<OptionValue>(amount.error());
}

Result<OptionValue> parse_rate(const OptionForm& form, double rate) {
  const bool may_be_zero = form.zero_remedy.empty();
  const std::string of_zero =
      may_be_zero ? ", or 0 for no limit" : "; " + std::string(form.zero_remedy);
  if (rate < form.rates.least && !(may_be_zero && rate == 0)) {
    return Error{"is too small; the least is " + print_number(form.rates.least) + of_zero};
  }
  if (rate > form.rates.most) {
    return Error{"is too large; the most is " + print_number(form.rates.most) +
                 (may_be_zero ? of_zero : "")};
  }
  return OptionValue(rate);
}

Result<OptionValue> parse_number(const OptionForm& form, const ConfigNode& node) {
  const bool number =
      node.kind == ConfigNode::Kind::kInteger || node.kind == ConfigNode::Kind::kNumber;
  if (!number || !std::isfinite(node.number) || node.number < 0) {
    return unfit(form, node);
  }
  if (form.kind == Kind::kRate) {
    return parse_rate(form, node.number + 0.0);  // turns -0.0 into 0
  }
  const bool limited = form.kind == Kind::kShare || form.kind == Kind::kFraction;
  if ((limited && node.number > 1) || (form.kind == Kind::kShare && node.number <= 0)) {
    return unfit(form, node);
  }
  return OptionValue(node.number + 0.0);  // as above
}

Result<OptionValue> parse_duration_value(const OptionForm& form, const ConfigNode& node) {
  const auto duration =
      node.kind == ConfigNode::Kind::kText ? parse_duration(node.text) : std::optional<Duration>();
  if (!duration) {
    return unfit(form, node);
  }
  const auto amount = bounded(form, static_cast<uint64_t>(duration->count()));
  return amount ? Result<OptionValue>(OptionValue(*duration)) : Result<OptionValue>(amount.error());
}

Result<OptionValue> parse_size_value(const OptionForm& form, const ConfigNode& node) {
  if (form.kind == Kind::kByteRate && node.kind == ConfigNode::Kind::kInteger &&
      node.integer == 0) {
    return OptionValue(uint64_t{0});
  }
  const auto size =
      node.kind == ConfigNode::Kind::kText ? parse_size(node.text) : std::optional<uint64_t>();
  if (!size) {
    return unfit(form, node);
  }
  const auto amount = bounded(form, *size);
  return amount ? Result<OptionValue>(OptionValue(*amount)) : Result<OptionValue>(amount.error());
}

Result<OptionValue> parse_mode(const OptionForm& form, const ConfigNode& node) {
  const std::string& text = node.text;
  const auto octal = [](char c) { return c >= '0' && c <= '7'; };
  if (node.kind != ConfigNode::Kind::kText || text.size() < 3 || text.size() > 4 ||
      !std::ranges::all_of(text, octal)) {
    return unfit(form, node);
  }
  uint64_t mode = 0;
  for (const char c : text) {
    mode = mode * 8 + static_cast<uint64_t>(c - '0');
  }
  return mode > 0777 ? Result<OptionValue>(unfit(form, node))
                     : Result<OptionValue>(OptionValue(mode));
}

/// Names, paths and addresses have no control characters; a line feed in one is a slip of quoting.
Result<std::string> parse_plain_text(const OptionForm& form, const ConfigNode& node) {
  if (node.kind != ConfigNode::Kind::kText) {
    return unfit(form, node);
  }
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (std::ranges::any_of(node.text, control)) {
    return Error{"has a control character in it; write it on one line, without \\n, \\t or \\u"};
  }
  return form.check == nullptr ? Result<std::string>(node.text) : form.check(node.text);
}

Result<OptionValue> parse_text(const OptionForm& form, const ConfigNode& node) {
  auto text = parse_plain_text(form, node);
  return text ? Result<OptionValue>(OptionValue(std::move(*text)))
              : Result<OptionValue>(text.error());
}

Result<OptionValue> parse_text_list(const OptionForm& form, const ConfigNode& node) {
  if (form.takes_one && node.kind == ConfigNode::Kind::kText) {
    auto text = parse_plain_text(form, node);
    return text ? Result<OptionValue>(OptionValue(TextList{std::move(*text)}))
                : Result<OptionValue>(text.error());
  }
  if (node.kind != ConfigNode::Kind::kList) {
    return unfit(form, node);
  }
  if (form.takes_one && node.items.empty()) {
    return Error{"is an empty list; write at least one, or leave the option out"};
  }
  TextList list;
  for (const ConfigNode& item : node.items) {
    const auto text = parse_plain_text({.kind = Kind::kText, .check = form.check}, item);
    if (!text) {
      return Error{"item " + std::to_string(list.size() + 1) + " " + text.error().message};
    }
    if (text->empty()) {
      return Error{"item " + std::to_string(list.size() + 1) +
                   " is empty; write a name or leave it out"};
    }
    Result<std::string> checked =
        form.check == nullptr ? Result<std::string>(*text) : form.check(*text);
    if (!checked) {
      return Error{"item " + std::to_string(list.size() + 1) + " " + checked.error().message};
    }
    list.push_back(std::move(*checked));
  }
  return OptionValue(std::move(list));
}

Result<OptionValue> parse_choice(const OptionForm& form, const ConfigNode& node) {
  const auto found = node.kind == ConfigNode::Kind::kText
                         ? std::ranges::find(form.choices, node.text)
                         : form.choices.end();
  if (found == form.choices.end()) {
    return unfit(form, node);
  }
  return OptionValue(static_cast<uint64_t>(found - form.choices.begin()));
}

std::string print_choices(std::span<const std::string_view> choices) {
  std::string result;
  for (size_t i = 0; i < choices.size(); ++i) {
    result += i == 0 ? "" : i + 1 == choices.size() ? " or " : ", ";
    result += print_text(choices[i]);
  }
  return result;
}

std::string print_amount(const OptionForm& form, uint64_t amount) {
  switch (form.kind) {
    case Kind::kSize:
      return print_text(print_size(amount));
    case Kind::kByteRate:
      return amount == 0 ? "0" : print_text(print_size(amount));
    case Kind::kMode:
      return print_text(print_mode(amount));
    case Kind::kChoice:
      return print_text(form.choices[amount]);
    default:
      return std::to_string(amount);
  }
}

template <typename Item, typename Print>
std::string print_list(const std::vector<Item>& items, const Print& print) {
  std::string result = "[";
  for (const Item& item : items) {
    result += result.size() > 1 ? ", " : "";
    result += print(item);
  }
  return result + "]";
}

std::string print_table(const TextTable& table) {
  std::string result;
  for (const auto& [name, text] : table) {
    result += result.empty() ? "{ " : ", ";
    result += quoted_key(name) + " = " + print_text(text);
  }
  return result.empty() ? "{}" : result + " }";
}

template <typename Rule>
std::string print_rule(const Rule& rule, std::span<const Option<Rule>> options) {
  std::string result = "{ ";
  for (const Option<Rule>& option : options) {
    result += result.size() > 2 ? ", " : "";
    result += std::string(option.about.name) + " = ";
    result += print_value(option.about.form, option.get(rule));
  }
  return result + " }";
}

}  // namespace

Result<OptionValue> parse_value(const OptionForm& form, const ConfigNode& node) {
  switch (form.kind) {
    case Kind::kBoolean:
      return parse_boolean(form, node);
    case Kind::kCount:
      return parse_count(form, node);
    case Kind::kRate:
    case Kind::kShare:
    case Kind::kFraction:
      return parse_number(form, node);
    case Kind::kDuration:
      return parse_duration_value(form, node);
    case Kind::kSize:
    case Kind::kByteRate:
      return parse_size_value(form, node);
    case Kind::kMode:
      return parse_mode(form, node);
    case Kind::kText:
      return parse_text(form, node);
    case Kind::kTextList:
      return parse_text_list(form, node);
    case Kind::kChoice:
      return parse_choice(form, node);
    case Kind::kTextTable:
    case Kind::kMergeRules:
    case Kind::kOrderRules:
      break;
  }
  return unfit(form, node);
}

// Whoever writes 500 or true means what a file of properties would say.
Result<std::string> parse_table_text(const OptionForm& form, const ConfigNode& node) {
  ConfigNode text{.kind = ConfigNode::Kind::kText, .place = node.place, .text = node.text};
  if (node.kind == ConfigNode::Kind::kInteger) {
    text.text = std::to_string(node.integer);
  } else if (node.kind == ConfigNode::Kind::kBoolean) {
    text.text = node.boolean ? "true" : "false";
  } else if (node.kind != ConfigNode::Kind::kText) {
    return Error{"is " + description_of(node) +
                 "; write a string in quotes, a whole number, true or false"};
  }
  return parse_plain_text({.kind = Kind::kText, .check = form.check}, text);
}

std::string print_value(const OptionForm& form, const OptionValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) {
    return *flag ? "true" : "false";
  }
  if (const auto* amount = std::get_if<uint64_t>(&value)) {
    return print_amount(form, *amount);
  }
  if (const auto* number = std::get_if<double>(&value)) {
    return print_number(*number);
  }
  if (const auto* duration = std::get_if<Duration>(&value)) {
    return print_text(print_duration(*duration));
  }
  if (const auto* text = std::get_if<std::string>(&value)) {
    return print_text(*text);
  }
  if (const auto* list = std::get_if<TextList>(&value)) {
    return print_list(*list, [](const std::string& item) { return print_text(item); });
  }
  if (const auto* table = std::get_if<TextTable>(&value)) {
    return print_table(*table);
  }
  if (const auto* rules = std::get_if<std::vector<MergeRule>>(&value)) {
    return print_list(*rules,
                      [](const MergeRule& r) { return print_rule(r, merge_rule_options()); });
  }
  const auto& rules = std::get<std::vector<OrderRule>>(value);
  return print_list(rules, [](const OrderRule& r) { return print_rule(r, order_rule_options()); });
}

std::string description_of(const OptionForm& form) {
  switch (form.kind) {
    case Kind::kBoolean:
      return "true or false";
    case Kind::kCount:
      return "a whole number";
    case Kind::kRate:
      return std::string(form.zero_remedy.empty() ? "0 for no limit, or " : "") + "a number from " +
             print_number(form.rates.least) + " to " + print_number(form.rates.most);
    case Kind::kShare:
      return "a number above 0, at most 1";
    case Kind::kFraction:
      return "a number from 0 to 1";
    case Kind::kDuration:
      return "a duration, a whole number and ms, s, m, h or d, such as \"10s\"";
    case Kind::kSize:
      return "a size, a whole number and B, KiB, MiB or GiB, such as \"64KiB\"";
    case Kind::kByteRate:
      return "0 or a size, a whole number and B, KiB, MiB or GiB, such as \"64KiB\"";
    case Kind::kMode:
      return "permissions as a string of octal digits, such as \"0660\"";
    case Kind::kText:
      return "a string in quotes";
    case Kind::kTextList:
      return form.takes_one ? "a string in quotes, or a list of such"
                            : "a list of strings, such as [\"alice\", \"bob\"]";
    case Kind::kChoice:
      return print_choices(form.choices);
    case Kind::kTextTable:
      return "a table of names and strings";
    case Kind::kMergeRules:
      return "tables headed [[hubs.NAME.merge]]";
    case Kind::kOrderRules:
      return "tables headed [[hubs.NAME.order]]";
  }
  return "a value";
}

}  // namespace awps
