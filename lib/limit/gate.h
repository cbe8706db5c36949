#pragma once

// Gate: whether requests to an endpoint may pass: its holds and pauses, and the probes that end
// them.
//
// 1. While held, one request at a time passes as a probe: each 100 ms for the first 5 s, so that a
//    burst of sick targets is told from an outage; then each second. Where there is no way to the
//    service: each 100 ms while somebody is seen at its other end.
// 2. A pause stops everybody until it is over; then one probe goes first.
// 3. A probe that is not answered within a second does not wait alone: what vanishes in a black
//    hole must not block the next one.
//
// Not thread-safe: Trouble guards it. O(1).

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "limit/failure.h"

namespace awps {

enum class Passage : uint8_t { kGo, kProbe, kWait };

class Gate {
 public:
  struct Options {
    Duration quick_for = std::chrono::seconds(5);
    Duration quick_probes = std::chrono::milliseconds(100);
    Duration slow_probes = std::chrono::seconds(1);
    Duration patience = std::chrono::seconds(1);  // with a probe
  };

  explicit Gate(const Options& options) : options_(options) {}

  Passage admit(Instant now);
  /// When it is worth asking again; `now` or earlier: at once.
  Instant admits_at() const;
  /// Nobody has taken the probe that was due at that time.
  bool is_unprobed_since(Instant time) const {
    return is_held() && !probed_at_ && admits_at() <= time;
  }
  /// A probe ended, or did not start after all.
  void probe_ended() { probed_at_.reset(); }

  /// Begins a hold. While held, the newest reason and words count; the next probe's time stays.
  void hold(HoldReason reason, std::string_view words, Instant now);
  void end_hold() { hold_ = {}; }
  /// The next probe need not wait.
  void probe_at_once(Instant now);
  /// Somebody was seen at the other end of the way, or was not.
  void note_way(bool is_open) { is_way_open_ = is_open; }
  void pause_until(Instant until);
  /// An answer shows the pause to be over.
  void end_pause(Instant now);
  /// It turned out to be none.
  void cancel_pause();

  bool is_open() const { return !is_held() && !owes_probe_; }
  bool is_held() const { return hold_.reason != HoldReason::kNone; }
  HoldReason reason() const { return hold_.reason; }
  Instant held_since() const { return hold_.since; }
  const std::string& words() const { return hold_.words; }
  Instant paused_until() const { return paused_until_; }

 private:
  struct Hold {
    HoldReason reason = HoldReason::kNone;
    Instant since{};
    Instant next_probe{};
    std::string words{};
  };

  Duration interval_after_probe(Instant now) const;

  const Options options_;
  Hold hold_;
  Instant paused_until_ = Instant::min();
  bool is_way_open_ = false;
  bool owes_probe_ = false;           // after a pause
  std::optional<Instant> probed_at_;  // a probe is under way
};

}  // namespace awps
