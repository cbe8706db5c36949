#pragma once

// Stream: the door for records of one topic. It reads the partitions that its source owns, hands
// their actions to the hubs, follows their outcomes, and commits offsets.
//
// 1. What is committed of a partition is never past a record that is not settled: one of which an
//    action has no Outcome yet, or whose dead letter is not safe. Commits are asked for once a
//    second, and when a partition is given back. One that fails is repeated a second later.
// 2. A partition is a producer of its own (partition.h). One that is revoked and comes back is
//    another producer, so that late outcomes of the former one mean nothing to it.
// 3. A partition that is to be given back is read no more. What its hubs have queued is withdrawn;
//    each has kConfirmation for that, or the partition is given back without a commit. What is
//    under way is waited for, at most min(service_timeout, session_timeout / 2). Then the offsets
//    are committed, unless it is lost, and it is released.
// 4. What it owns is told at each change (`on_part`): less before anything is given back, and at
//    once where it is lost; more once it is assigned. Nothing while its lease is over.
// 5. A turn takes at most a few records of each partition, and one that waits does not hold up the
//    others.
//
// Pure but for its parts. Of the stream's thread (stream_thread.h), but for what is marked.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "intake/source_slot.h"
#include "limit/shared_part.h"
#include "metrics/counters.h"
#include "stream/letter_writer.h"
#include "stream/record_source.h"
#include "stream/stream_options.h"
#include "stream/stream_status.h"

namespace awps {

/// How much a line of the log matters.
enum class StreamLog : uint8_t { kInfo, kWarning, kError };

class Stream {
 public:
  struct Parts {
    const Clock& clock;
    RecordSource& source;
    LetterWriter* letters = nullptr;  // to a topic; nullptr: the hub keeps them
    StreamCounters& counters;
    std::function<uint64_t()> next_producer;  // a number that no producer of any door has
    std::function<void(StreamLog level, const std::string& line)> log;
    std::function<void()> wake;  // interrupts the thread's wait; any thread
    int slot = 0;                // its place in every hub's queue
    /// What is owned of the topic; the stream's thread calls it. Empty: nobody asks.
    std::function<void(const SharedPart& part)> on_part{};
  };

  Stream(StreamOptions options, std::shared_ptr<const HubDirectory> hubs, Parts parts);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// Does all that can be done at once.
  void turn(Instant now);
  /// When the next turn is due, if nobody wakes before; `now`: at once.
  Instant next_turn(Instant now) const;
  /// Before a wait: false if there is something to do after all. Then woke_up().
  bool prepare_to_sleep();
  void woke_up();

  /// max_ahead, hubs and the times count from now on; the rest stays as it was made.
  void set_options(const StreamOptions& options);
  /// Between two turns.
  void follow_directory(std::shared_ptr<const HubDirectory> hubs);

  /// Gives back all partitions and leaves the group; turns go on until has_stopped(). That comes in
  /// bounded time, whatever the broker and the hubs do.
  void begin_stop(Instant now);
  /// Likewise, within 2 s and a commit: what is under way is not waited for, nor brokers that hang.
  void hurry_stop(Instant now);
  bool has_stopped() const;
  /// After has_stopped(), instead of turns: takes what hubs still report of what was under way.
  /// Only once it is true may this be destroyed: then no hub knows of it any more. The source may
  /// be gone.
  bool is_forgotten();

  StreamStatus status() const;

  /// Any thread: a hub has room again.
  void room_again();

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace awps
