#pragma once

// The ids that a producer gives to its actions, so that the daemon recognizes those that are sent
// again: `<start>-<number>`, such as `1796036483123.4f1c9a2b-17`.
//
// 1. The start is the time at which the producer was opened, in ms since 1970, and 32 random bits.
//    So no two producers share an id: not after a restart, not after a fork(), and not if both were
//    opened in the same ms.
// 2. The number is that of the action (Outcome::number). The id is part of the line, so it stays
//    the same however often the line is sent.
// 3. An id that the caller gave is left alone. `null` is no id, as PROTOCOL.md §4 says.
//
// The number is known last, under the lock. So an id is made in two steps: add_id() leaves a place,
// and complete_id() fills it without an allocation. Pure; any thread.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace awps::client {

/// The most that a line grows by.
inline constexpr size_t kIdBytes = 64;

/// What stands before the number.
std::string make_id_start(std::chrono::system_clock::time_point now, uint64_t random);

/// `line` is an object with members but without an id, and its '\n'. Returns the number's place.
size_t add_id(std::string& line, std::string_view start);
/// `line` is any object, and its '\n'. nullopt: it has an id.
std::optional<size_t> add_missing_id(std::string& line, std::string_view start);

void complete_id(std::string& line, size_t place, uint64_t number);

}  // namespace awps::client
