#pragma once

// WriteKey: which of the gateway's writes. A value.

#include <compare>
#include <cstddef>
#include <cstdint>

namespace awps {

struct WriteKey {
  uint64_t connection = 0;
  uint64_t seq = 0;  // among the writes of that connection

  friend bool operator==(const WriteKey&, const WriteKey&) = default;
  friend auto operator<=>(const WriteKey&, const WriteKey&) = default;
};

struct WriteKeyHash {
  size_t operator()(const WriteKey& key) const {
    return static_cast<size_t>(key.connection * 0x9E3779B97F4A7C15U + key.seq);
  }
};

}  // namespace awps
