#include "action/names.h"

#include <array>

#include "action/edit_distance.h"
#include "action/words.h"

namespace awps {

namespace {

constexpr std::array<std::string_view, kKeys> kKeyNames = {
    "actionName",  "userId",     "connectionId",
    "group",       "data",       "dataType",
    "excluded",    "filter",     "messageTtlSeconds",
    "reason",      "permission", "targetName",
    "groups",      "hub",        "id",
    "orderingKey", "unordered",  "conflationKey",
    "ttlSeconds",  "hello",      "batch",
    "ordered",     "ack",        "producer",
    "deduplicate",
};

constexpr std::array<std::string_view, kNarrowingKeys> kNarrowingNames = {
    "userIds",  "connectionIds", "excludedConnections", "excludedUsers", "exclude",
    "excludes", "filters",       "odataFilter",
};

constexpr std::array<Key, 6> kKeysOfOurOwn = {
    Key::kHub, Key::kId, Key::kOrderingKey, Key::kUnordered, Key::kConflationKey, Key::kTtlSeconds};

// A perfect hash of the keys, and of the action names; its factors were found by trial and are
// checked below. A look-up is one table access and one comparison. Letter case is in bit 5 alone:
// masked out.
constexpr size_t kSlots = 64;
constexpr uint8_t kEmpty = 0xff;
using Table = std::array<uint8_t, kSlots>;

constexpr size_t slot_of(std::string_view text) {
  const auto first = static_cast<unsigned>(text.front()) & 0x1fU;
  const auto last = static_cast<unsigned>(text.back()) & 0x1fU;
  return (text.size() + first * 26 + last * 28) % kSlots;
}

template <size_t N>
constexpr Table make_table(const std::array<std::string_view, N>& words) {
  Table table{};
  for (uint8_t& entry : table) entry = kEmpty;
  for (size_t i = 0; i < N; ++i) table[slot_of(words[i])] = static_cast<uint8_t>(i);
  return table;
}

template <size_t N>
constexpr bool each_has_its_slot(const Table& table, const std::array<std::string_view, N>& words) {
  for (size_t i = 0; i < N; ++i) {
    if (table[slot_of(words[i])] != i) return false;
  }
  return true;
}

constexpr Table kKeyTable = make_table(kKeyNames);
constexpr Table kActionTable = make_table(kActionNames);
static_assert(each_has_its_slot(kKeyTable, kKeyNames));
static_assert(each_has_its_slot(kActionTable, kActionNames));

// The index of `text` among `words`, or kEmpty.
template <size_t N>
uint8_t find(std::string_view text, const Table& table,
             const std::array<std::string_view, N>& words) {
  if (text.empty()) return kEmpty;
  const uint8_t index = table[slot_of(text)];
  return index != kEmpty && is_word(text, words[index]) ? index : kEmpty;
}

constexpr std::string_view kClassSuffix = "Action";

std::optional<ActionKind> kind_of_bare(std::string_view text) {
  const uint8_t index = find(text, kActionTable, kActionNames);
  if (index == kEmpty) return std::nullopt;
  return static_cast<ActionKind>(index);
}

}  // namespace

std::string_view name_of(Key key) {
  return key == Key::kUnknown ? std::string_view() : kKeyNames[static_cast<size_t>(key)];
}

Key key_of(std::string_view text) {
  const uint8_t index = find(text, kKeyTable, kKeyNames);
  return index == kEmpty ? Key::kUnknown : static_cast<Key>(index);
}

std::string_view name_of(NarrowingKey key) {
  return kNarrowingNames[static_cast<size_t>(key)];
}

std::optional<NarrowingKey> narrowing_key_of(std::string_view text) {
  for (size_t i = 0; i < kNarrowingKeys; ++i) {
    if (is_word(text, kNarrowingNames[i])) return static_cast<NarrowingKey>(i);
  }
  return std::nullopt;
}

std::optional<ActionKind> action_kind_of(std::string_view text) {
  if (const auto kind = kind_of_bare(text)) return kind;
  if (text.size() <= kClassSuffix.size()) return std::nullopt;
  const size_t bare = text.size() - kClassSuffix.size();
  if (!is_word(text.substr(bare), kClassSuffix)) return std::nullopt;
  return kind_of_bare(text.substr(0, bare));
}

std::string_view nearly_own_key(std::string_view text) {
  static constexpr size_t kLongest = std::string_view("conflationKey").size() + 1;
  if (text.size() < 4 || text.size() > kLongest) return {};
  for (const Key key : kKeysOfOurOwn) {
    const std::string_view name = name_of(key);
    if (text.size() + 1 < name.size() || text.size() > name.size() + 1) continue;
    if (edit_distance(text, name) == 1) return name;
  }
  return {};
}

}  // namespace awps
