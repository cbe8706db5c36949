#include "config/unknown_key.h"

#include <string_view>

#include "config/names.h"
#include "config/option.h"

namespace awps {
namespace {

/// Appends each table that has an option of this name: "max" lies in [hub_defaults.retry].
template <typename Owner>
void find_tables(std::vector<std::string>& found, std::string_view name, const std::string& root,
                 std::span<const Option<Owner>> options) {
  for (const Option<Owner>& option : options) {
    const std::string_view dotted = option.about.name;
    const size_t dot = dotted.rfind('.');
    const bool is_dotted = dot != std::string_view::npos;
    if (dotted.substr(is_dotted ? dot + 1 : 0) != name) {
      continue;
    }
    std::string table = root;
    if (is_dotted) {
      table.append(table.empty() ? "" : ".").append(dotted.substr(0, dot));
    }
    found.push_back(table.empty() ? "the top of the file" : "[" + table + "]");
  }
}

std::string listed(const std::vector<std::string>& words) {
  std::string result;
  for (size_t i = 0; i < words.size(); ++i) {
    result += i == 0 ? "" : i + 1 == words.size() ? " or " : ", ";
    result += words[i];
  }
  return result;
}

std::string tables_with(const UnknownOption& unknown) {
  const bool in_hub = unknown.root.starts_with("hubs.");
  const bool in_service = unknown.root.starts_with("services.");
  const bool in_stream = unknown.root.starts_with("streams.");
  std::vector<std::string> found;
  find_tables(found, unknown.name, "", config_options());
  find_tables(found, unknown.name, in_service ? unknown.root : "service", service_options());
  find_tables(found, unknown.name, in_hub ? unknown.root : "hub_defaults", hub_options());
  find_tables(found, unknown.name, in_stream ? unknown.root : "streams.NAME", stream_options());
  std::erase(found, "[hub_defaults.gateway]");  // all of it is in [gateway]
  return listed(found);
}

}  // namespace

std::string remedy_for_unknown_key(const UnknownOption& unknown) {
  std::vector<std::string> candidates = unknown.siblings;
  if (unknown.table.empty()) {
    candidates.insert(candidates.end(), {"service", "services", "hub_defaults", "hubs", "streams"});
  }
  if (const std::string tables = tables_with(unknown); !tables.empty()) {
    return "is no option here; it belongs in " + tables;
  }
  if (const auto nearest = nearest_name(unknown.name, candidates)) {
    return "is no option; did you mean " + *nearest + "?";
  }
  std::string remedy = "is no option; remove it (awpsd --print-config prints all that there are)";
  if (unknown.table.starts_with("hubs.")) {
    remedy += ", or quote the name of a hub that has a dot: [hubs.\"a.b\"]";
  }
  return remedy;
}

}  // namespace awps
