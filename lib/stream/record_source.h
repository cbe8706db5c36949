#pragma once

// RecordSource: where the records of a stream come from, as a member of a group whose members share
// the partitions of one topic. It has two implementations: KafkaSource (stream/kafka/) and the
// tests' ScriptedSource.
//
// 1. Nothing blocks but commit_and_wait(), and that at most as long as it is told.
// 2. A partition is owned from its Assigned until release() after its Revoked. In between no other
//    member reads it, unless the Revoked says that it is lost.
// 3. Records of a partition come by ascending offset, from the one that Assigned says. Gaps are
//    normal. What is not asked for stays with the source, which fetches little ahead.
// 4. A source tells its stream's thread when there is something new (its `wake`, given to the
//    implementation); without that it is asked once a second.
//
// One thread, the stream's. Offsets count records of a partition from 0.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace awps {

struct StreamRecord {
  int64_t offset = 0;
  bool has_key = false;
  std::string_view key;       // these two: borrowed until the next call of the source
  bool is_tombstone = false;  // it has no value at all
  std::string_view value;
  std::optional<WallTime> written_at;  // its timestamp; empty: it has none
};

struct PartitionOffset {
  int32_t partition = 0;
  int64_t offset = 0;  // of the next record to be read: all before it are done
  friend bool operator==(const PartitionOffset&, const PartitionOffset&) = default;
};

/// These are owned from now on, beside those that are. Each offset is the committed one; kNone:
/// nothing is committed. None at all, while none is owned: it is a member, and the others have all.
struct Assigned {
  static constexpr int64_t kNone = -1;
  std::vector<PartitionOffset> partitions;
};

/// These are to be given back: the source waits for release(). Lost: somebody else may have them
/// already, and commits fail. One that was revoked may be lost before it is released; then it comes
/// once more.
struct Revoked {
  std::vector<int32_t> partitions;
  bool is_lost = false;
};

/// The end of one commit(), or of a part of it: some partitions may be stored, and others refused.
struct CommitEnded {
  std::vector<PartitionOffset> offsets;  // as they were given
  std::string error;                     // empty: they are stored
};

/// Not everything of a commit was stored.
struct CommitFailure {
  std::string message;
  /// It shows that the group takes this process for its member all the same: something was stored,
  /// or refused for a reason that is looked for only after who commits was found to be a member.
  bool is_of_member = false;
};

/// The source cannot work, or in part. Told at each change.
struct SourceTrouble {
  enum class Kind : uint8_t {
    kBrokerAway,
    kCredentialRefused,
    kTopicMissing,
    kGroupRefused,
    kOther,
  };
  Kind kind = Kind::kOther;
  std::string message;  // for people: what, where, and what follows
};

/// The trouble is over.
struct SourceWell {};

using SourceEvent = std::variant<Assigned, Revoked, CommitEnded, SourceTrouble, SourceWell>;

class RecordSource {
 public:
  virtual ~RecordSource() = default;

  /// Nothing: there is none now. Asked at least once a second, while it is a member.
  virtual std::optional<SourceEvent> next_event() = 0;
  /// Of an owned partition. Nothing: none has arrived.
  virtual std::optional<StreamRecord> next_record(int32_t partition) = 0;

  /// Stores them for the group; ends with a CommitEnded for each of them.
  virtual void commit(std::span<const PartitionOffset> offsets) = 0;
  /// The same, and waits for its end.
  virtual Result<void, CommitFailure> commit_and_wait(std::span<const PartitionOffset> offsets,
                                                      Duration at_most) = 0;
  /// Ends a Revoked, or a part of one.
  virtual void release(std::span<const int32_t> partitions) = 0;

  /// The offset behind the partition's last record, as last heard. Nothing: not heard yet.
  virtual std::optional<int64_t> end_of(int32_t partition) const = 0;

  /// How many partitions the topic has, as last heard: it asks whenever some are assigned, and each
  /// minute. Nothing: not heard yet.
  virtual std::optional<int32_t> partitions_of_topic() const = 0;

  /// Leaves the group: a Revoked of all that it has comes, and then has_left().
  virtual void leave() = 0;
  virtual bool has_left() const = 0;
};

}  // namespace awps
