#pragma once

// Departure: partitions on their way out, together: because they were revoked, or because the
// stream stops.
//
// 1. What the hubs have queued of them is withdrawn. A hub that does not confirm that in time has a
//    worker that hangs: what it has may still be sent. Partitions with something there are given
//    back without a commit.
//    In time: a process that was stopped has not waited, up to the time of 2.
// 2. What is under way is waited for until the deadline, all partitions together. What is not
//    settled by then stays before their offsets, and is read again by their next owners.
//
// Belongs to the stream's thread.

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "stream/partition.h"
#include "stream/stream_posts.h"

namespace awps {

struct Leaving {
  Partition* partition = nullptr;
  bool is_asked = false;  // its source waits for release()
  bool is_lost = false;
  bool is_confirmed = true;  // by its hubs
};

class Departure {
 public:
  struct Limits {
    Duration confirmation = std::chrono::seconds(2);
    Duration under_way = std::chrono::seconds(10);
  };

  /// Withdraws at once.
  Departure(std::vector<Leaving> leaving, const Limits& limits, Instant now,
            const std::shared_ptr<StreamPosts>& posts);
  Departure(const Departure&) = delete;
  Departure& operator=(const Departure&) = delete;

  Leaving* find(const Partition& partition);
  /// Takes those out that can be given back now. What went wrong is appended to `warnings`.
  std::vector<Leaving> take_done(Instant now, std::vector<std::string>& warnings);
  /// The stop is wanted at once: hubs get a moment to confirm, and what is under way no more.
  void hurry(Instant now);
  bool is_over() const { return leaving_.empty(); }
  Instant next_time() const;

 private:
  using Unconfirmed = std::set<StreamHubHandle>;

  void look(Instant now);
  void take_unconfirmed(std::vector<Leaving>& done, std::vector<std::string>& warnings);

  std::vector<Leaving> leaving_;
  Instant looked_at_;
  Instant confirm_by_;
  Instant until_;
  Duration forgiven_;                         // so much time in which it stood still is left to be
  std::shared_ptr<Unconfirmed> unconfirmed_;  // the hubs' answers change it, in this thread
};

}  // namespace awps
