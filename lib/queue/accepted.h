#pragma once

// Accepted: an accepted action, to which an Outcome is owed. It lives in the arena of its batch,
// and what waits is mostly this: 48 bytes and the texts.
//
// 1. Right behind it stand its Extras, if it has any, then its texts: id, member, group, data.
// 2. What few actions carry is in the Extras. The options and their texts are elsewhere in the
//    arena.
// 3. action() puts the public value together, whose views lead into the arena. Once inlined, only
//    the fields that are looked at are read.
//
// One thread at a time, as its batch.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "action/action.h"
#include "base/arena.h"
#include "base/check.h"
#include "base/clock.h"

namespace awps {

class Accepted {
 public:
  /// An id, a member or a group has at most so many bytes. The codec's limits are far below.
  static constexpr size_t kMostNameBytes = UINT16_MAX;

  struct Place {
    uint64_t seq = 0;            // of its connection
    uint32_t charge = 0;         // bytes held in hub and account until its Outcome
    uint32_t ordered_batch = 0;  // number, unique within its connection; 0: in none
  };

  /// A copy of the action in `arena`.
  static Accepted& make(const Action& action, const Place& place, Arena& arena) {
    const size_t bytes = own_bytes_of(action, place);
    auto* item = new (arena.allocate(bytes, alignof(Accepted))) Accepted(action, place);
    if (item->has(kExtras)) item->make_extras(action, place, arena);
    char* text = item->texts();
    for (const std::string_view part : {action.id, action.member, action.group, action.data}) {
      text = append(text, part);
    }
    return *item;
  }
  /// What make() takes of its arena, at most.
  static size_t bytes_of(const Action& action, const Place& place) {
    const size_t bytes = own_bytes_of(action, place) + kPadding;
    return action.options == &kNoOptions ? bytes : bytes + bytes_of(*action.options);
  }

  Accepted(const Accepted&) = delete;
  Accepted& operator=(const Accepted&) = delete;

  Action action() const {
    const char* text = texts();
    const char* member = text + id_bytes_;
    const char* group = member + member_bytes_;
    return {.kind = kind(),
            .data_type = static_cast<DataType>(flags_ & kDataType),
            .permission = has(kJoins) ? Permission::kJoinLeaveGroup : Permission::kSendToGroup,
            .unordered = has(kUnordered),
            .member = {member, member_bytes_},
            .group = {group, group_bytes_},
            .data = {group + group_bytes_, data_bytes_},
            .id = {text, id_bytes_},
            .time_to_live = time_to_live(),
            .options = options()};
  }

  ActionKind kind() const { return kind_; }
  std::string_view id() const { return {texts(), id_bytes_}; }
  std::string_view member() const { return action().member; }
  std::string_view group() const { return action().group; }
  std::string_view data() const { return action().data; }
  size_t data_size() const { return data_bytes_; }
  Duration time_to_live() const { return has(kExtras) ? extras()->time_to_live : Duration::zero(); }
  /// Never null.
  const ActionOptions* options() const { return has(kExtras) ? extras()->options : &kNoOptions; }
  uint32_t ordered_batch() const { return has(kExtras) ? extras()->ordered_batch : 0; }
  Place place() const { return {.seq = seq, .charge = charge, .ordered_batch = ordered_batch()}; }

  const uint64_t seq;        // see Place
  uint64_t position = 0;     // in its hub's log; 0: it is in none
  Accepted* next = nullptr;  // in the order accepted
  void* tracking = nullptr;  // for the batch's owner: what it keeps of an unsettled action
  const uint32_t charge;     // see Place

 private:
  static constexpr size_t kPadding = 7;  // at most, before what must be aligned

  // One byte, written at once: what is there before is in nobody's cache.
  static constexpr uint8_t kDataType = 3;
  static constexpr uint8_t kJoins = 4;
  static constexpr uint8_t kUnordered = 8;
  static constexpr uint8_t kExtras = 16;

  struct Extras {
    Duration time_to_live;
    const ActionOptions* options;
    uint32_t ordered_batch;
  };

  Accepted(const Action& action, const Place& place)
      : seq(place.seq),
        charge(place.charge),
        data_bytes_(static_cast<uint32_t>(action.data.size())),
        id_bytes_(static_cast<uint16_t>(action.id.size())),
        member_bytes_(static_cast<uint16_t>(action.member.size())),
        group_bytes_(static_cast<uint16_t>(action.group.size())),
        kind_(action.kind),
        flags_(flags_of(action, place)) {}

  static uint8_t flags_of(const Action& action, const Place& place) {
    const bool joins = action.permission == Permission::kJoinLeaveGroup;
    return static_cast<uint8_t>(static_cast<unsigned>(action.data_type) | (joins ? kJoins : 0U) |
                                (action.unordered ? kUnordered : 0U) |
                                (needs_extras(action, place) ? kExtras : 0U));
  }
  static bool needs_extras(const Action& action, const Place& place) {
    return place.ordered_batch != 0 || action.options != &kNoOptions ||
           action.time_to_live != Duration::zero();
  }
  /// Without options. Aborts where a length has no room.
  static size_t own_bytes_of(const Action& action, const Place& place) {
    static_assert(kMostNameBytes == 0xffff);  // so that one look at the lengths' bits will do
    AWPS_CHECK((action.id.size() | action.member.size() | action.group.size()) <= kMostNameBytes &&
               action.data.size() <= UINT32_MAX);
    return sizeof(Accepted) + (needs_extras(action, place) ? sizeof(Extras) : 0) +
           action.id.size() + action.member.size() + action.group.size() + action.data.size();
  }
  static size_t bytes_of(const ActionOptions& options);
  void make_extras(const Action& action, const Place& place, Arena& arena);
  static char* append(char* to, std::string_view text) {
    if (!text.empty()) std::memcpy(to, text.data(), text.size());
    return to + text.size();
  }

  bool has(uint8_t flag) const { return (flags_ & flag) != 0; }
  const Extras* extras() const { return reinterpret_cast<const Extras*>(this + 1); }
  const char* texts() const {
    return reinterpret_cast<const char*>(this + 1) + (has(kExtras) ? sizeof(Extras) : 0);
  }
  char* texts() { return const_cast<char*>(static_cast<const Accepted*>(this)->texts()); }

  const uint32_t data_bytes_;
  const uint16_t id_bytes_;
  const uint16_t member_bytes_;
  const uint16_t group_bytes_;
  const ActionKind kind_;
  const uint8_t flags_;
};
static_assert(sizeof(Accepted) == 48);

}  // namespace awps
