#pragma once

// The kinds of values that options have: how each is written, read, bounded and explained. What one
// option's values may be is its OptionForm; an OptionValue is what was read. Pure functions.
//
// Reading what print_value() wrote gives the same OptionValue again.

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "config/config.h"
#include "config/document.h"

namespace awps {

using TextList = std::vector<std::string>;
using TextTable = StreamConfig::Properties;

/// Durations stand as Duration; counts, sizes, modes and the number of a choice as uint64_t.
using OptionValue = std::variant<bool, uint64_t, double, Duration, std::string, TextList, TextTable,
                                 std::vector<MergeRule>, std::vector<OrderRule>>;

/// What people are shown of a value, as TOML, that may hold a secret.
using TextMask = std::string (*)(std::string_view printed);

/// A text in the form that the program wants, or what is wrong with it.
using TextCheck = Result<std::string> (*)(std::string_view text);

struct OptionForm {
  enum class Kind : uint8_t {
    kBoolean,
    kCount,     // a whole number
    kRate,      // a number within `rates`, fractions allowed; 0, too, where `zero_remedy` is empty
    kShare,     // a number > 0 and ≤ 1
    kFraction,  // a number from 0 to 1
    kDuration,  // "10s"
    kSize,      // "64KiB"
    kByteRate,  // 0 or "64KiB"
    kMode,      // "0660", permissions in octal
    kText,
    kTextList,    // of each item, `check` where there is one
    kChoice,      // one of `choices`, in the order of the enumerators
    kTextTable,   // names with dots and their values, read by the reader; of each, `check`
    kMergeRules,  // a list of tables, read by the reader
    kOrderRules,
  };

  Kind kind = Kind::kText;
  uint64_t least = 0;  // of counts, of bytes, of nanoseconds
  uint64_t most = std::numeric_limits<int64_t>::max();
  struct Rates {
    double least = 0.001;
    double most = 1e9;
  };
  Rates rates = {};
  std::string_view zero_remedy = {};  // where 0 is refused: what to write instead
  std::span<const std::string_view> choices;
  TextCheck check = nullptr;
  TextMask mask = nullptr;
  bool takes_one = false;  // of lists: a string stands for a list of it, and none is a mistake
};

/// The value of `node`, or what is wrong with it and the remedy ("is the number 10; write …").
Result<OptionValue> parse_value(const OptionForm& form, const ConfigNode& node);

/// One value of a kTextTable: a string, a whole number or a boolean, as text.
Result<std::string> parse_table_text(const OptionForm& form, const ConfigNode& node);

/// As TOML: `"10s"`, `64`, `["alice"]`.
std::string print_value(const OptionForm& form, const OptionValue& value);

/// What may be written, for people: `duration`, `true or false`, `"memory", "overflow" or
/// "durable"`.
std::string description_of(const OptionForm& form);

}  // namespace awps
