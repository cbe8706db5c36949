#pragma once

// ScriptedMachine: what libcurl hears of the machine, so that a test can move a service to another
// address and let minutes pass without waiting. This program's own getaddrinfo(),
// clock_gettime() and time() stand before the C library's: names that a test has placed lead where
// it says, others where they always do; the monotonic clock and time() are ahead by what was
// skipped.
//
// One at a time. Any thread may look up names and read the clock.

#include <chrono>
#include <string>
#include <string_view>

namespace awps {

class ScriptedMachine {
 public:
  ScriptedMachine();
  /// Forgets the names. Skipped time stays skipped: a monotonic clock does not go back.
  ~ScriptedMachine();
  ScriptedMachine(const ScriptedMachine&) = delete;
  ScriptedMachine& operator=(const ScriptedMachine&) = delete;

  /// From now on `name` leads to `address`, dotted.
  static void place(std::string_view name, std::string_view address);
  /// Look-ups of placed names since construction.
  static int look_ups();
  static void skip(std::chrono::seconds time);
};

}  // namespace awps
