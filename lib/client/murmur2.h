#pragma once

// MurmurHash2 (Austin Appleby, 2008) with the seed that Kafka's Java client hashes a record's key
// with: org.apache.kafka.common.utils.Utils.murmur2. Pure; any thread.

#include <cstdint>
#include <string_view>

namespace awps::client {

uint32_t murmur2(std::string_view bytes);

}  // namespace awps::client
