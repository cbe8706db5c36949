#include "tests/steps/steps.h"

#include <cstddef>
#include <cstdlib>

namespace {

uint64_t steps = 0;
constexpr size_t kBytesAStep = 64;

}  // namespace

// The compiler calls the first one in each basic block; the linker (--wrap) puts the others in the
// place of libc's.
extern "C" {

void __sanitizer_cov_trace_pc() {
  ++steps;
}

void* __real_memmove(void* to, const void* from, size_t bytes);
void* __real_memcpy(void* to, const void* from, size_t bytes);
void* __real_memset(void* to, int byte, size_t bytes);

void* __wrap_memmove(void* to, const void* from, size_t bytes) {
  steps += bytes / kBytesAStep;
  return __real_memmove(to, from, bytes);
}

void* __wrap_memcpy(void* to, const void* from, size_t bytes) {
  steps += bytes / kBytesAStep;
  return __real_memcpy(to, from, bytes);
}

void* __wrap_memset(void* to, int byte, size_t bytes) {
  steps += bytes / kBytesAStep;
  return __real_memset(to, byte, bytes);
}

}  // extern "C"

namespace awps {

size_t doublings() {
  const char* text = std::getenv("AWPS_STEPS_DOUBLINGS");
  return text == nullptr ? 8 : std::strtoull(text, nullptr, 10);
}

uint64_t steps_of(const std::function<void()>& work) {
  const uint64_t before = steps;
  work();
  return steps - before;
}

}  // namespace awps
