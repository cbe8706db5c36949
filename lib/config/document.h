#pragma once

// Document: a TOML text as a plain tree in which every key and value knows its place. The one place
// that knows toml++, so that the reader behind it speaks of keys and values alone.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "config/config_error.h"

namespace awps {

struct ConfigMember;

struct ConfigNode {
  enum class Kind : uint8_t { kInteger, kNumber, kBoolean, kText, kList, kTable, kTime };
  Kind kind = Kind::kTable;
  ConfigPlace place;
  int64_t integer = 0;
  double number = 0;  // kNumber, and kInteger as well
  bool boolean = false;
  std::string text;
  std::vector<ConfigNode> items;      // kList
  std::vector<ConfigMember> members;  // kTable
};

struct ConfigMember {
  std::string key;
  ConfigPlace place;
  ConfigNode value;
};

/// The table of the whole text, or the first mistake in its TOML.
Result<ConfigNode, ConfigError> parse_document(std::string_view file, std::string_view text);

/// What a value is, for people: "the number 10", "a string". Texts are not shown: a secret may have
/// come to stand there by mistake.
std::string description_of(const ConfigNode& node);

}  // namespace awps
