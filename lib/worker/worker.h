#pragma once

// Worker: the one thread of a hub. It owns the hub's pipeline and everything that its requests
// need, takes batches from the HubQueue, and reports outcomes to the intake threads.
//
// The loop: take batches → let time pass → start what may start → report → wait for answers.
//
// In a durable hub its queue is the window: what the committer (committer.h) lets into memory. It
// tells the committer where in the log that was which has its outcome by now, and what a stop
// leaves stays there. Records of streams come beside the window, by a queue of their own: no log
// has them. What a stop leaves of them is returned to their stream.
//
// run() is the thread's body; stop(), stop_now(), ask(), last_turn(), tap() and the counters may
// be used from any thread.

#include <spdlog/logger.h>

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "auth/token_source.h"
#include "base/clock.h"
#include "hub/pipeline.h"
#include "metrics/counters.h"
#include "queue/hub_queue.h"
#include "queue/report_queue.h"
#include "record/record.h"
#include "spool/undelivered_file.h"
#include "worker/committer.h"
#include "worker/id_filter.h"
#include "worker/log_run.h"
#include "worker/mailbox.h"
#include "worker/sender.h"
#include "worker/tap.h"
#include "worker/worker_log.h"

namespace awps {

class Worker {
 public:
  /// Without actions and without a call from outside, the loop turns this often. While it holds
  /// actions it turns more often, see kLongestWait.
  static constexpr Duration kLongestSleep = std::chrono::seconds(6);

  struct Options {
    size_t max_undelivered_line_bytes = size_t{8} << 20U;  // see record_lines.h
    KnownIds::Options ids{.most = 0};  // of a hub in memory; a committer has its own
    PipelineOptions hub;
    Sender::Options sender;
  };

  /// What a worker is made of; all of it outlives the worker.
  struct Parts {
    HubQueue& queue;
    EndpointState& endpoint;
    HttpTransport& transport;
    TokenSource& tokens;
    const Clock& clock;
    HubCounters& counters;
    spdlog::logger& logger;
    UndeliveredFile& undelivered;
    Committer* committer = nullptr;  // of a durable hub
    HubQueue* records = nullptr;     // of streams; nullptr: they come by `queue`
  };

  Worker(const Options& options, const Parts& parts, uint64_t seed);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Runs until it is stopped. Afterwards everything accepted has its Outcome.
  void run();

  /// Nothing is pushed any more: run() ends when all is settled, at the latest at `deadline`.
  void stop(Instant deadline);
  /// run() ends at once.
  void stop_now();

  /// Lets the worker's thread call `question` with this worker; what it returns is the future's.
  /// It may be answered late, so it owns what it touches. Once the worker has ended it is not
  /// answered: the future has no value, and says so at once.
  template <typename Question>
  auto ask(Question question) {
    using Answer = std::invoke_result_t<Question, Worker&>;
    auto task = std::make_shared<std::packaged_task<Answer()>>(
        [this, question = std::move(question)] { return question(*this); });
    std::future<Answer> answer = task->get_future();
    post([task] { (*task)(); });
    return answer;
  }
  /// Lets the worker's thread carry it out. Once the worker has ended it is destroyed undone, by
  /// either thread.
  void post(Mailbox::Command command) {
    mailbox_.post(std::move(command));
    transport_.wake();
  }
  /// When the loop last turned: it does every kLongestSleep at least.
  AwakeInstant last_turn() const {
    return AwakeInstant(Duration(last_turn_.load(std::memory_order_relaxed)));
  }
  Tap& tap() { return tap_; }

  // For a question of ask(), in run()'s thread.
  Pipeline& pipeline() { return pipeline_; }
  struct Redriven {
    uint64_t actions = 0;
    std::vector<std::string> warnings;
  };
  Redriven redrive(const LetterChoice& choice);
  void reconfigure(PipelineOptions options, const Sender::Options& sender);
  /// Of these producers, who push nothing more, whatever is not under way ends as returned; its
  /// outcomes are reported when this returns. See Pipeline::withdraw().
  void withdraw(std::span<const uint64_t> producers);

  /// After run(): what has become of letters since goes to the disk, and positions whose letters
  /// are safe to the committer.
  void hand_over_letters();

  /// After run(): how many actions a stop left, and how many of them are lost. The others are in
  /// the undelivered file, and safe. What is kept in the hub's log is not counted among them.
  uint64_t abandoned() const { return pipeline_.ledger().with(OutcomeKind::kAbandoned) - kept_; }
  uint64_t lost() const { return lost_; }
  /// After run(): how many of those it had are in the log. The committer knows of more.
  uint64_t kept() const { return kept_; }

 private:
  bool take_batches();
  size_t take_some(HubQueue& queue);
  bool prepare_to_sleep();
  void accept(std::unique_ptr<Batch> batch);
  void take_mail();
  void start_what_may(Instant now);
  void wait(bool busy);
  void complete_all();
  void note_health(const Completion& completion);
  void renew_connections();
  void count_delivery(const Operation& operation, Instant now);
  void count_answer(const HttpResponse& response);
  void report();
  void release_after_backlog(Instant now);
  Committer::Counts committed() const;
  void publish();
  bool finished(Instant now) const;
  Record record_of(const Entry& entry) const;
  std::vector<bool> keep_in_log(bool may_write);
  std::vector<uint64_t> write_undelivered(const std::vector<bool>& is_kept);
  void abandon_rest(bool may_write);

  const Options options_;
  HubQueue& queue_;
  HubQueue* const records_;
  HttpTransport& transport_;
  const Clock& clock_;
  HubCounters& counters_;
  Pipeline pipeline_;
  Sender sender_;
  WorkerLog log_;
  UndeliveredFile& undelivered_;
  Committer* const committer_;
  const LogRun run_;  // its time: no log is meant
  IdFilter ids_;
  uint64_t duplicates_ = 0;
  uint64_t from_streams_ = 0;  // of the accepted
  uint64_t unreadable_ = 0;    // of what the committer read, dead letters by now
  uint64_t lost_ = 0;
  uint64_t kept_ = 0;
  std::vector<Completion> completions_;
  Reporter reporter_;
  std::atomic<int64_t> deadline_;  // ns of an Instant
  std::atomic<bool> stopping_{false};
  std::atomic<int64_t> last_turn_;  // ns of an AwakeInstant
  uint64_t renewals_seen_ = 0;
  uint64_t longest_backlog_ = 0;  // since its memory was given back
  Instant busy_at_{};             // when something was unsettled last
  Mailbox mailbox_;
  Tap tap_;
};

}  // namespace awps
