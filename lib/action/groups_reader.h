#pragma once

// GroupsReader: the `groups` of a bulk change of memberships: an array of names, or a single one.
// Each is a group's name by the rules of `group`; one that stands there twice counts once, where it
// stood first. From 1 to kMaxGroups names are taken.
//
// One thread; no allocation once it has read as many names before.

#include <boost/unordered/unordered_flat_set.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "action/json_walk.h"

namespace awps {

inline constexpr size_t kMaxGroups = 1000;

class GroupsReader {
 public:
  /// The names, until the next call or the end of the line. Or nullopt: then `problem` is the rest
  /// of a sentence that begins "'groups' of addConnectionsToGroups ".
  std::optional<std::span<const std::string_view>> read(const JsonValue& groups,
                                                        std::string& problem);

 private:
  bool read_array(const JsonValue& array, std::string& problem);
  bool add(std::string_view name, std::string& problem);

  std::vector<std::string_view> names_;
  boost::unordered_flat_set<std::string_view> known_;
};

}  // namespace awps
