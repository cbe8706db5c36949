#pragma once

// WorkerForStreams: what streams ask of a hub, by way of its worker's mailbox.
//
// It outlives the worker, whose mailbox may have what is asked until the end. Any thread, but for
// keeps_letters_in().

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "queue/hub_for_streams.h"
#include "worker/letter_box.h"

namespace awps {

class Worker;

class WorkerForStreams final : public HubForStreams {
 public:
  /// Both outlive the last call.
  WorkerForStreams(Worker& worker, const Clock& clock) : worker_(worker), clock_(clock) {}
  WorkerForStreams(const WorkerForStreams&) = delete;
  WorkerForStreams& operator=(const WorkerForStreams&) = delete;

  /// The hub's letters go to disk by this box; nullptr: they stay in memory. Before the first
  /// stream knows of it.
  void keeps_letters_in(const LetterBox* box) { box_ = box; }

  void withdraw(std::vector<uint64_t> producers, std::function<void()> confirmed) override;
  void keep(RefusedRecord record, std::function<void(uint64_t letter)> kept) override;
  bool may_keep_more() const override {
    return waiting_bytes_.load(std::memory_order_relaxed) < kMostWaitingBytes;
  }
  uint64_t letters_safe_up_to() const override {
    return box_ == nullptr ? UINT64_MAX : box_->safe_up_to();
  }
  std::string letters_error() const override { return box_ == nullptr ? "" : box_->error(); }
  void ask_why(std::vector<Waiting> actions, Told told) override;

 private:
  static constexpr uint64_t kMostWaitingBytes = uint64_t{4} << 20U;

  Worker& worker_;
  const Clock& clock_;
  const LetterBox* box_ = nullptr;
  std::atomic<uint64_t> waiting_bytes_{0};  // of letters in the mailbox
};

}  // namespace awps
