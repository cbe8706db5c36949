#include "stream/kafka/group_member.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace awps {

namespace {

std::vector<int32_t> numbers_of(const rd_kafka_topic_partition_list_t& list) {
  std::vector<int32_t> numbers;
  for (int i = 0; i < list.cnt; ++i) numbers.push_back(list.elems[i].partition);
  return numbers;
}

}  // namespace

void GroupMember::begin_session(rd_kafka_t* client, PartitionQueues& queues) {
  client_ = client;
  queues_ = &queues;
}

void GroupMember::end_session() {
  take_back(all(), true);
  revoked_.clear();
  must_unassign_ = false;
  is_given_none_ = false;
  client_ = nullptr;
  queues_ = nullptr;
}

void GroupMember::rebalance(rd_kafka_resp_err_t what,
                            const rd_kafka_topic_partition_list_t& partitions) {
  if (client_ == nullptr) return;
  if (what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) return assign(numbers_of(partitions));
  revoke(numbers_of(partitions), rd_kafka_assignment_lost(client_) != 0);
}

bool GroupMember::is_cooperative() const {
  const char* protocol = rd_kafka_rebalance_protocol(client_);
  return protocol != nullptr && std::string_view(protocol) == "COOPERATIVE";
}

void GroupMember::assign(const std::vector<int32_t>& partitions) {
  revoked_.clear();
  must_unassign_ = false;
  const bool is_added = is_cooperative();
  // What the group gives anew without a revoke was lost in between.
  if (!is_added) take_back(all(), true);
  if (!is_leaving_) {
    for (const int32_t number : partitions) {
      queues_->close(number);
      queues_->open(number);
      const auto [place, is_new] = partitions_.try_emplace(number);
      place->second.comes_again = !is_new;
      if (is_new) place->second.serial = ++last_serial_;
    }
  }
  is_given_none_ = partitions.empty();
  tell_if_given_none();
  const KafkaPartitions list = kafka_partitions(parts_.topic, partitions);
  if (is_added) {
    const KafkaError error(rd_kafka_incremental_assign(client_, list.get()));
    if (error != nullptr) parts_.fail(rd_kafka_error_string(error.get()));
    return;
  }
  const rd_kafka_resp_err_t error = rd_kafka_assign(client_, list.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) parts_.fail(rd_kafka_err2str(error));
}

void GroupMember::revoke(const std::vector<int32_t>& partitions, bool is_lost) {
  revoked_ = partitions;
  must_unassign_ = true;
  is_given_none_ = false;
  is_lost_ = is_lost;
  take_back(partitions, is_lost);
  unassign_if_free();
}

// Those that were told are told as revoked, the others are gone at once.
void GroupMember::take_back(const std::vector<int32_t>& partitions, bool is_lost) {
  Revoked revoked{.partitions = {}, .is_lost = is_lost};
  for (const int32_t number : partitions) {
    const auto found = partitions_.find(number);
    if (found == partitions_.end()) continue;
    Partition& partition = found->second;
    partition.comes_again = false;
    if (partition.state == State::kUntold) {
      if (queues_ != nullptr) queues_->close(number);
      partitions_.erase(found);
      continue;
    }
    const bool is_news = partition.state == State::kOwned || (is_lost && !partition.is_lost);
    partition.state = State::kRevoked;
    partition.is_lost = partition.is_lost || is_lost;
    if (is_news) revoked.partitions.push_back(number);
  }
  if (!revoked.partitions.empty()) parts_.tell(std::move(revoked));
}

std::vector<int32_t> GroupMember::all() const {
  std::vector<int32_t> numbers;
  for (const auto& [number, partition] : partitions_) numbers.push_back(number);
  return numbers;
}

void GroupMember::look_for_loss() {
  if (!must_unassign_ || is_lost_ || rd_kafka_assignment_lost(client_) == 0) return;
  is_lost_ = true;
  take_back(revoked_, true);
}

std::vector<GroupMember::Untold> GroupMember::untold() const {
  std::vector<Untold> found;
  for (const auto& [number, partition] : partitions_) {
    if (partition.state == State::kUntold) found.push_back({number, partition.serial});
  }
  return found;
}

void GroupMember::tell_assigned(std::span<const Untold> asked,
                                std::span<const PartitionOffset> committed) {
  Assigned assigned;
  for (const PartitionOffset& offset : committed) {
    const auto found = partitions_.find(offset.partition);
    if (found == partitions_.end() || found->second.state != State::kUntold) continue;
    const bool is_this_one = std::ranges::any_of(asked, [&](const Untold& one) {
      return one.partition == offset.partition && one.serial == found->second.serial;
    });
    if (!is_this_one) continue;
    found->second.state = State::kOwned;
    assigned.partitions.push_back(offset);
  }
  if (!assigned.partitions.empty()) parts_.tell(std::move(assigned));
}

bool GroupMember::owns(int32_t partition) const {
  const auto found = partitions_.find(partition);
  return found != partitions_.end() && found->second.state == State::kOwned;
}

void GroupMember::release(std::span<const int32_t> partitions) {
  for (const int32_t number : partitions) {
    const auto found = partitions_.find(number);
    if (found == partitions_.end() || found->second.state != State::kRevoked) continue;
    if (found->second.comes_again) {
      found->second = {.serial = ++last_serial_};
      continue;
    }
    if (queues_ != nullptr) queues_->close(number);
    partitions_.erase(found);
  }
  unassign_if_free();
  tell_if_given_none();
}

void GroupMember::tell_if_given_none() {
  if (!is_given_none_ || !partitions_.empty() || is_leaving_) return;
  is_given_none_ = false;
  parts_.tell(Assigned{});
}

void GroupMember::unassign_if_free() {
  if (!must_unassign_) return;
  const bool is_held = std::ranges::any_of(
      revoked_, [this](int32_t number) { return partitions_.contains(number); });
  if (is_held) return;
  must_unassign_ = false;
  if (!is_cooperative()) {
    const rd_kafka_resp_err_t error = rd_kafka_assign(client_, nullptr);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) parts_.fail(rd_kafka_err2str(error));
    return;
  }
  const KafkaPartitions list = kafka_partitions(parts_.topic, revoked_);
  const KafkaError error(rd_kafka_incremental_unassign(client_, list.get()));
  if (error != nullptr) parts_.fail(rd_kafka_error_string(error.get()));
}

void GroupMember::leave() {
  if (is_leaving_) return;
  is_leaving_ = true;
  take_back(all(), false);
}

}  // namespace awps
