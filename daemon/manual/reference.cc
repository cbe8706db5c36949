#include "daemon/manual/reference.h"

#include <algorithm>
#include <limits>
#include <sstream>
#include <string_view>
#include <vector>

#include "admin/exposition.h"
#include "config/option.h"
#include "config/print.h"
#include "config/quantity.h"
#include "daemon/manual/roff.h"

namespace awps {

namespace {

using Kind = OptionForm::Kind;

std::string amount_of(const OptionForm& form, uint64_t amount) {
  if (form.kind == Kind::kDuration) return print_duration(Duration(static_cast<int64_t>(amount)));
  if (form.kind == Kind::kSize) return print_size(amount);
  return std::to_string(amount);
}

/// ", 1KiB or more", ", from 2 to 1024"; empty where there is no bound worth naming.
std::string bounds_of(const OptionForm& form) {
  if (form.kind != Kind::kCount && form.kind != Kind::kSize && form.kind != Kind::kDuration) {
    return "";
  }
  const bool has_least = form.least > 0;
  const bool has_most = form.most < OptionForm{}.most;
  if (has_least && has_most) {
    return ", from " + amount_of(form, form.least) + " to " + amount_of(form, form.most);
  }
  if (has_least) return ", " + amount_of(form, form.least) + " or more";
  if (has_most) return ", " + amount_of(form, form.most) + " at most";
  return "";
}

std::string heading_of(std::string_view table) {
  if (table.empty()) return "Of no table";
  std::string heading = "[" + std::string(table) + "]";
  if (table == "service") return heading + " and [services.NAME]";
  if (table == "gateway") {
    return heading + "; answer, answer_within and allow_keys also in [hubs.NAME.gateway]";
  }
  constexpr std::string_view kDefaults = "hub_defaults";
  if (!table.starts_with(kDefaults)) return heading;
  return heading + " and [hubs.NAME" + std::string(table.substr(kDefaults.size())) + "]";
}

std::string print_option(std::string_view name, const AboutOption& about,
                         const std::string& value) {
  std::string text = ".TP\n" + roff_code(name);
  if (!value.empty()) text += " = " + roff_code(value);
  text += "\n" + roff_text(std::string(about.comment)) + "\n.br\nWrite " +
          roff_text(description_of(about.form) + bounds_of(about.form)) + ".\n";
  if (about.applies == Applies::kAtStart) text += "A change takes effect at the next start.\n";
  return text;
}

/// Of tables of which there is none by default. `shows_empty`: an empty string is a default, too.
template <typename Owner>
std::string print_rules(std::string_view heading, std::span<const Option<Owner>> options,
                        bool shows_empty) {
  std::string text = ".SS " + roff_text(heading) + "\n";
  const Owner owner;
  for (const Option<Owner>& option : options) {
    const std::string value = print_value(option.about.form, option.get(owner));
    const bool is_shown = shows_empty || value != "\"\"";
    text += print_option(option.about.name, option.about, is_shown ? value : "");
  }
  return text;
}

/// A family of metrics, as a scrape describes it.
struct Family {
  std::string name;
  std::string type;
  std::string help;
  std::vector<std::string> labels;

  bool has(std::string_view label) const { return std::ranges::count(labels, label) > 0; }
};

/// A daemon with one of everything that has samples of its own.
std::string sample_scrape() {
  ServiceStatus status;
  status.endpoints.emplace_back().shared_by.emplace();
  HubStatus& hub = status.hubs.emplace_back();
  hub.report.emplace();
  hub.spool.emplace();
  GatewayStatus& gateway = status.gateway.emplace();
  gateway.certificate_end = WallTime();
  gateway.values.requests[{"sendToAll", 202}] = 1;
  gateway.values.reads[200] = 1;
  gateway.values.refused["signature"] = 1;
  StreamView& stream = status.streams.emplace_back();
  stream.partitions_of_topic = 1;
  stream.partitions.emplace_back().lag = 0;
  return admin::exposition(status, {});
}

/// The names of `{hub="",le="0.1"}`. Values have no quotes in the sample.
std::vector<std::string> labels_of(std::string_view sample) {
  std::vector<std::string> labels;
  size_t begin = sample.find('{');
  while (begin != std::string_view::npos) {
    const size_t end = sample.find("=\"", begin);
    labels.emplace_back(sample.substr(begin + 1, end - begin - 1));
    begin = sample.find("\",", end + 2);
    if (begin != std::string_view::npos) ++begin;
  }
  return labels;
}

/// "# HELP NAME TEXT", "# TYPE NAME TYPE", and then samples.
std::vector<Family> families_of(const std::string& scrape) {
  std::vector<Family> families;
  std::istringstream lines(scrape);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string mark;
    std::string keyword;
    std::string name;
    words >> mark >> keyword >> name >> std::ws;
    if (mark != "#") {
      if (families.back().labels.empty()) families.back().labels = labels_of(line);
    } else if (keyword == "HELP") {
      families.emplace_back().name = name;
      std::getline(words, families.back().help);
    } else {
      std::getline(words, families.back().type);
    }
  }
  return families;
}

std::string print_family(const Family& family) {
  std::string labels;
  for (const std::string& label : family.labels) labels += (labels.empty() ? "" : ", ") + label;
  if (!labels.empty()) labels = " {" + labels + "}";
  return ".TP\n" + roff_code(family.name) + roff_text(labels + " " + family.type) + "\n" +
         roff_text(family.help) + "\n";
}

}  // namespace

std::string options_as_roff() {
  std::string text;
  std::string table = "?";
  for (const ListedOption& option : list_options(Config{})) {
    if (option.table != table) text += ".SS " + roff_text(heading_of(option.table)) + "\n";
    table = option.table;
    text += print_option(option.name(), option.about, option.value);
  }
  return text + print_rules("[[hubs.NAME.merge]]", merge_rule_options(), /*shows_empty=*/false) +
         print_rules("[[hubs.NAME.order]]", order_rule_options(), /*shows_empty=*/false) +
         print_rules("[streams.NAME]", stream_options(), /*shows_empty=*/true);
}

std::string metrics_as_roff() {
  struct Section {
    std::string_view heading;
    bool (*has)(const Family&);
  };
  // A family stands in the first section that has it.
  static constexpr Section kSections[] = {
      {"Of each hub", [](const Family& family) { return family.has("hub"); }},
      {"Of each endpoint", [](const Family& family) { return family.has("endpoint"); }},
      {"Of each stream", [](const Family& family) { return family.has("stream"); }},
      {"Of the gateway",
       [](const Family& family) { return family.name.starts_with("awpsd_gateway_"); }},
      {"Of the process", [](const Family& family) { return family.name.starts_with("process_"); }},
      {"Of the daemon and its producers", [](const Family&) { return true; }}};
  std::vector<Family> families = families_of(sample_scrape());
  std::string text;
  for (const Section& section : kSections) {
    text += ".SS " + roff_text(section.heading) + "\n";
    for (const Family& family : families) {
      if (section.has(family)) text += print_family(family);
    }
    std::erase_if(families, section.has);
  }
  return text;
}

}  // namespace awps
