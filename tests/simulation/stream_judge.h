#pragma once

// StreamJudge: the oracle of streams. It is told what the broker, the service and the hubs see, and
// says where that breaks the contract:
//
// 1. No offset is committed past a record that is not settled.
// 2. Of a partition, only who owns it starts requests, unless it was lost, or a hub did not answer
//    in time; and nobody starts one whose stream was silent for half a session.
// 3. Who gives a partition back has nothing under way for it, has committed all that is settled,
//    and needs bounded time.
// 4. Records that an owner read and that are not committed are at most max_ahead, so no more of a
//    partition come again after a crash; and of a partition whose record waits for room, no further
//    one is read.
// 5. What is settled is committed soon, while commits work.
// 6. After a silence of half a session nothing starts for a record until a commit was waited for,
//    and answered as to a member, if there is an offset to ask with; of a lost partition nothing,
//    once the stream has had a turn.
// 7. Who starts a request has no larger part of the fleet's limit than of the partitions: those
//    that are being given back do not count, nor any after such a silence.
//
// One thread.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "tests/simulation/stream_truth.h"
#include "tests/support/scripted_broker.h"

namespace awps {

class StreamJudge {
 public:
  struct Options {
    Duration service_timeout = std::chrono::seconds(10);
    Duration session_timeout = std::chrono::seconds(30);
  };

  StreamJudge(const Options& options, StreamTruth& truth, ScriptedBroker& broker,
              const Instant& now);

  // ---- what happens

  void joined(size_t member, uint64_t max_ahead);
  void set_max_ahead(size_t member, uint64_t max_ahead) { members_[member].max_ahead = max_ahead; }
  void died(size_t member);
  void turned(size_t member);
  /// One of its hubs does nothing: it may confirm too late.
  void hub_stalls(size_t member) { members_[member].stalled_at = now_; }
  void entered(size_t member, uint64_t producer, size_t element);
  /// A dead letter says that it was.
  void refused(int32_t partition, int64_t offset, uint32_t index);
  /// Which of its ownerships has an element, now that it is given to a hub or to where letters are
  /// kept.
  size_t ownership_of(size_t member, int32_t partition) {
    return members_[member].latest.at(partition);
  }
  size_t ownership_of(size_t member, uint64_t producer) {
    return members_[member].ownership_of.at(producer);
  }
  /// The element of a record has come to its end there.
  void settled(size_t ownership, TruthElement& element);
  void started(size_t member, uint64_t producer, size_t element);
  /// A request, of whomever, while that part of the fleet's limit was in force.
  void started_with(size_t member, double part);
  void ended(size_t member, uint64_t producer);
  /// From now on commits may fail, or work again.
  void commits_work(int32_t partition, bool work);

  /// Its owner has read and settled all that it may as long as nothing is committed.
  bool has_settled_what_it_may(int32_t partition);

  /// After each step.
  void check();

  void mistake(const std::string& text);
  const std::vector<std::string>& mistakes() const { return mistakes_; }
  /// Records that were read before by somebody else; of all rebalances and crashes.
  uint64_t read_again() const { return read_again_; }
  uint64_t ownerships() const { return ownerships_.size(); }
  uint64_t losses() const { return losses_; }

 private:
  struct Ownership {
    size_t member = 0;
    int32_t partition = 0;
    int64_t from = 0;
    Instant since{};
    Instant has_offset_since = kNever;  // one that can be committed
    std::optional<Instant> revoked_at;
    bool is_over = false;
    bool is_lost = false;     // or nobody can tell it that it is over: others may have it
    bool is_excused = false;  // gave it back with requests under way, as it may after its patience
    size_t under_way = 0;
    int64_t read_up_to = -1;                     // the last offset
    std::deque<int64_t> ahead;                   // read, from the lowest that is not committed
    std::map<int64_t, std::set<uint32_t>> open;  // offset → elements that are not
    std::map<int64_t, size_t> to_be_entered;     // offset → elements
  };
  struct Member {
    uint64_t max_ahead = 0;
    Instant last_turn{};
    Instant awake_since{};                // it was not frozen since
    Instant slept_from = Instant::min();  // the last silence that ends a lease
    Instant slept_until = Instant::min();
    Instant proven_at = Instant::min();
    Instant stalled_at = Instant::min();
    std::map<int32_t, size_t> latest;         // partition → ownership
    std::map<uint64_t, size_t> ownership_of;  // producer → ownership
  };
  struct Partition {
    int64_t highest_read = -1;
    bool commits_work = true;
    Instant work_since{};
    struct Owed {
      int64_t offset = 0;
      Instant since{};
    };
    std::optional<Owed> owed;  // settled, and to be committed
  };

  void assigned(size_t member, const PartitionOffset& offset);
  void read(size_t member, const ScriptedBroker::Record& record, int32_t partition);
  void committed(int32_t partition, int64_t before, int64_t offset);
  void revoked(size_t member, int32_t partition, bool is_lost);
  void released(size_t member, int32_t partition, bool is_lost);
  void check_release(Ownership& its);
  void check_commits(int32_t partition);
  void check_bounds(const Ownership& its);
  /// Of this ownership, whatever others settled.
  static int64_t settled_up_to(const Ownership& its) {
    return its.open.empty() ? its.read_up_to + 1 : its.open.begin()->first;
  }
  bool can_prove(const Member& member) const;
  bool is_proven(const Member& member, const Ownership& its) const;
  Ownership* latest(size_t member, int32_t partition);
  Duration patience() const {
    return std::min(options_.service_timeout, options_.session_timeout / 2);
  }
  bool was_stalled(const Ownership& its) const;
  std::string name_of(const Ownership& its) const;

  const Options options_;
  StreamTruth& truth_;
  ScriptedBroker& broker_;
  const Instant& now_;
  const Instant start_;
  std::map<size_t, Member> members_;
  std::deque<Ownership> ownerships_;
  std::vector<Partition> partitions_;
  uint64_t read_again_ = 0;
  uint64_t losses_ = 0;
  std::vector<std::string> mistakes_;
};

}  // namespace awps
