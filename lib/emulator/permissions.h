#pragma once

// What a connection may do with groups: roles from its token, grants and revokes by REST.
// 1. A revoke denies from now on whatever a general role or a pattern allows, until a grant of the
// same.
// 2. REST names literal groups only: '*' is a group's name there. Roles: webpubsub.<verb> (all
//    groups), webpubsub.<verb>.<group> (one), webpubsub.<verb>s.<pattern> with '?' one character
//    but '.', '*' any number but '.', '**' any, '\' escapes; verbs joinLeaveGroup, sendToGroup.
//    Other roles mean nothing here. Pure.

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace awps::emulator {

enum class Permission { kJoinLeaveGroup, kSendToGroup };

inline constexpr size_t kMaxLiteralRules = 1000;

bool group_matches(std::string_view pattern, std::string_view group);

class Permissions {
 public:
  /// Fails for a pattern beyond the service's limits.
  static Result<Permissions> from_roles(const std::vector<std::string>& roles);

  bool allows(Permission permission, std::string_view group) const;
  /// False if that would be more than kMaxLiteralRules of the permission.
  bool grant(Permission permission, std::string_view group);
  bool revoke(Permission permission, std::string_view group);

 private:
  using Names = std::set<std::string, std::less<>>;
  struct Rules {
    bool everything = false;
    Names granted;
    Names revoked;
    std::vector<std::string> patterns;
  };
  Result<void> add_role(Permission permission, std::string_view verb, std::string_view role);
  Rules& rules(Permission permission) { return rules_[static_cast<size_t>(permission)]; }
  const Rules& rules(Permission permission) const {
    return rules_[static_cast<size_t>(permission)];
  }

  std::array<Rules, 2> rules_;
};

}  // namespace awps::emulator
