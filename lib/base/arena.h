#pragma once

// Arena: memory that is handed out piece by piece and freed at once. One chunk is allocated for
// what the caller expects; if it does not suffice, further chunks follow. A large piece has a chunk
// of its own, of just its size, so that it leaves no end of another unused. Nothing in it is
// destroyed, so it takes only trivially destructible types. It belongs to one thread at a time and
// may be handed on.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace awps {

class Arena {
 public:
  /// What it takes of each chunk for itself.
  static constexpr size_t kOverhead = sizeof(void*);
  /// Larger pieces have a chunk of their own.
  static constexpr size_t kLarge = 1024;

  explicit Arena(size_t expected_bytes) : next_chunk_(expected_bytes < 64 ? 64 : expected_bytes) {}
  ~Arena();
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

  /// Bytes of its chunks.
  size_t capacity() const { return capacity_; }
  /// Those of them that are still to be handed out.
  size_t unused() const { return static_cast<size_t>(end_ - free_); }
  /// Pieces of together so many bytes, padding included, need no further chunk.
  bool fits(size_t bytes) const { return bytes <= (free_ == nullptr ? next_chunk_ : unused()); }

 private:
  struct Chunk {
    Chunk* previous;
  };
  static_assert(sizeof(Chunk) == kOverhead);

  void* allocate_in_new_chunk(size_t bytes, size_t alignment);
  std::byte* add_chunk(size_t bytes);

  Chunk* last_ = nullptr;
  std::byte* free_ = nullptr;  // in the chunk that is open
  std::byte* end_ = nullptr;
  size_t next_chunk_;
  size_t capacity_ = 0;
};

inline void* Arena::allocate(size_t bytes, size_t alignment) {
  const auto address = reinterpret_cast<std::uintptr_t>(free_);
  const size_t padding = (alignment - address % alignment) % alignment;
  if (unused() < bytes + padding) return allocate_in_new_chunk(bytes, alignment);
  std::byte* result = free_ + padding;
  free_ = result + bytes;
  return result;
}

}  // namespace awps
