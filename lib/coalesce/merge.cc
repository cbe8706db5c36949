#include "coalesce/merge.h"

#include <vector>

#include "coalesce/target.h"

namespace awps {

namespace {

PatternIndex index_of(std::span<const MergeRules::Rule> rules) {
  std::vector<std::string_view> patterns;
  for (const MergeRules::Rule& rule : rules) patterns.push_back(rule.groups);
  return PatternIndex(patterns);
}

}  // namespace

MergeRules::MergeRules(std::span<const Rule> rules) : rules_(rules), index_(index_of(rules)) {}

const MergeRules::Rule* MergeRules::rule_for(const Action& action) const {
  if (rules_.empty() || action.kind != ActionKind::kSendToGroup) return nullptr;
  const size_t place = index_.first_match(action.group);
  if (place == PatternIndex::kNone) return nullptr;
  const Rule* rule = &rules_[place];
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
