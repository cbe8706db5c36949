#include "config/reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.h"
#include "base/hub_name.h"
#include "config/consistency.h"
#include "config/names.h"
#include "config/unknown_key.h"

namespace awps {
namespace {

/// Top tables with options of their own kind; all others are config_options().
constexpr std::array<std::string_view, 5> kOwnTables{"service", "services", "hub_defaults", "hubs",
                                                     "streams"};

template <typename Owner>
const Option<Owner>* find_option(std::span<const Option<Owner>> options, std::string_view name) {
  const auto found =
      std::ranges::find(options, name, [](const Option<Owner>& o) { return o.about.name; });
  return found == options.end() ? nullptr : &*found;
}

/// Is `name` the table of dotted options, as "retry" is that of "retry.max"?
template <typename Owner>
bool is_table_of(std::span<const Option<Owner>> options, std::string_view name) {
  return std::ranges::any_of(options, [&](const Option<Owner>& o) {
    return o.about.name.starts_with(name) && o.about.name.substr(name.size()).starts_with('.');
  });
}

/// It stands in labels of metrics, in log lines and in commands.
bool is_stream_name(std::string_view name) {
  static constexpr size_t kLongest = 64;
  const auto fits = [](char c) { return is_alphanumeric(c) || c == '.' || c == '_' || c == '-'; };
  return !name.empty() && name.size() <= kLongest && std::ranges::all_of(name, fits);
}

template <typename Owner>
std::vector<std::string> names_within(std::span<const Option<Owner>> options,
                                      std::string_view within) {
  std::vector<std::string> names;
  for (const Option<Owner>& option : options) {
    std::string_view name = option.about.name;
    if (!within.empty()) {
      if (!name.starts_with(within) || !name.substr(within.size()).starts_with('.')) {
        continue;
      }
      name.remove_prefix(within.size() + 1);
    }
    names.emplace_back(name.substr(0, name.find('.')));
  }
  return names;
}

}  // namespace

void ConfigReader::fail(const ConfigPlace& place, const std::string& key, std::string message) {
  failed_.insert(key);
  errors_.push_back({.place = place, .key = key, .message = std::move(message)});
}

bool ConfigReader::expect_table(const ConfigMember& member, const std::string& key) {
  if (member.value.kind == ConfigNode::Kind::kTable) {
    return true;
  }
  fail(member.place, key,
       "is " + description_of(member.value) + "; write a table headed [" + key + "]");
  return false;
}

void ConfigReader::read(ConfigNode root) {
  for (ConfigMember& member : root.members) {
    const std::string& key = member.key;
    if (std::ranges::find(kOwnTables, key) == kOwnTables.end()) {
      apply_member(member, {}, config_, config_options());
    } else if (!expect_table(member, key)) {
      continue;
    } else if (key == "service") {
      apply(member.value, {key, ""}, config_.service, service_options());
    } else if (key == "services") {
      read_services(member.value);
    } else if (key == "hub_defaults") {
      apply(member.value, {key, ""}, config_.hub_defaults, hub_options());
    } else if (key == "streams") {
      read_streams(member.value);
    } else {
      read_hubs(std::move(member.value));
    }
  }
}

void ConfigReader::read_services(const ConfigNode& table) {
  for (const ConfigMember& member : table.members) {
    const std::string key = join_key("services", member.key);
    if (member.key.empty()) {
      fail(member.place, key, "a service without a name; write one, such as [services.backup]");
    } else if (expect_table(member, key)) {
      config_.origins.places[key] = member.place;
      apply(member.value, {key, ""}, config_.services[member.key], service_options());
    }
  }
}

void ConfigReader::read_streams(const ConfigNode& table) {
  for (const ConfigMember& member : table.members) {
    const std::string key = join_key("streams", member.key);
    if (!is_stream_name(member.key)) {
      fail(member.place, key,
           "is no name of a stream; write 1 to 64 letters, digits, '.', '_' and '-', such as "
           "[streams.orders]");
    } else if (expect_table(member, key)) {
      config_.origins.places[key] = member.place;
      apply(member.value, {key, ""}, config_.streams[member.key], stream_options());
    }
  }
}

void ConfigReader::remember_spelling(const std::string& name, const ConfigMember& member) {
  const auto [known, is_new] = spellings_.try_emplace(name, member.key, member.place);
  if (!is_new && known->second.first != member.key) {
    const auto& [spelling, place] = known->second;
    fail(member.place, join_key("hubs", member.key),
         "is the same hub as " + join_key("hubs", spelling) + " of " + place.file + ":" +
             std::to_string(place.line) +
             ", since case does not count in hub names; spell it the same in both places");
  }
}

void ConfigReader::read_hubs(ConfigNode table) {
  for (ConfigMember& member : table.members) {
    const std::string key = join_key("hubs", member.key);
    const auto name = canonical_hub_name(member.key);
    if (!name) {
      fail(member.place, key, no_hub_name());
    } else if (expect_table(member, key)) {
      remember_spelling(*name, member);
      pending_hubs_.push_back({.name = *name, .table = std::move(member.value)});
    }
  }
}

template <typename Owner>
void ConfigReader::apply(const ConfigNode& table, const Scope& scope, Owner& owner,
                         std::span<const Option<Owner>> options) {
  for (const ConfigMember& member : table.members) {
    apply_member(member, scope, owner, options);
  }
}

template <typename Owner>
void ConfigReader::apply_member(const ConfigMember& member, const Scope& scope, Owner& owner,
                                std::span<const Option<Owner>> options) {
  const std::string name = join_key(scope.within, member.key);
  const std::string key = join_key(scope.key, member.key);
  if (const Option<Owner>* option = find_option(options, name)) {
    set_option(member, key, owner, *option);
  } else if (!is_table_of(options, name)) {
    fail(member.place, key,
         remedy_for_unknown_key({.name = member.key,
                                 .table = scope.key,
                                 .root = scope.root(),
                                 .siblings = names_within(options, scope.within)}));
  } else if (expect_table(member, key)) {
    apply(member.value, {key, name}, owner, options);
  }
}

template <typename Owner>
void ConfigReader::set_option(const ConfigMember& member, const std::string& key, Owner& owner,
                              const Option<Owner>& option) {
  config_.origins.places[key] = member.place;
  failed_.erase(key);
  if (option.about.form.kind == OptionForm::Kind::kMergeRules) {
    option.set(owner, read_rules(member, key, merge_rule_options()));
    return;
  }
  if (option.about.form.kind == OptionForm::Kind::kOrderRules) {
    option.set(owner, read_rules(member, key, order_rule_options()));
    return;
  }
  if (option.about.form.kind == OptionForm::Kind::kTextTable) {
    TextTable texts = std::get<TextTable>(option.get(owner));
    if (expect_table(member, key)) read_texts(member.value, {key, "", option.about.form}, texts);
    option.set(owner, std::move(texts));
    return;
  }
  auto value = parse_value(option.about.form, member.value);
  if (!value) {
    fail(member.place, key, value.error().message);
    return;
  }
  option.set(owner, std::move(*value));
}

// `fetch.wait.max.ms = 100` without quotes is a table in a table to TOML; what is meant is clear.
void ConfigReader::read_texts(const ConfigNode& table, const TextScope& scope, TextTable& texts) {
  for (const ConfigMember& member : table.members) {
    const std::string name = scope.within.empty() ? member.key : scope.within + "." + member.key;
    if (member.value.kind == ConfigNode::Kind::kTable) {
      read_texts(member.value, {scope.key, name, scope.form}, texts);
      continue;
    }
    const std::string key = join_key(scope.key, name);
    config_.origins.places[key] = member.place;
    failed_.erase(key);
    auto text = parse_table_text(scope.form, member.value);
    if (text) {
      texts.insert_or_assign(name, std::move(*text));
    } else {
      fail(member.place, key, text.error().message);
    }
  }
}

template <typename Rule>
std::vector<Rule> ConfigReader::read_rules(const ConfigMember& member, const std::string& key,
                                           std::span<const Option<Rule>> options) {
  std::vector<Rule> rules;
  if (member.value.kind != ConfigNode::Kind::kList) {
    fail(member.place, key,
         "is " + description_of(member.value) + "; write one table headed [[" + key +
             "]] for each rule");
    return rules;
  }
  for (const ConfigNode& item : member.value.items) {
    const std::string item_key = key + "[" + std::to_string(rules.size()) + "]";
    Rule& rule = rules.emplace_back();
    if (item.kind != ConfigNode::Kind::kTable) {
      fail(item.place, item_key,
           "is " + description_of(item) + "; write one table headed [[" + key + "]] for each rule");
      continue;
    }
    apply(item, {item_key, ""}, rule, options);
    if (rule.groups.empty() && !failed_.contains(item_key + ".groups")) {
      fail(item.place, item_key,
           "does not say whom it concerns; add groups, such as groups = \"device-*\"");
    }
  }
  return rules;
}

void ConfigReader::finish() {
  config_.hub_defaults.gateway = config_.gateway.each_hub;
  for (const PendingHub& pending : pending_hubs_) {
    HubConfig& hub = config_.hubs.try_emplace(pending.name, config_.hub_defaults).first->second;
    apply(pending.table, {join_key("hubs", pending.name), ""}, hub, hub_options());
  }
  for (ConfigError& error : check_consistency(config_)) {
    if (!failed_.contains(error.key)) {
      errors_.push_back(std::move(error));
    }
  }
}

}  // namespace awps
