#include "base/fault_point.h"

// The pass() of awpsd-fault, and a write in two halves. Two variables of the environment:
//
//   AWPSD_FAULT=POINT:N        the process kills itself when it passes POINT for the N-th time
//   AWPSD_FAULT_COUNTS=FILE    how often each point was passed; the counts outlive the process
//
// The file is mapped: for each point of the enumeration, in its order, 32 bytes:
//    0  char[24]  its name, padded with zeros
//   24  u64       how often it was passed, in the machine's order of bytes

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

// What the linker makes of pwrite (--wrap): the system's, and ours.
extern "C" ssize_t __real_pwrite(int fd, const void* bytes, size_t count, off_t offset);
extern "C" ssize_t __wrap_pwrite(int fd, const void* bytes, size_t count, off_t offset);

namespace awps {

namespace {

struct FaultCount {
  char name[24];
  std::atomic<uint64_t> passed;
};
static_assert(sizeof(FaultCount) == 32 && std::atomic<uint64_t>::is_always_lock_free);

// In the order of the enumeration; tests/tidy compares them.
constexpr std::array<const char*, kFaultPoints> kNames = {"batch_queued",
                                                          "before_write",
                                                          "half_write",
                                                          "after_write",
                                                          "after_sync",
                                                          "before_publish",
                                                          "published",
                                                          "committed_told",
                                                          "before_release_write",
                                                          "after_release_sync",
                                                          "window_read",
                                                          "to_tail",
                                                          "to_direct",
                                                          "sent",
                                                          "answered",
                                                          "settled",
                                                          "segment_made",
                                                          "directory_synced",
                                                          "header_written",
                                                          "moved_synced",
                                                          "before_unlink",
                                                          "after_unlink",
                                                          "letter_synced",
                                                          "letter_released"};

[[noreturn]] void refuse(const std::string& why) {
  std::fprintf(stderr, "awpsd-fault: %s\n", why.c_str());
  std::_Exit(64);
}

// What the environment asks for; read once.
struct FaultPlan {
  size_t point = kFaultPoints;  // none
  uint64_t at = 0;
  FaultCount* counts = nullptr;

  FaultPlan() {
    map_counts();
    const char* asked = std::getenv("AWPSD_FAULT");
    if (asked != nullptr) read(asked);
  }

  void read(std::string_view asked) {
    const size_t colon = asked.find(':');
    const std::string_view name = asked.substr(0, colon);
    for (size_t i = 0; i < kFaultPoints; ++i) {
      if (name == kNames[i]) point = i;
    }
    if (point == kFaultPoints) refuse("there is no point '" + std::string(name) + "'");
    if (colon != std::string_view::npos) {
      std::from_chars(asked.data() + colon + 1, asked.data() + asked.size(), at);
    }
    if (at == 0) refuse("AWPSD_FAULT is POINT:N, and N is at least 1");
  }

  void map_counts() {
    constexpr size_t kBytes = sizeof(FaultCount) * kFaultPoints;
    const char* path = std::getenv("AWPSD_FAULT_COUNTS");
    void* memory = nullptr;
    if (path == nullptr) {
      memory = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    } else {
      const int fd = ::open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
      if (fd < 0 || ::ftruncate(fd, kBytes) != 0) refuse(std::string("cannot write ") + path);
      memory = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
      ::close(fd);
    }
    if (memory == MAP_FAILED) refuse("no memory for the counts");
    counts = static_cast<FaultCount*>(memory);
    for (size_t i = 0; i < kFaultPoints; ++i) {
      std::strncpy(counts[i].name, kNames[i], sizeof counts[i].name - 1);
    }
  }
};

bool is_segment(int fd) {
  char link[32];
  char path[4096];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = ::readlink(link, path, sizeof path);
  return length > 0 && std::string_view(path, static_cast<size_t>(length)).ends_with(".seg");
}

}  // namespace

void pass(FaultPoint point) {
  static FaultPlan plan;
  const auto which = static_cast<size_t>(point);
  const uint64_t passed = plan.counts[which].passed.fetch_add(1) + 1;
  if (which != plan.point || passed != plan.at) return;
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();
}

}  // namespace awps

// A process that ends within a write leaves a part of its bytes. The kernel does not stop there for
// us, so a write to a segment is two writes here.
ssize_t __wrap_pwrite(int fd, const void* bytes, size_t count, off_t offset) {
  const size_t half = count / 2;
  if (half == 0 || !awps::is_segment(fd)) return __real_pwrite(fd, bytes, count, offset);
  const ssize_t first = __real_pwrite(fd, bytes, half, offset);
  if (first != static_cast<ssize_t>(half)) return first;
  awps::pass(awps::FaultPoint::kHalfWrite);
  const ssize_t second = __real_pwrite(fd, static_cast<const char*>(bytes) + half, count - half,
                                       offset + static_cast<off_t>(half));
  return second < 0 ? second : first + second;
}
