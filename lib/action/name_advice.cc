#include "action/name_advice.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "action/edit_distance.h"
#include "action/foreign_names.h"
#include "action/refusal.h"
#include "base/ascii.h"

namespace awps {

namespace {

// No name is longer than 30 characters: what lies beyond only costs time.
constexpr size_t kMaxComparedBytes = 48;
constexpr size_t kMaxEdits = 2;

// How many clients an action can reach, least first; of two for one member, the one that touches
// more groups is the wider.
enum class Reach : uint8_t {
  kConnection,
  kConnectionEverywhere,
  kUser,
  kUserEverywhere,
  kGroup,
  kAll,
};

Reach reach_of(ActionKind kind) {
  if (kind == ActionKind::kRemoveConnectionFromAllGroups) return Reach::kConnectionEverywhere;
  if (addresses_connection(kind)) return Reach::kConnection;
  if (kind == ActionKind::kRemoveUserFromAllGroups) return Reach::kUserEverywhere;
  if (addresses_user(kind)) return Reach::kUser;
  return has_group(kind) ? Reach::kGroup : Reach::kAll;
}

// What the SDKs put before and behind the name of an operation.
constexpr std::array<std::string_view, 5> kPrefixes = {"webpubsubaction", "webpubsub", "healthapi",
                                                       "create", "client"};
constexpr std::array<std::string_view, 6> kSuffixes = {"async",   "withresponse", "response",
                                                       "request", "options",      "action"};

std::string without_marks(std::string_view name) {
  std::string bare;
  for (const char c : name.substr(0, kMaxComparedBytes)) {
    if (is_alphanumeric(c)) bare += to_lower(c);
  }
  return bare;
}

bool take_off_affix(std::string& name) {
  for (const std::string_view prefix : kPrefixes) {
    if (name.size() <= prefix.size() || !name.starts_with(prefix)) continue;
    name.erase(0, prefix.size());
    return true;
  }
  for (const std::string_view suffix : kSuffixes) {
    if (name.size() <= suffix.size() || !name.ends_with(suffix)) continue;
    name.erase(name.size() - suffix.size());
    return true;
  }
  return false;
}

std::string names_of_all() {
  std::string text = "the actions are ";
  for (size_t i = 0; i < kActionKinds; ++i) {
    if (i > 0) text += i + 1 < kActionKinds ? ", " : " and ";
    text += kActionNames[i];
  }
  return text;
}

std::vector<ForeignName> all_names() {
  std::vector<ForeignName> names(foreign_names().begin(), foreign_names().end());
  for (size_t i = 0; i < kActionKinds; ++i) {
    names.push_back({kActionNames[i], static_cast<ActionKind>(i), {}});
  }
  return names;
}

std::string advice_of(const ForeignName& known) {
  if (!known.action) return std::string(known.remark);
  return concatenate(
      {"use '", name_of(*known.action), known.remark.empty() ? "'" : "', ", known.remark});
}

const ForeignName* exact(const std::vector<ForeignName>& names, std::string_view name) {
  const auto known = std::ranges::find_if(
      names, [name](const ForeignName& one) { return equal_ignoring_case(one.name, name); });
  return known == names.end() ? nullptr : &*known;
}

// Is `guess` safe for a producer who meant `other`?
bool may_stand_for(const ForeignName& guess, const ForeignName& other) {
  if (!guess.action) return true;
  return other.action && reach_of(*guess.action) <= reach_of(*other.action);
}

// The nearest name within a few edits; nullptr if there is none, or if another one within them
// could be meant for which it would be wrong.
const ForeignName* nearest(const std::vector<ForeignName>& names, std::string_view name) {
  const size_t most = std::min(kMaxEdits, name.size() / 4);
  const ForeignName* best = nullptr;
  size_t fewest = most + 1;
  std::vector<const ForeignName*> near;
  for (const ForeignName& known : names) {
    if (known.name.size() > name.size() + most || name.size() > known.name.size() + most) continue;
    const size_t edits = edit_distance(name, known.name);
    if (edits > most) continue;
    near.push_back(&known);
    if (edits >= fewest) continue;
    fewest = edits;
    best = &known;
  }
  const bool is_safe = std::ranges::all_of(
      near, [best](const ForeignName* other) { return may_stand_for(*best, *other); });
  return is_safe ? best : nullptr;
}

}  // namespace

NameAdvice advice_on_name(std::string_view name) {
  const std::vector<ForeignName> names = all_names();
  std::string bare = without_marks(name);
  do {
    if (const ForeignName* known = exact(names, bare)) return {known->action, advice_of(*known)};
  } while (take_off_affix(bare));
  const ForeignName* known = nearest(names, without_marks(name));
  if (known == nullptr) known = nearest(names, bare);
  if (known == nullptr) return {std::nullopt, names_of_all()};
  if (known->action && known->name == name_of(*known->action)) {
    return {known->action, concatenate({"did you mean '", known->name, "'?"})};
  }
  return {known->action, concatenate({"if you mean '", known->name, "', ", advice_of(*known)})};
}

}  // namespace awps
