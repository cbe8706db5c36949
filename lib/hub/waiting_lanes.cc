#include "hub/waiting_lanes.h"

#include <algorithm>
#include <utility>

#include "hub/entry.h"

namespace awps {

namespace {

constexpr size_t kMostLooked = 100'000;

uint64_t waiting_in(const Lane& lane) {
  return lane.count - lane.open_count;
}

}  // namespace

std::string target_text(const Action& action) {
  std::string text(name_of(action.kind));
  const std::string_view key = member_key(action.kind);
  if (!key.empty()) {
    text += key == "userId" ? " of user '" : " of connection '";
    text += action.member;
    text += '\'';
  }
  if (has_group(action.kind)) {
    text += " in group '";
    text += action.group;
    text += '\'';
  }
  const std::span<const std::string_view> groups = action.options->groups;
  if (!groups.empty()) {
    text += groups.size() == 1 ? " in group '"
                               : " in " + std::to_string(groups.size()) + " groups, the first '";
    text += groups.front();
    text += '\'';
  }
  return text;
}

std::vector<LaneInWords> longest_lanes(const LaneTable& lanes, size_t limit) {
  if (lanes.contended() == 0 || limit == 0) return {};
  std::vector<const Lane*> longest;
  const auto longer = [](const Lane* a, const Lane* b) { return waiting_in(*a) > waiting_in(*b); };
  size_t looked = 0;
  lanes.for_each([&](const Lane& lane) {
    if (lane.first_waiting != nullptr) {
      longest.insert(std::ranges::upper_bound(longest, &lane, longer), &lane);
      if (longest.size() > limit) longest.pop_back();
    }
    return ++looked < kMostLooked;
  });
  std::vector<LaneInWords> words;
  for (const Lane* lane : longest) {
    words.push_back({target_text(lane->first_waiting->entry()->action()), waiting_in(*lane)});
  }
  return words;
}

}  // namespace awps
