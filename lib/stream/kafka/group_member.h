#pragma once

// GroupMember: which partitions of the topic are ours. It carries out what the group decides, and
// turns it into Assigned and Revoked.
//
// 1. An assignment is carried out at once; it is told when it is known how far the group has got.
// 2. A revoke is carried out when all that it concerns has been released, or was never told.
// 3. A partition that comes again while it is still to be released is told after that.
// 4. That the group has nothing for us is told once all that we had has been released.
// 5. Who leaves tells all of it as revoked, by itself: the group is asked once all is released.
//
// It belongs to one thread.

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "stream/kafka/kafka_client.h"
#include "stream/kafka/partition_queues.h"
#include "stream/record_source.h"

namespace awps {

class GroupMember {
 public:
  struct Parts {
    std::string topic;
    std::function<void(SourceEvent)> tell;
    std::function<void(std::string)> fail;  // the session cannot go on
  };
  /// A partition whose Assigned waits for what is committed. `serial` tells assignments apart.
  struct Untold {
    int32_t partition;
    uint64_t serial;
  };

  explicit GroupMember(Parts parts) : parts_(std::move(parts)) {}

  /// Both outlive the session.
  void begin_session(rd_kafka_t* client, PartitionQueues& queues);
  /// All that it had is lost.
  void end_session();

  /// What the group decided.
  void rebalance(rd_kafka_resp_err_t what, const rd_kafka_topic_partition_list_t& partitions);
  /// To be called now and then: whether a revoke that waits for its release is lost meanwhile.
  void look_for_loss();

  std::vector<Untold> untold() const;
  void tell_assigned(std::span<const Untold> asked, std::span<const PartitionOffset> committed);
  bool owns(int32_t partition) const;
  void release(std::span<const int32_t> partitions);

  void leave();
  bool is_leaving() const { return is_leaving_; }
  bool has_none() const { return partitions_.empty() && !must_unassign_; }

 private:
  enum class State : uint8_t { kUntold, kOwned, kRevoked };
  struct Partition {
    State state = State::kUntold;
    uint64_t serial = 0;
    bool is_lost = false;
    bool comes_again = false;
  };

  bool is_cooperative() const;
  void assign(const std::vector<int32_t>& partitions);
  void revoke(const std::vector<int32_t>& partitions, bool is_lost);
  void take_back(const std::vector<int32_t>& partitions, bool is_lost);
  std::vector<int32_t> all() const;
  void unassign_if_free();
  void tell_if_given_none();

  const Parts parts_;
  rd_kafka_t* client_ = nullptr;
  PartitionQueues* queues_ = nullptr;
  std::map<int32_t, Partition> partitions_;
  uint64_t last_serial_ = 0;
  std::vector<int32_t> revoked_;  // of the revoke that waits
  bool must_unassign_ = false;    // the group waits for us
  bool is_lost_ = false;
  bool is_given_none_ = false;  // by the group, which is to be told
  bool is_leaving_ = false;
};

}  // namespace awps
