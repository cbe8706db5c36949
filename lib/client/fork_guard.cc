#include "client/fork_guard.h"

#include <sys/mman.h>
#include <unistd.h>

namespace awps::client {

namespace {

constexpr size_t kPageBytes = 4096;

char* wiped_page() {
  void* page =
      ::mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return nullptr;
  if (::madvise(page, kPageBytes, MADV_WIPEONFORK) == 0) return static_cast<char*>(page);
  ::munmap(page, kPageBytes);
  return nullptr;
}

}  // namespace

ForkGuard::ForkGuard() : owner_(::getpid()), page_(wiped_page()) {
  if (page_ != nullptr) *page_ = 1;
}

ForkGuard::~ForkGuard() {
  if (page_ != nullptr) ::munmap(page_, kPageBytes);
}

bool ForkGuard::is_child() const {
  return page_ != nullptr ? *page_ == 0 : ::getpid() != owner_;
}

}  // namespace awps::client
