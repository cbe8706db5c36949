#include "emulator/permissions.h"

#include <algorithm>

namespace awps::emulator {

namespace {

constexpr size_t kMaxPatterns = 10;
constexpr size_t kMaxPatternBytes = 1024;
constexpr std::ptrdiff_t kMaxStars = 5;

bool matches_after_star(std::string_view pattern, std::string_view group, bool takes_dots) {
  for (size_t taken = 0; taken <= group.size(); ++taken) {
    if (group_matches(pattern, group.substr(taken))) return true;
    if (taken < group.size() && group[taken] == '.' && !takes_dots) return false;
  }
  return false;
}

}  // namespace

bool group_matches(std::string_view pattern, std::string_view group) {
  while (!pattern.empty()) {
    const char c = pattern.front();
    if (c == '*') {
      const bool takes_dots = pattern.starts_with("**");
      return matches_after_star(pattern.substr(takes_dots ? 2 : 1), group, takes_dots);
    }
    if (group.empty()) return false;
    const bool is_escaped = c == '\\' && pattern.size() > 1;
    if (is_escaped) pattern.remove_prefix(1);
    const bool same = c == '?' ? group.front() != '.' : pattern.front() == group.front();
    if (!same) return false;
    pattern.remove_prefix(1);
    group.remove_prefix(1);
  }
  return group.empty();
}

Result<void> Permissions::add_role(Permission permission, std::string_view verb,
                                   std::string_view role) {
  if (!role.starts_with(verb)) return {};
  role.remove_prefix(verb.size());
  Rules& own = rules(permission);
  if (role.empty()) own.everything = true;
  if (role.starts_with('.')) own.granted.emplace(role.substr(1));
  if (!role.starts_with("s.")) return {};
  const auto pattern = role.substr(2);
  if (own.patterns.size() >= kMaxPatterns || pattern.size() > kMaxPatternBytes ||
      std::ranges::count(pattern, '*') > kMaxStars) {
    return Error{"Invalid role: at most 10 patterns of 1024 characters with 5 '*' each."};
  }
  own.patterns.emplace_back(pattern);
  return {};
}

Result<Permissions> Permissions::from_roles(const std::vector<std::string>& roles) {
  Permissions permissions;
  for (const std::string& role : roles) {
    for (const auto& [permission, verb] :
         {std::pair(Permission::kJoinLeaveGroup, "webpubsub.joinLeaveGroup"),
          std::pair(Permission::kSendToGroup, "webpubsub.sendToGroup")}) {
      auto added = permissions.add_role(permission, verb, role);
      if (!added.ok()) return added.error();
    }
  }
  return permissions;
}

bool Permissions::allows(Permission permission, std::string_view group) const {
  const Rules& own = rules(permission);
  if (own.revoked.contains(group)) return false;
  return own.everything || own.granted.contains(group) ||
         std::ranges::any_of(own.patterns, [&](const auto& p) { return group_matches(p, group); });
}

bool Permissions::grant(Permission permission, std::string_view group) {
  Rules& own = rules(permission);
  if (const auto revoked = own.revoked.find(group); revoked != own.revoked.end()) {
    own.revoked.erase(revoked);
  }
  if (!own.granted.contains(group) && own.granted.size() + own.revoked.size() >= kMaxLiteralRules) {
    return false;
  }
  own.granted.emplace(group);
  return true;
}

bool Permissions::revoke(Permission permission, std::string_view group) {
  Rules& own = rules(permission);
  if (const auto granted = own.granted.find(group); granted != own.granted.end()) {
    own.granted.erase(granted);
  }
  if (!own.revoked.contains(group) && own.granted.size() + own.revoked.size() >= kMaxLiteralRules) {
    return false;
  }
  own.revoked.emplace(group);
  return true;
}

}  // namespace awps::emulator
