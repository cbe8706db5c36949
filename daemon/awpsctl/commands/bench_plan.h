#pragma once

// BenchPlan: which action is sent when, for `awpsctl bench`. The n-th action of connection c is the
// (n × connections + c)-th of all, and is intended at its place in an even pace, whether or not the
// daemon keeps up: latency counts from there, so that a stall is charged to all that it delays
// (Tene, "How not to measure latency", on coordinated omission).
//
// Pure; any thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "daemon/awpsctl/commands/arguments.h"
#include "daemon/awpsctl/failure.h"

namespace awps {

class BenchPlan {
 public:
  /// A Failure names what is wrong with --actions.
  static Result<BenchPlan, Failure> make(const BenchArguments& arguments);

  uint64_t actions() const { return actions_; }
  uint32_t connections() const { return connections_; }
  /// How many of them connection `c` sends.
  uint64_t actions_of(uint32_t c) const;
  /// From the start to when the n-th action (from 0) of connection c is to be sent.
  Duration intended(uint32_t c, uint64_t n) const;
  /// Appends its protocol line, without '\n'.
  void append_line(uint32_t c, uint64_t n, std::string& out) const;

  static constexpr std::string_view kKinds =
      "sendToAll, sendToGroup, sendToUser, addUserToGroup, removeUserFromGroup";

 private:
  enum class Kind : uint8_t { kToAll, kToGroup, kToUser, kAdd, kRemove };

  BenchPlan() = default;
  Result<void, Failure> take_kinds(std::string_view text);
  uint64_t place(uint32_t c, uint64_t n) const { return n * connections_ + c; }
  void append_data(uint64_t k, std::string& out) const;

  std::vector<Kind> kinds_;  // each as often as its weight says
  uint64_t actions_ = 0;
  uint32_t connections_ = 1;
  double rate_ = 1;
  uint64_t size_ = 0;
  uint64_t groups_ = 1;
  bool equal_data_ = false;
  bool unordered_ = false;
};

}  // namespace awps
