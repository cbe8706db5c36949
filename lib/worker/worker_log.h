#pragma once

// WorkerLog: what a hub's worker tells the log; never once per action. Dead letters are a line per
// reason each 10 s, holds and silences of the endpoint a line when they begin and end, waiting
// lanes a line a minute, requests (level debug) at most 100 lines a second.
//
// One thread: the hub's worker.

#include <spdlog/logger.h>

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "base/clock.h"
#include "hub/pipeline.h"
#include "worker/sender.h"

namespace awps {

class WorkerLog {
 public:
  WorkerLog(std::string hub, std::string endpoint_url, spdlog::logger& logger);

  /// Letters up to this number were given up by an earlier process.
  void know_letters(uint64_t last_number) { last_letter_ = last_number; }
  void request(const Sender::Ended& ended, Duration took, Instant now);
  /// Once in a while: writes what is due.
  void tick(const Pipeline& pipeline, Instant now);
  void no_token(const Error& error, Instant now);
  /// The last lines. `kept` of the abandoned actions are in the hub's log.
  void stopped(const Pipeline& pipeline, uint64_t kept);

 private:
  struct Group {
    uint64_t count = 0;
    uint64_t first = 0;  // number of the first letter
    std::string example;
  };

  /// Notes what was given up since the last time.
  void dead_letters(const DeadLetterStore& letters);
  void write_dead_letters();
  void write_hold(const Trouble& trouble);
  void write_suspects(const Trouble& trouble, Instant now);
  void write_kinds(const KindHolds& holds);
  void write_pace(const Pace& pace, Instant now);
  void write_silence(const EndpointState& endpoint, Instant now);

  const std::string hub_;
  const std::string endpoint_url_;
  spdlog::logger& logger_;
  std::map<std::string, Group> given_up_;  // by how they came about
  uint64_t last_letter_ = 0;
  Instant next_dead_letter_line_{};
  Instant next_lane_line_{};
  Instant next_token_line_{};
  Instant lanes_wait_since_{};
  Instant sample_window_{};
  int sampled_ = 0;
  HoldReason hold_ = HoldReason::kNone;
  std::array<bool, kActionKinds> held_kinds_{};
  bool pace_is_learnt_ = false;
  Instant next_pace_line_{};
  Instant next_hold_line_{};
  Instant next_reason_line_{};
  bool is_silent_ = false;
  Instant silent_since_{};
  size_t suspects_ = 0;  // as the last line said
  Instant next_suspect_line_{};
};

}  // namespace awps
