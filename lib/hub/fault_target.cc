#include "hub/fault_target.h"

#include "base/hash.h"
#include "hub/waiting_lanes.h"

namespace awps {

namespace {

constexpr uint64_t kFormSeed = 0x9e3779b97f4a7c15U;

}  // namespace

uint64_t fault_target_of(const Action& action, uint64_t hub) {
  uint64_t hash = hub + 8 * static_cast<uint64_t>(action.kind);  // room for the parts below
  if (!action.member.empty()) hash = hash_of(action.member, hash + 1);
  if (!action.group.empty()) hash = hash_of(action.group, hash + 2);
  if (action.options->filter) hash = hash_of(*action.options->filter, hash + 3);
  for (const std::string_view group : action.options->groups) hash = hash_of(group, hash + 4);
  return hash;
}

uint64_t fault_target_of(const Operation& operation, uint64_t hub) {
  const uint64_t target = fault_target_of(operation.action(), hub);
  if (operation.members.size() < 2) return target;
  return target ^ (kFormSeed * (static_cast<uint64_t>(operation.form) + 1));
}

std::string fault_target_name(const Operation& operation) {
  std::string name = target_text(operation.action());
  if (operation.members.size() < 2) return name;
  return std::string(name_of(operation.form)) + " of " + std::to_string(operation.members.size()) +
         ", first " + name;
}

}  // namespace awps
