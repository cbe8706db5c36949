#pragma once

// EmulatedService: the emulator in this process, so that a hundred thousand clients cost no
// sockets: their connections end in a Receiver, which is called on the emulator's thread. Requests
// come over HTTP as ever. Tokens of the throttle: twice the daemon's burst, since the jitter of
// arrival times is not the question here.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/emulator.h"

namespace awps {

/// A client that sees what it is sent. Must outlive the service.
class Receiver final : public emulator::ClientLink {
 public:
  using OnMessage = std::function<void(std::string_view payload)>;
  explicit Receiver(OnMessage on_message) : on_message_(std::move(on_message)) {}

  void send(emulator::Frame frame) override { on_message_(*frame.payload); }
  void close(emulator::CloseCode /*code*/) override {}

 private:
  OnMessage on_message_;
};

/// Who connects; the payload alone is received, as without a subprotocol.
struct Client {
  Receiver* receiver = nullptr;
  std::optional<std::string> user = {};
  std::vector<std::string> groups = {};
};

/// (user, group), sorted.
using Memberships = std::vector<std::pair<std::string, std::string>>;

class EmulatedService {
 public:
  struct Options {
    int round_trip_ms = 0;
    double requests_per_second = 0;  // 0: no limit
  };
  explicit EmulatedService(const Options& options);

  std::string connection_string() const { return emulator_->connection_string(); }
  void connect(std::vector<Client> clients);
  emulator::Counters counters() { return emulator_->counters(); }
  /// Waits until `condition`, which is asked on the emulator's thread; false: in vain.
  bool wait_for(std::function<bool()> condition, std::chrono::milliseconds timeout);
  /// Runs on the emulator's thread, so that what receivers write can be read.
  void run(const std::function<void()>& action);
  /// Of clients with a user.
  Memberships memberships();

 private:
  std::unique_ptr<emulator::Emulator> emulator_;
};

}  // namespace awps
