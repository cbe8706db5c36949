#include "config/print.h"

#include <algorithm>
#include <map>

#include "config/names.h"

namespace awps {
namespace {

constexpr size_t kCommentColumn = 44;

constexpr std::string_view kPreamble =
    "# The options of awpsd. An option that is left out has the value shown here.\n"
    "# Durations: ms s m h d. Sizes: B KiB MiB GiB. SIGHUP reloads; options marked (restart) "
    "change\n"
    "# at the next start. Files in conf.d are read after this one and win, key by key.\n";

std::string_view heading_comment(std::string_view table) {
  if (table == "service") {
    return "the default; [services.NAME]: same keys, except hub";
  }
  if (table == "gateway") {
    return "[hubs.NAME.gateway]: answer, answer_within, allow_keys";
  }
  if (table == "hub_defaults") {
    return "[hubs.NAME]: same keys; those left out come from here";
  }
  return "";
}

std::string with_comment(std::string line, std::string_view comment) {
  if (!comment.empty()) {
    line.resize(std::max(line.size() + 1, kCommentColumn), ' ');
    line.append("# ").append(comment);
  }
  return line + "\n";
}

bool is_rules(const ListedOption& option) {
  return option.about.form.kind == OptionForm::Kind::kMergeRules ||
         option.about.form.kind == OptionForm::Kind::kOrderRules;
}

std::string print_option(const ListedOption& option) {
  std::string comment(option.about.comment);
  comment += option.about.applies == Applies::kAtStart ? " (restart)" : "";
  return with_comment(std::string(option.name()) + " = " + option.value, comment);
}

std::string print_head(const std::string& table) {
  return table.empty() ? "\n" : "\n" + with_comment("[" + table + "]", heading_comment(table));
}

/// Tables in the order of their first options, so that a table's keys stand together under its
/// head.
/// `first` has its head even if nothing stands in it.
std::string print_tables(const std::vector<ListedOption>& options, const std::string& first) {
  std::vector<std::pair<std::string, std::string>> tables{{first, print_head(first)}};
  for (const ListedOption& option : options) {
    auto table = std::ranges::find(tables, option.table, [](const auto& t) { return t.first; });
    if (table == tables.end()) {
      table = tables.insert(tables.end(), {option.table, print_head(option.table)});
    }
    if (!is_rules(option) || option.value != "[]") {
      table->second += print_option(option);
    }
  }
  std::string text;
  for (const auto& [name, lines] : tables) {
    text += lines;
  }
  return text;
}

template <typename Owner>
void list(std::vector<ListedOption>& listed, const std::string& root, const Owner& owner,
          std::span<const Option<Owner>> options) {
  for (const Option<Owner>& option : options) {
    const std::string_view name = option.about.name;
    const size_t dot = name.rfind('.');
    std::string table = root;
    if (dot != std::string_view::npos) {
      table.append(table.empty() ? "" : ".").append(name.substr(0, dot));
    }
    listed.push_back({.table = std::move(table),
                      .about = option.about,
                      .value = print_value(option.about.form, option.get(owner))});
  }
}

template <typename Rule>
std::string print_example(std::string_view head, const Rule& rule,
                          std::span<const Option<Rule>> options) {
  std::string text = "\n# " + std::string(head) + "\n";
  for (const Option<Rule>& option : options) {
    text += with_comment("# " + std::string(option.about.name) + " = " +
                             print_value(option.about.form, option.get(rule)),
                         option.about.comment);
  }
  return text;
}

std::string print_examples() {
  MergeRule merge;
  merge.groups = "device-*";
  OrderRule order;
  order.groups = "log-*";
  return "\n# Examples of rules; there are none by default. The first that fits counts.\n" +
         print_example("[[hubs.telemetry.merge]]", merge, merge_rule_options()) +
         print_example("[[hubs.telemetry.order]]", order, order_rule_options());
}

std::string print_stream_example() {
  StreamConfig stream;
  stream.brokers = "kafka-1:9093,kafka-2:9093";
  stream.topic = "awps-actions";
  return "\n# A stream: actions from a topic of Kafka or Event Hubs. There is none by default.\n" +
         print_example("[streams.orders]", stream, stream_options());
}

void list_service(std::vector<ListedOption>& listed, const std::string& name,
                  const ServiceConfig& service) {
  list(listed, join_key("services", name), service, service_options());
  std::erase_if(listed, [](const ListedOption& option) {
    return option.table.starts_with("services.") && option.name() == "hub";
  });
}

/// Without [hub_defaults.gateway], which is [gateway].
void list_hub_defaults(std::vector<ListedOption>& listed, const HubConfig& hub) {
  list(listed, "hub_defaults", hub, hub_options());
  std::erase_if(listed,
                [](const ListedOption& option) { return option.table == "hub_defaults.gateway"; });
}

/// What [hubs.NAME] has to say so that the hub becomes what it is.
std::vector<ListedOption> list_deviations(const Config& config, const std::string& name,
                                          const HubConfig& hub) {
  std::vector<ListedOption> own;
  std::vector<ListedOption> defaults;
  list(own, join_key("hubs", name), hub, hub_options());
  list(defaults, "", config.hub_defaults, hub_options());
  std::vector<ListedOption> listed;
  for (size_t i = 0; i < own.size(); ++i) {
    if (own[i].value != defaults[i].value) {
      listed.push_back(own[i]);
    }
  }
  return listed;
}

using ByKey = std::map<std::string, ListedOption>;

ByKey by_key(const Config& config) {
  ByKey result;
  for (ListedOption& option : list_options(config)) {
    std::string key = option.table + (option.table.empty() ? "" : ".") + std::string(option.name());
    result.emplace(std::move(key), std::move(option));
  }
  return result;
}

// What a log or an answer may show of it.
std::string shown(const ListedOption& option) {
  const TextMask mask = option.about.form.mask;
  return mask == nullptr ? option.value : mask(option.value);
}

// Hubs and streams that are in one only.
std::vector<std::string> lone_tables(const Config& one, const Config& other) {
  std::vector<std::string> tables;
  for (const auto& [name, hub] : one.hubs) {
    if (!other.hubs.contains(name)) tables.push_back(join_key("hubs", name));
  }
  for (const auto& [name, stream] : one.streams) {
    if (!other.streams.contains(name)) tables.push_back(join_key("streams", name));
  }
  return tables;
}

void add_tables_of(const Config& other, Config& config) {
  for (const auto& [name, hub] : other.hubs) {
    config.hubs.try_emplace(name, config.hub_defaults);
  }
  for (const auto& [name, stream] : other.streams) config.streams.try_emplace(name);
}

}  // namespace

std::vector<ListedOption> list_options(const Config& config) {
  std::vector<ListedOption> listed;
  list(listed, "", config, config_options());
  list(listed, "service", config.service, service_options());
  for (const auto& [name, service] : config.services) {
    list_service(listed, name, service);
  }
  list_hub_defaults(listed, config.hub_defaults);
  for (const auto& [name, hub] : config.hubs) {
    list(listed, join_key("hubs", name), hub, hub_options());
  }
  for (const auto& [name, stream] : config.streams) {
    list(listed, join_key("streams", name), stream, stream_options());
  }
  return listed;
}

std::string print_config() {
  return print_config(Config());
}

std::string print_config(const Config& config) {
  std::vector<ListedOption> own;
  list(own, "", config, config_options());
  const auto spool = std::ranges::find(own, "spool", &ListedOption::table);
  const auto middle = std::ranges::find(own, "socket", &ListedOption::table);

  std::string text(kPreamble);
  text += print_tables({own.begin(), middle}, "");
  std::vector<ListedOption> listed;
  list(listed, "service", config.service, service_options());
  text += print_tables(listed, "service");
  for (const auto& [name, service] : config.services) {
    listed.clear();
    list_service(listed, name, service);
    text += print_tables(listed, join_key("services", name));
  }
  text += print_tables({middle, spool}, "socket");
  listed.clear();
  list_hub_defaults(listed, config.hub_defaults);
  text += print_tables(listed, "hub_defaults") + print_examples();
  for (const auto& [name, hub] : config.hubs) {
    text += print_tables(list_deviations(config, name, hub), join_key("hubs", name));
  }
  text += print_tables({spool, own.end()}, "spool") + print_stream_example();
  for (const auto& [name, stream] : config.streams) {
    listed.clear();
    list(listed, join_key("streams", name), stream, stream_options());
    text += print_tables(listed, join_key("streams", name));
  }
  return text;
}

// What came or went as a whole does so at a reload, whatever its options wait for.
std::vector<ConfigChange> changes_between(const Config& before, const Config& after) {
  const std::vector<std::string> gone = lone_tables(before, after);
  const std::vector<std::string> come = lone_tables(after, before);
  std::vector<ConfigChange> changes;
  for (const std::string& table : gone) changes.push_back({table, "configured", ""});
  for (const std::string& table : come) changes.push_back({table, "", "configured"});
  const auto is_lone = [&](const std::string& table) {
    return std::ranges::count(gone, table) + std::ranges::count(come, table) > 0;
  };

  Config old_one = before;
  Config new_one = after;
  add_tables_of(after, old_one);
  add_tables_of(before, new_one);
  ByKey new_options = by_key(new_one);
  for (const auto& [key, option] : by_key(old_one)) {
    const auto found = new_options.find(key);
    if (found == new_options.end()) {
      changes.push_back({key, shown(option), ""});
      continue;
    }
    if (found->second.value != option.value) {
      const Applies applies = is_lone(option.table) ? Applies::kAtReload : option.about.applies;
      changes.push_back({key, shown(option), shown(found->second), applies});
    }
    new_options.erase(found);
  }
  for (const auto& [key, option] : new_options) changes.push_back({key, "", shown(option)});
  std::ranges::sort(changes, {}, &ConfigChange::key);
  return changes;
}

}  // namespace awps
