#pragma once

// How a container's memory goes back to the allocator: clear() and `= {}` keep it. Any thread that
// owns the container.

namespace awps {

/// Empties it.
template <typename Container>
void release_memory_of(Container& container) {
  Container().swap(container);
}

}  // namespace awps
