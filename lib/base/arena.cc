#include "base/arena.h"

#include <algorithm>

namespace awps {

void* Arena::allocate_in_new_chunk(size_t bytes, size_t alignment) {
  static constexpr size_t kFurtherChunk = 4096;
  const size_t size = std::max(next_chunk_, bytes + alignment);
  // Left uninitialised: make_unique would clear memory that is written anyway.
  chunks_.emplace_back(new std::byte[size]);
  free_ = chunks_.back().get();
  end_ = free_ + size;
  capacity_ += size;
  next_chunk_ = std::max(kFurtherChunk, capacity_ / 2);
  return allocate(bytes, alignment);
}

}  // namespace awps
