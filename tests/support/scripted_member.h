#pragma once

// ScriptedMember: a member of the group of a ScriptedBroker, as a stream sees it: a RecordSource.
// One thread, and no longer than its broker.

#include <deque>
#include <functional>
#include <map>

#include "tests/support/scripted_broker.h"

namespace awps {

class ScriptedMember final : public RecordSource {
 public:
  ScriptedMember(ScriptedBroker& broker, size_t number, std::function<void()> wake);
  /// Unless it has left, the broker hears of its end only by its silence.
  ~ScriptedMember() override;

  size_t number() const { return number_; }

  std::optional<SourceEvent> next_event() override;
  std::optional<StreamRecord> next_record(int32_t partition) override;
  void commit(std::span<const PartitionOffset> offsets) override;
  Result<void, CommitFailure> commit_and_wait(std::span<const PartitionOffset> offsets,
                                              Duration at_most) override;
  void release(std::span<const int32_t> partitions) override;
  std::optional<int64_t> end_of(int32_t partition) const override;
  std::optional<int32_t> partitions_of_topic() const override { return broker_.partitions(); }
  void leave() override { broker_.leave(number_); }
  bool has_left() const override { return broker_.has_left(number_); }

 private:
  friend class ScriptedBroker;

  struct Owned {
    int64_t position = 0;
    Instant readable_from{};
    bool is_woken = false;
    bool is_revoked = false;
    bool is_lost = false;
    int64_t committed = -1;  // the last that was sent
  };

  void wake() { wake_(); }
  void push(SourceEvent event);
  void push_assigned(Assigned assigned, Instant readable_from);
  void wake_for_records();
  Instant next_records(Instant now) const;
  bool owns_nothing() const;
  void take(SourceEvent& event);
  bool may_commit(std::span<const PartitionOffset> offsets);

  ScriptedBroker& broker_;
  const size_t number_;
  std::function<void()> wake_;
  std::deque<SourceEvent> events_;
  std::deque<Instant> readable_from_;  // one for each Assigned among the events
  std::map<int32_t, Owned> owned_;
};

}  // namespace awps
