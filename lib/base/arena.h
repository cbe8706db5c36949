#pragma once

// Arena: memory that is handed out piece by piece and freed at once. One chunk is allocated for
// what the caller expects; if it does not suffice, further chunks follow. Nothing in it is
// destroyed, so it takes only trivially destructible types. It belongs to one thread at a time and
// may be handed on.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace awps {

class Arena {
 public:
  explicit Arena(size_t expected_bytes) : next_chunk_(expected_bytes < 64 ? 64 : expected_bytes) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  void* allocate(size_t bytes, size_t alignment);

  template <typename T>
  T* make(const T& value) {
    static_assert(std::is_trivially_destructible_v<T>);
    return new (allocate(sizeof(T), alignof(T))) T(value);
  }

  /// A copy of `text` that lives as long as the arena.
  std::string_view copy(std::string_view text) {
    if (text.empty()) return {};
    char* bytes = static_cast<char*>(allocate(text.size(), 1));
    std::memcpy(bytes, text.data(), text.size());
    return {bytes, text.size()};
  }

  /// Bytes taken from the operating system.
  size_t capacity() const { return capacity_; }

 private:
  void* allocate_in_new_chunk(size_t bytes, size_t alignment);

  std::vector<std::unique_ptr<std::byte[]>> chunks_;
  std::byte* free_ = nullptr;
  std::byte* end_ = nullptr;
  size_t next_chunk_;
  size_t capacity_ = 0;
};

inline void* Arena::allocate(size_t bytes, size_t alignment) {
  const auto address = reinterpret_cast<std::uintptr_t>(free_);
  const size_t padding = (alignment - address % alignment) % alignment;
  if (static_cast<size_t>(end_ - free_) < bytes + padding) {
    return allocate_in_new_chunk(bytes, alignment);
  }
  std::byte* result = free_ + padding;
  free_ = result + bytes;
  return result;
}

}  // namespace awps
