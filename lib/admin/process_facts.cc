#include "admin/process_facts.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace awps::admin {

namespace {

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

uint64_t entries_of(const char* folder) {
  std::error_code error;
  uint64_t count = 0;
  auto entry = std::filesystem::directory_iterator(folder, error);
  while (!error && entry != std::filesystem::directory_iterator()) {
    ++count;
    entry.increment(error);
  }
  return count;
}

}  // namespace

ProcessFacts process_facts() {
  ProcessFacts facts;
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  facts.cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  facts.max_fds = limit.rlim_cur;
  facts.open_fds = entries_of("/proc/self/fd");
  facts.threads = entries_of("/proc/self/task");
  uint64_t virtual_pages = 0;
  uint64_t resident_pages = 0;
  std::ifstream("/proc/self/statm") >> virtual_pages >> resident_pages;
  const auto page_bytes = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  facts.virtual_bytes = virtual_pages * page_bytes;
  facts.resident_bytes = resident_pages * page_bytes;
  return facts;
}

}  // namespace awps::admin
