#include "base/arena.h"

#include <algorithm>

namespace awps {

namespace {

constexpr size_t kFurtherChunk = 4096;

std::byte* align(std::byte* place, size_t alignment) {
  const auto address = reinterpret_cast<std::uintptr_t>(place);
  return place + (alignment - address % alignment) % alignment;
}

}  // namespace

Arena::~Arena() {
  while (last_ != nullptr) {
    Chunk* previous = last_->previous;
    ::operator delete(last_);
    last_ = previous;
  }
}

void* Arena::allocate_in_new_chunk(size_t bytes, size_t alignment) {
  // operator new aligns as kOverhead needs.
  const size_t most = bytes + (alignment > kOverhead ? alignment : 0);
  if (most > std::min(kLarge, next_chunk_)) return align(add_chunk(most), alignment);
  free_ = add_chunk(next_chunk_);
  end_ = free_ + next_chunk_;
  next_chunk_ = std::max(kFurtherChunk, next_chunk_ + next_chunk_ / 2);
  return allocate(bytes, alignment);
}

// Left uninitialised.
std::byte* Arena::add_chunk(size_t bytes) {
  auto* chunk = new (::operator new(sizeof(Chunk) + bytes)) Chunk{.previous = last_};
  last_ = chunk;
  capacity_ += bytes;
  return reinterpret_cast<std::byte*>(chunk + 1);
}

}  // namespace awps
