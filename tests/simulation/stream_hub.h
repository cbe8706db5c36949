#pragma once

// StreamHub: a hub in memory of a world of streams: the real queue and the real pipeline, with the
// worker's part played here, what streams ask of it, and a disk for its dead letters that may be
// slow or stuck. It tells the judge what starts and what enters, and the truth what became of it.
//
// It checks what World checks: the law, the order, times to live, and that a worker that waits has
// something to wait for; and that only what was withdrawn is returned.
//
// One thread.

#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "hub/pipeline.h"
#include "queue/hub_entrance.h"
#include "queue/hub_for_streams.h"
#include "queue/hub_queue.h"
#include "queue/report_queue.h"
#include "tests/simulation/oracle.h"
#include "tests/simulation/stream_judge.h"
#include "tests/simulation/stream_service.h"

namespace awps {

class StreamHub final : public HubForStreams, public HubEntrance {
 public:
  struct Options {
    size_t member = 0;  // of the group: its daemon
    PipelineOptions pipeline;
    HubQueue::Options queue;
    bool has_disk = true;  // for letters; else they are safe in memory, as configured
    Duration slowest_sync{};
    uint64_t seed = 0;
  };
  struct Parts {
    EndpointState& endpoint;
    StreamService& service;
    StreamTruth& truth;
    StreamJudge& judge;
    const Clock& clock;
    std::function<void()> room_again;
  };

  StreamHub(const Options& options, const Parts& parts);

  HubQueue& queue() { return queue_; }
  Pipeline& pipeline() { return *pipeline_; }
  const std::string& name() const { return options_.queue.hub; }
  /// Of an action that a socket brings.
  static uint64_t element_of(const Action& action);

  /// What a worker does in a turn.
  void work();
  Instant next_event() const;
  /// It does nothing until then.
  void stall(Instant until) { stalled_until_ = until; }
  bool is_stalled() const { return clock_.now() < stalled_until_; }
  void set_disk_stuck(bool is_stuck) { is_disk_stuck_ = is_stuck; }
  void check_law();
  /// Its process is gone. Nothing else is called any more, but queue().
  void end();

  // HubEntrance
  std::optional<Receipt> enter(int intake_thread, std::unique_ptr<Batch> batch) override;
  void end_read() override { memory_.end_read(); }

  // HubForStreams
  void withdraw(std::vector<uint64_t> producers, std::function<void()> confirmed) override;
  void keep(RefusedRecord record, std::function<void(uint64_t letter)> kept) override;
  bool may_keep_more() const override { return refused_in_mail_ < kMostRefused; }
  uint64_t letters_safe_up_to() const override { return options_.has_disk ? safe_ : UINT64_MAX; }
  std::string letters_error() const override { return is_disk_stuck_ ? "the disk is stuck" : ""; }
  void ask_why(std::vector<Waiting> actions, Told told) override;

 private:
  using Key = std::pair<uint64_t, uint64_t>;  // producer, seq
  struct Issued {
    size_t element = 0;
    OrderedAction order;
    Account* account = nullptr;
    size_t number = 0;  // in the order accepted
    Instant accepted{};
    bool is_active = false;
  };
  struct Attempt {
    Instant at{};
    Operation* operation = nullptr;
    std::vector<Key> members;
    HttpResponse response;
  };
  struct Letter {
    uint64_t number = 0;
    TruthElement* element = nullptr;
    size_t ownership = 0;  // where the element is of a record
  };
  static constexpr size_t kMostRefused = 4;

  void take_batches();
  void take_answers();
  void start(Operation& operation);
  void check_start(const std::vector<Key>& members, size_t position);
  void answer(const Attempt& attempt);
  void report();
  void take(const Outcome& outcome);
  void take_settled(const Key& key, const Issued& issued, const Outcome& outcome);
  void settle(const Key& key, TruthElement& element);
  void keep_letter(Letter letter);
  void sync_letters();
  void keep_now(const RefusedRecord& record, const std::function<void(uint64_t)>& kept);
  Instant expiry(const Issued& issued) const;
  void mistake(const std::string& text) { judge_.mistake(name() + ": " + text); }

  const Options options_;
  const EndpointState& endpoint_;
  StreamService& service_;
  StreamTruth& truth_;
  StreamJudge& judge_;
  const Clock& clock_;
  HubQueue queue_;
  MemoryEntrance memory_;
  std::unique_ptr<Pipeline> pipeline_;
  Reporter reporter_;
  Random random_;
  std::map<Key, Issued> open_;  // accepted, without an Outcome
  size_t accepted_ = 0;
  std::vector<Attempt> attempts_;
  std::vector<std::function<void()>> mail_;
  size_t refused_in_mail_ = 0;
  std::set<uint64_t> withdrawn_;  // producers
  bool is_woken_ = true;
  Instant stalled_until_ = Instant::min();
  bool is_disk_stuck_ = false;
  uint64_t safe_ = 0;
  uint64_t syncing_ = 0;  // up to that letter
  Instant synced_at_ = kNever;
  std::vector<Letter> unsafe_;
};

}  // namespace awps
