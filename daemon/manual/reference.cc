#include "daemon/manual/reference.h"

#include <limits>
#include <string_view>
#include <vector>

#include "config/option.h"
#include "config/print.h"
#include "config/quantity.h"
#include "daemon/manual/roff.h"
#include "metrics/metric_table.h"

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

template <typename Rule>
std::string print_rules(std::string_view heading, std::span<const Option<Rule>> options) {
  std::string text = ".SS " + roff_text(heading) + "\n";
  const Rule rule;
  for (const Option<Rule>& option : options) {
    const std::string value = print_value(option.about.form, option.get(rule));
    text += print_option(option.about.name, option.about, value == "\"\"" ? "" : value);
  }
  return text;
}

std::string print_metric(std::string_view name, std::string_view help) {
  return ".TP\n" + roff_code(name) + "\n" + roff_text(help) + "\n";
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
  return text + print_rules("[[hubs.NAME.merge]]", merge_rule_options()) +
         print_rules("[[hubs.NAME.order]]", order_rule_options());
}

std::string metrics_as_roff() {
  std::string text;
#define AWPS_METRIC_ROFF(field, name, help) text += print_metric(name, help);
  text += ".SS Counters of each hub\n";
  AWPS_HUB_COUNTERS(AWPS_METRIC_ROFF)
  text += print_metric(AWPS_HUB_CHARGES_NAME, AWPS_HUB_CHARGES_HELP);
  text += ".SS Gauges of each hub\n";
  AWPS_HUB_GAUGES(AWPS_METRIC_ROFF)
  text += ".SS Histograms of each hub\n";
  AWPS_HUB_HISTOGRAMS(AWPS_METRIC_ROFF)
  text += ".SS Counters of the intake\n";
  AWPS_INTAKE_COUNTERS(AWPS_METRIC_ROFF)
#undef AWPS_METRIC_ROFF
  return text;
}

}  // namespace awps
