#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace awps {

void check_failed(const char* condition, const char* file, int line) noexcept {
  std::fprintf(stderr, "<2>bug: check failed: %s at %s:%d; aborting\n", condition, file, line);
  std::abort();
}

}  // namespace awps
