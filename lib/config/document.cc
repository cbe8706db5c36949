#include "config/document.h"

#include <toml++/toml.h>

#include <optional>

#include "config/load.h"
#include "config/quantity.h"

namespace awps {
namespace {

/// The configuration is four tables deep; more is no configuration, and depth costs stack.
constexpr int kMaxDepth = 8;

class Converter {
 public:
  explicit Converter(std::string_view file) : file_(file) {}

  ConfigNode table(const toml::table& source, ConfigPlace place, int depth) {
    ConfigNode node{.kind = ConfigNode::Kind::kTable, .place = std::move(place)};
    if (depth > kMaxDepth) {
      too_deep_ = node.place;
      return node;
    }
    for (const auto& [key, value] : source) {
      node.members.push_back({.key = std::string(key.str()),
                              .place = place_of(key.source()),
                              .value = convert(value, depth + 1)});
    }
    return node;
  }

  const std::optional<ConfigPlace>& too_deep() const { return too_deep_; }

 private:
  ConfigPlace place_of(const toml::source_region& region) const {
    return {.file = std::string(file_), .line = region.begin.line, .column = region.begin.column};
  }

  ConfigNode convert(const toml::node& source, int depth) {
    ConfigNode node{.kind = ConfigNode::Kind::kTime, .place = place_of(source.source())};
    if (const auto* table_node = source.as_table()) {
      return table(*table_node, node.place, depth);
    }
    if (const auto* integer = source.as_integer()) {
      node.kind = ConfigNode::Kind::kInteger;
      node.integer = integer->get();
      node.number = static_cast<double>(integer->get());
    } else if (const auto* number = source.as_floating_point()) {
      node.kind = ConfigNode::Kind::kNumber;
      node.number = number->get();
    } else if (const auto* boolean = source.as_boolean()) {
      node.kind = ConfigNode::Kind::kBoolean;
      node.boolean = boolean->get();
    } else if (const auto* text = source.as_string()) {
      node.kind = ConfigNode::Kind::kText;
      node.text = text->get();
    } else if (const auto* list = source.as_array()) {
      node.kind = ConfigNode::Kind::kList;
      convert_items(*list, node, depth);
    }
    return node;
  }

  void convert_items(const toml::array& source, ConfigNode& node, int depth) {
    if (depth > kMaxDepth) {
      too_deep_ = node.place;
      return;
    }
    for (const auto& item : source) {
      node.items.push_back(convert(item, depth + 1));
    }
  }

  const std::string_view file_;
  std::optional<ConfigPlace> too_deep_;
};

/// toml++ recurses as deep as a dotted key is long; short lines bound that.
Result<void, ConfigError> check_size(const std::string& file, std::string_view text) {
  if (text.size() > kMaxFileBytes) {
    return ConfigError{{.file = file}, "", "longer than 1 MiB; spread it over files in conf.d"};
  }
  uint32_t line = 1;
  for (size_t begin = 0; begin < text.size(); ++line) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    if (end - begin > kMaxLineLength) {
      return ConfigError{{.file = file, .line = line, .column = 1},
                         "",
                         "a line longer than 16 KiB; a list may span several lines"};
    }
    begin = end + 1;
  }
  return {};
}

}  // namespace

Result<ConfigNode, ConfigError> parse_document(std::string_view file, std::string_view text) {
  const std::string name(file);
  if (const auto checked = check_size(name, text); !checked) {
    return checked.error();
  }
  try {
    const toml::table parsed = toml::parse(text);
    Converter converter(file);
    ConfigNode root = converter.table(parsed, {.file = name, .line = 1, .column = 1}, 0);
    if (converter.too_deep()) {
      return ConfigError{*converter.too_deep(), "", "nested deeper than any option; flatten it"};
    }
    return root;
  } catch (const toml::parse_error& error) {
    const auto& begin = error.source().begin;
    return ConfigError{{.file = name, .line = begin.line, .column = begin.column},
                       "",
                       "not TOML: " + std::string(error.description()) + "; correct it here"};
  }
}

std::string description_of(const ConfigNode& node) {
  using enum ConfigNode::Kind;
  switch (node.kind) {
    case kInteger:
      return "the number " + std::to_string(node.integer);
    case kNumber:
      return "the number " + print_number(node.number);
    case kBoolean:
      return node.boolean ? "true" : "false";
    case kText:
      return "a string";
    case kList:
      return "a list";
    case kTable:
      return "a table";
    case kTime:
      return "a date or time";
  }
  return "a value";
}

}  // namespace awps
