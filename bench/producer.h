#pragma once

// Producer: one connection to the daemon that writes lines as a source gives them and reads the
// replies meanwhile, as PROTOCOL.md advises. run() takes the calling thread; a case with two
// producers gives each a thread.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/unique_fd.h"

namespace awps {

/// What a source has added; `is_last`: nothing follows. No action and not the last: nothing now.
struct Portion {
  uint64_t actions = 0;
  bool is_last = false;
};

/// Appends lines to `out`; asked again when they are written. 4 KiB to 256 KiB at a time are right.
using Source = std::function<Portion(Instant now, std::string& out)>;

/// The actions `first` to `last` (of this connection, from 1) have their Outcome.
using OnSettled = std::function<void(uint64_t first, uint64_t last, Instant now)>;

struct Settlement {
  uint64_t offered = 0;
  uint64_t accepted = 0;  // with ack = accepted
  uint64_t delivered = 0;
  uint64_t superseded = 0;
  uint64_t failed = 0;     // refused, expired, dead-lettered, abandoned
  bool has_ended = false;  // everything offered is settled; with ack = accepted: accepted
  Instant first_offered{};
  Instant last_settled{};

  uint64_t settled() const { return delivered + superseded; }
  double seconds() const { return to_seconds(last_settled - first_offered); }
};

class Producer {
 public:
  Producer(const std::string& socket_path, std::string_view ack);

  /// Writes all that `source` has, until everything is settled or it is `deadline`.
  Settlement run(const Source& source, Instant deadline, const OnSettled& on_settled = nullptr);

 private:
  bool is_done() const;
  void wait(Instant deadline) const;
  void write_some();
  void read_some(const OnSettled& on_settled);
  void take_line(std::string_view line, const OnSettled& on_settled);

  UniqueFd fd_;
  const bool wants_outcomes_;
  const bool wants_accepted_;
  bool source_has_ended_ = false;
  std::string unsent_;
  size_t sent_ = 0;  // of unsent_
  std::vector<char> buffer_;
  std::string unread_;  // a line's beginning
  Settlement settlement_;
};

}  // namespace awps
