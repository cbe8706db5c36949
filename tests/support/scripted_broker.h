#pragma once

// ScriptedBroker: one topic and one consumer group that reads it, in virtual time: what a
// RecordSource hears of a broker, with the books that prove what was committed when.
//
// 1. A partition belongs to one member at a time. Who has it was given it by an Assigned that it
//    took, and keeps it until it released it, was silent for a session's time, or died and was
//    silent so long.
// 2. A commit of who does not have the partition any more is refused; of the others, commits are
//    stored in the order in which they were sent.
// 3. mistakes() says what a member did that no broker would stand, and no daemon should do.
//
// One thread.

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "stream/record_source.h"

namespace awps {

class ScriptedMember;

class ScriptedBroker {
 public:
  struct Options {
    int32_t partitions = 1;
    Duration session_timeout = std::chrono::seconds(30);
    bool is_eager = false;       // a rebalance revokes everything, not only what moves
    Duration slowest_records{};  // arrive up to so long after an assignment
    uint64_t seed = 0;
  };
  /// What becomes of a commit, by chance.
  struct CommitFaults {
    double refused = 0;     // nothing is stored
    double unanswered = 0;  // stored, but its sender hears of an error
    Duration slowest{};     // takes up to so long
  };
  struct Record {
    int64_t offset = 0;
    std::optional<std::string> key;
    std::optional<std::string> value;  // nothing: a tombstone
    std::optional<WallTime> written_at;
  };
  /// Sees what happens, at once.
  struct Watch {
    std::function<void(size_t member, const Record&, int32_t partition)> read;
    std::function<void(int32_t partition, int64_t before, int64_t offset)> committed;
    std::function<void(size_t member, const PartitionOffset&)> assigned;
    std::function<void(size_t member, int32_t partition, bool is_lost)> revoked;
    std::function<void(size_t member, int32_t partition, bool is_lost)> released;
    /// Somebody waited for a commit, and was answered as who is in the group.
    std::function<void(size_t member)> proven;
  };

  ScriptedBroker(const Options& options, Instant now);
  ~ScriptedBroker();
  ScriptedBroker(const ScriptedBroker&) = delete;
  ScriptedBroker& operator=(const ScriptedBroker&) = delete;

  void watch(Watch watch) { watch_ = std::move(watch); }

  // The topic.
  int64_t append(int32_t partition, Record record);
  /// So many offsets are nobody's, as after a compaction.
  void leave_gap(int32_t partition, int64_t offsets);
  int64_t end_of(int32_t partition) const { return at(partition).end; }
  /// Of the first record at or behind it; the end: there is none.
  int64_t first_record_from(int32_t partition, int64_t offset) const;
  /// -1: nothing is.
  int64_t committed(int32_t partition) const { return at(partition).committed; }
  int32_t partitions() const { return static_cast<int32_t>(partitions_.size()); }
  std::optional<size_t> owner(int32_t partition) const { return at(partition).owner; }

  // The group.
  /// A new member; its number is theirs by whom nothing else was. `wake`: something has come.
  std::unique_ptr<ScriptedMember> join(std::function<void()> wake);
  /// Partitions move among the members for no reason that they know.
  void move_partitions();
  /// The group goes on without this member, which hears of it at its next poll.
  void fence(size_t member);

  // Faults.
  void set_commit_faults(const CommitFaults& faults) { commit_faults_ = faults; }
  void refuse_commits_of(int32_t partition, bool refuse) { at(partition).refuses = refuse; }
  /// Nothing comes and nothing is stored; who is in the group hears of it.
  void set_trouble(std::optional<SourceTrouble> trouble);
  bool is_away() const { return trouble_.has_value(); }

  // Time.
  void advance(Instant now);
  Instant now() const { return now_; }
  Instant next_event() const;

  /// Until then its thread waits for a commit: it must not be turned.
  Instant blocked_until(size_t member) const { return members_[member].blocked_until; }

  const std::vector<std::string>& mistakes() const { return mistakes_; }

 private:
  friend class ScriptedMember;

  struct Partition {
    std::deque<Record> records;
    int64_t end = 0;
    int64_t committed = -1;
    bool refuses = false;
    std::optional<size_t> owner;
    uint64_t ownership = 0;   // counts them
    bool is_revoked = false;  // its owner was told to release it
    Instant revoked_at{};
  };
  struct Member {
    ScriptedMember* source = nullptr;  // nothing: its process is gone
    bool is_in_group = false;
    bool is_leaving = false;
    Instant last_poll{};
    Instant blocked_until{};
  };
  struct Commit {
    size_t member = 0;
    std::vector<PartitionOffset> offsets;
    std::vector<uint64_t> ownerships;  // of these, when it was sent
    Instant at{};
    bool is_refused = false;
    bool is_unanswered = false;
    bool is_waited_for = false;
  };

  Partition& at(int32_t partition) { return partitions_.at(static_cast<size_t>(partition)); }
  const Partition& at(int32_t partition) const {
    return partitions_.at(static_cast<size_t>(partition));
  }
  Duration random_below(Duration bound);

  // For sources.
  void note_poll(size_t member);
  void leave(size_t member);
  bool has_left(size_t member) const;
  void gone(size_t member);
  void release(size_t member, int32_t partition, bool is_lost);
  Commit& send(size_t member, std::span<const PartitionOffset> offsets);
  Result<void, CommitFailure> wait_for_commit(size_t member,
                                              std::span<const PartitionOffset> offsets,
                                              Duration at_most);
  const Record* record_from(int32_t partition, int64_t offset) const;
  void mistake(size_t member, const std::string& text);

  Result<void, CommitFailure> store(const Commit& commit);
  bool store(const Commit& commit, size_t index);
  bool is_of_owner(const Commit& commit, size_t index) const;
  void drop(size_t member);
  void drop_the_silent();
  void begin_rebalance();
  void end_rebalance();
  void revoke(size_t member, const std::vector<int32_t>& partitions, bool is_lost);
  std::vector<size_t> members_in_group() const;
  std::vector<int32_t> owned_by(size_t member) const;

  const Options options_;
  Random random_;
  Instant now_;
  Watch watch_;
  std::vector<Partition> partitions_;
  std::vector<Member> members_;
  std::deque<Commit> commits_;
  CommitFaults commit_faults_;
  std::optional<SourceTrouble> trouble_;
  size_t shift_ = 0;  // of the partitions along the members
  bool wants_rebalance_ = false;
  bool is_rebalancing_ = false;  // waits for releases
  std::vector<std::string> mistakes_;
};

}  // namespace awps
