#pragma once

// Valid actions of every kind, chosen by a seed, with texts that are hard to quote.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "action/action.h"
#include "base/random.h"

namespace awps {

inline constexpr std::array<std::string_view, 16> kPieces = {
    "a", "Z9", " ", "\"", "\\", "/", "\n",  "\x7f",
    "é", "€",  "😀", "%",  "'",  ".", "&=+", "</script>"};

class RandomActions {
 public:
  explicit RandomActions(uint64_t seed) : random_(seed) {}

  Action next(Arena& arena) {
    Action action;
    action.kind = static_cast<ActionKind>(random_.below(kActionKinds));
    if (!member_key(action.kind).empty()) action.member = name(arena);
    if (has_group(action.kind)) action.group = name(arena);
    action.id = id(arena);
    if (action.kind == ActionKind::kGrantPermission ||
        action.kind == ActionKind::kRevokePermission) {
      action.permission =
          random_.chance(0.5) ? Permission::kSendToGroup : Permission::kJoinLeaveGroup;
    }
    if (random_.chance(0.3)) {
      action.time_to_live =
          Duration(1 + static_cast<int64_t>(
                           random_.below(static_cast<uint64_t>(kLongest) >> random_.below(60))));
    }
    if (is_send(action.kind)) add_message(action, arena);
    if (may_be_unordered(action.kind)) action.unordered = random_.chance(0.2);
    if (is_bulk_change(action.kind) || random_.chance(0.5)) {
      action.options = options(action.kind, arena);
    }
    return action;
  }

 private:
  static constexpr int64_t kLongest = 3'000'000'000'000'000'000;

  std::string text(size_t most) {
    std::string all;
    for (uint64_t i = random_.below(most); i > 0; --i)
      all += kPieces[random_.below(kPieces.size())];
    return all;
  }
  std::string_view name(Arena& arena) { return arena.copy("n" + text(6)); }

  std::string_view id(Arena& arena) {
    switch (random_.below(4)) {
      case 0:
        return "13";
      case 1:
        return "-123456789012345678901234567890";
      case 2:
        return arena.copy("\"\\u00e9 and \\\"" + std::to_string(random_.next()) + "\"");
      default:
        return {};
    }
  }

  void add_message(Action& action, Arena& arena) {
    action.data_type = static_cast<DataType>(random_.below(3));
    std::string data;
    if (action.data_type == DataType::kJson) {
      constexpr std::array<std::string_view, 6> kJson = {
          "null", " \"x\" ", "[1e999,{\"a\":\"\\ud83d\\ude00\"}]", "{}\n", "-0.0", "true"};
      data = kJson[random_.below(kJson.size())];
    } else if (random_.chance(0.5)) {
      for (uint64_t i = random_.below(40); i > 0; --i) data += static_cast<char>(random_.next());
    } else {
      data = text(30);
    }
    action.data = arena.copy(data);
  }

  const ActionOptions* options(ActionKind kind, Arena& arena) {
    using enum ActionKind;
    ActionOptions chosen;
    if (random_.chance(0.5)) chosen.hub = name(arena);
    if (random_.chance(0.5)) chosen.ordering_key = name(arena);
    if (is_send(kind)) {
      if (random_.chance(0.5)) chosen.conflation_key = name(arena);
      if (random_.chance(0.5)) {
        chosen.message_ttl_seconds = static_cast<uint16_t>(random_.below(301));
      }
      if (kind != kSendToConnection && random_.chance(0.5)) chosen.filter = name(arena);
    }
    if (is_close(kind) && random_.chance(0.5)) chosen.reason = arena.copy(text(5));
    if ((kind == kGrantPermission || kind == kRevokePermission) && random_.chance(0.5)) {
      chosen.target_name = arena.copy(text(5));
    }
    if (is_bulk_change(kind)) {
      chosen.filter = name(arena);
      ids_.clear();
      for (uint64_t i = 1 + random_.below(4); i > 0; --i) {
        ids_.push_back(arena.copy(std::to_string(i) + text(6)));  // each once
      }
      chosen.groups = ids_;
    }
    if (takes_excluded(kind)) {
      ids_.clear();
      for (uint64_t i = random_.below(4); i > 0; --i) ids_.push_back(name(arena));
      chosen.excluded = ids_;
    }
    Action carrier;
    carrier.options = &chosen;
    return copy_into(carrier, arena).options;
  }

  Random random_;
  std::vector<std::string_view> ids_;
};

}  // namespace awps
