#include "action/groups_reader.h"

#include "action/field_rules.h"
#include "action/refusal.h"

namespace awps {

namespace {

constexpr std::string_view kRemedy = ": give the groups' names as an array of strings";

}  // namespace

std::optional<std::span<const std::string_view>> GroupsReader::read(const JsonValue& groups,
                                                                    std::string& problem) {
  names_.clear();
  known_.clear();
  if (groups.is(JsonType::kArray)) {
    if (!read_array(groups, problem)) return std::nullopt;
  } else if (const auto name = text_or_integer(groups)) {
    if (!add(*name, problem)) return std::nullopt;
  } else {
    problem = concatenate({"is ", type_name(groups), kRemedy});
    return std::nullopt;
  }
  if (!names_.empty()) return names_;
  problem = "is empty: give the name of at least one group";
  return std::nullopt;
}

bool GroupsReader::read_array(const JsonValue& array, std::string& problem) {
  JsonElements elements(array);
  while (const JsonValue* value = elements.next()) {
    const auto name = text_or_integer(*value);
    if (!name) {
      problem = concatenate({"holds ", type_name(*value), kRemedy});
      return false;
    }
    if (!add(*name, problem)) return false;
  }
  return true;
}

bool GroupsReader::add(std::string_view name, std::string& problem) {
  const std::string_view bad = problem_of_group(name);
  if (!bad.empty()) {
    problem = concatenate({"holds a name that ", bad});
    return false;
  }
  if (!known_.insert(name).second) return true;
  if (names_.size() == kMaxGroups) {
    problem = "has more than 1000 names: use more than one action";
    return false;
  }
  names_.push_back(name);
  return true;
}

}  // namespace awps
