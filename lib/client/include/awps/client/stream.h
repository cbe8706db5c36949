#pragma once

// For producers that write actions to a stream (a topic of Kafka or of Event Hubs) instead of to
// awpsd's socket: the key of a record, and the partition of a key. This library writes no records:
// a client of Kafka does.
//
// 1. Actions of one key are carried out in the order of their records. There is no order between
//    keys. So everything about one target needs one key, from every producer in every language.
// 2. The partition is that of Kafka's Java client (murmur2). Others have another by default:
//    librdkafka and what is built on it need `partitioner=murmur2_random`.
//
// Pure; any thread. The README of libawps-dev says which action needs which key.

#include <cstdint>
#include <string>
#include <string_view>

#include <awps/client/result.h>

namespace awps::client {

/// What a record's key is made of besides the hub.
enum class StreamTarget : uint8_t {
  kGroup = 0,    // sends to it, its close, changes of its members: HUB/g/GROUP
  kUser,         // sends to it, its close: HUB/u/USER
  kConnection,   // sends to it, its close, its permissions: HUB/c/CONNECTION
  kAll,          // sendToAll, closeAllConnections: HUB/*
  kOrderingKey,  // an action with an orderingKey, whatever its target: HUB/k/KEY
};

/// `name`: the group, userId, connectionId or orderingKey, byte for byte; empty for kAll. The hub
/// is taken in any letter case. Refused (kInvalid): what is no hub name, an empty name, a name of
/// kAll.
Result<std::string> stream_key(std::string_view hub, StreamTarget target,
                               std::string_view name = {}) noexcept;

/// The partition of a record with this key in a topic of `partitions` (1 at least), from 0.
Result<int32_t> stream_partition(std::string_view key, int32_t partitions) noexcept;

}  // namespace awps::client
