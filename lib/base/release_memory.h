#pragma once

namespace awps {

/// Empties a container and gives its memory back. clear() and `= {}` keep it.
template <typename Container>
void release_memory_of(Container& container) {
  Container().swap(container);
}

}  // namespace awps
