#include "tests/http/scripted_machine.h"

#include <dlfcn.h>
#include <netdb.h>

#include <atomic>
#include <ctime>
#include <map>
#include <optional>

#include "base/check.h"
#include "base/mutex.h"

namespace awps {

namespace {

struct Names {
  Mutex mutex;
  std::map<std::string, std::string, std::less<>> addresses GUARDED_BY(mutex);
  int look_ups GUARDED_BY(mutex) = 0;
};

Names& names() {
  static Names all;
  return all;
}

// Of trivial type: clock_gettime() may be called before this program's constructors.
constinit std::atomic<time_t> skipped_seconds{0};

std::optional<std::string> address_of(const char* name) {
  if (name == nullptr) return std::nullopt;
  const MutexLock lock(names().mutex);
  const auto found = names().addresses.find(std::string_view(name));
  if (found == names().addresses.end()) return std::nullopt;
  ++names().look_ups;
  return found->second;
}

template <typename Function>
Function next_of(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

ScriptedMachine::ScriptedMachine() {
  const MutexLock lock(names().mutex);
  names().look_ups = 0;
}

ScriptedMachine::~ScriptedMachine() {
  const MutexLock lock(names().mutex);
  names().addresses.clear();
}

void ScriptedMachine::place(std::string_view name, std::string_view address) {
  const MutexLock lock(names().mutex);
  names().addresses[std::string(name)] = address;
}

int ScriptedMachine::look_ups() {
  const MutexLock lock(names().mutex);
  return names().look_ups;
}

void ScriptedMachine::skip(std::chrono::seconds time) {
  skipped_seconds += time.count();
}

}  // namespace awps

extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints,
                           addrinfo** result) {
  using Function = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto next = awps::next_of<Function>("getaddrinfo");
  const std::optional<std::string> address = awps::address_of(name);
  return next(address ? address->c_str() : name, service, hints, result);
}

extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  using Function = int (*)(clockid_t, timespec*);
  static const auto next = awps::next_of<Function>("clock_gettime");
  const int result = next(clock, time);
  if (clock == CLOCK_MONOTONIC) time->tv_sec += awps::skipped_seconds.load();
  return result;
}

// By which libcurl tells the age of an address.
extern "C" time_t time(time_t* place) noexcept {
  using Function = time_t (*)(time_t*);
  static const auto next = awps::next_of<Function>("time");
  const time_t now = next(nullptr) + awps::skipped_seconds.load();
  if (place != nullptr) *place = now;
  return now;
}
