#include "coalesce/merge.h"

#include "base/hash.h"
#include "base/pattern.h"
#include "coalesce/target.h"

namespace awps {

const MergeRules::Rule* MergeRules::find(std::string_view group) {
  Known& known = known_[hash_of(group, 0) % kKnown];
  if (known.group == group) return known.rule;  // a group's name is never empty
  known.group = group;
  known.rule = nullptr;
  for (const Rule& rule : rules_) {
    if (!matches_pattern(rule.groups, group)) continue;
    known.rule = &rule;
    break;
  }
  return known.rule;
}

const MergeRules::Rule* MergeRules::rule_for(const Action& action) {
  if (rules_.empty() || action.kind != ActionKind::kSendToGroup) return nullptr;
  const Rule* rule = find(action.group);
  if (rule == nullptr) return nullptr;
  const bool fits =
      rule->format == MergeFormat::kJsonArray
          ? action.data_type == DataType::kJson
          : action.data_type == DataType::kText && action.data.find('\n') == std::string_view::npos;
  return fits ? rule : nullptr;
}

bool merges_with(const Action& a, const Action& b) {
  return a.data_type == b.data_type &&
         a.options->message_ttl_seconds == b.options->message_ttl_seconds && same_target(a, b);
}

size_t merged_size(MergeFormat format, size_t count, size_t bytes) {
  const size_t separators = count - 1;
  return bytes + separators + (format == MergeFormat::kJsonArray ? 2 : 0);
}

void append_merged(std::string& out, MergeFormat format, std::string_view part, bool first) {
  const bool is_array = format == MergeFormat::kJsonArray;
  if (!first) {
    out += is_array ? ',' : '\n';
  } else if (is_array) {
    out += '[';
  }
  out += part;
}

void end_merged(std::string& out, MergeFormat format) {
  if (format == MergeFormat::kJsonArray) out += ']';
}

}  // namespace awps
