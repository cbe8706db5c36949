#pragma once

// awps::emulator::Emulator: Azure Web PubSub on localhost, in this process: a listener, one thread
// with an event loop, and the service behind it. For the program awpsd-emulator, and for tests,
// which drive and question it directly. It shares no code with the sending side but base/. All
// methods may be called from any thread but the loop's; each waits for the loop.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "emulator/counters.h"
#include "emulator/fault/faults.h"
#include "emulator/request_log.h"
#include "emulator/service.h"

namespace awps::emulator {

/// 64 characters: some SDKs demand at least 32.
inline constexpr std::string_view kDefaultAccessKey =
    "emulator-0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQR";

struct Options {
  std::string address = "127.0.0.1";
  uint16_t port = 0;  // 0: any free one
  /// Others than loopback addresses are refused unless this is set: the control endpoint asks no
  /// token.
  bool allows_remote = false;
  ServiceOptions service;  // without access keys: kDefaultAccessKey
};

class Emulator {
 public:
  /// Listens and serves when it returns. The error names address and remedy.
  static Result<std::unique_ptr<Emulator>> start(Options options);
  ~Emulator();
  Emulator(const Emulator&) = delete;
  Emulator& operator=(const Emulator&) = delete;

  uint16_t port() const;
  /// "Endpoint=http://127.0.0.1:PORT;AccessKey=…;Version=1.0;"
  std::string connection_string() const;
  std::string endpoint() const;
  const std::string& access_key() const;

  Counters counters();
  std::vector<LogEntry> log(uint64_t since = 0, size_t limit = 1'000'000);
  /// A script as FAULTS.md describes it; the error names the rule.
  Result<void> set_faults(std::string_view json);
  void set_faults(FaultScript script);
  void set_throttle(ThrottleOptions options);
  void set_delay(Duration delay);
  void set_access_keys(std::vector<std::string> keys);
  void reset();
  /// Waits until the counters satisfy `condition`, which runs on the loop's thread; false: in vain.
  bool wait_for(std::function<bool(const Counters&)> condition, std::chrono::milliseconds timeout);
  /// Runs `action` on the loop's thread, for what the methods above do not offer.
  void run(const std::function<void(Service&)>& action);

 private:
  class Loop;
  explicit Emulator(std::unique_ptr<Loop> loop);

  std::unique_ptr<Loop> loop_;
};

}  // namespace awps::emulator
