// The stop of the daemon: its steps and their order.

#include <algorithm>

#include "daemon/awpsd/daemon.h"
#include "daemon/awpsd/status_words.h"

namespace awps {

namespace {

constexpr Duration kLongestStop = std::chrono::hours(24 * 365);
// Producers get this long to read their last replies after everything is settled.
constexpr Duration kLastReplies = std::chrono::seconds(2);
// And operators this long. An answer that waits for a disk that hangs may never come.
constexpr Duration kLastAnswers = std::chrono::seconds(3);

}  // namespace

// ---- stop
//
// 1. Nobody else changes hubs any more, and what operators paused sends again.
// 2. The gateway's listener closes, and neither it nor the socket reads any more from producers.
//    The streams stop reading, take back what waits, and give up their partitions once what is
//    under way has ended: nothing new is accepted. This takes StreamTable::longest_stop() at most;
//    the workers go on meanwhile. What records wait for goes to no file: their broker has them.
// 3. The workers deliver what was accepted, until drain_timeout is over or a second signal comes.
//    What a worker has to leave goes into the undelivered file, and is told to its producers once
//    it is safe there, or lost; in a durable hub it stays in the log. Then the worker ends, and
//    after it the committer, once its last releases are synced.
// 4. run() sees that all have ended. Producers get the last replies: what was not delivered is on
//    disk before. Dead letters are written.
// 5. The exit status tells whether something is in the file, and whether something is lost.
// 6. The admin server ends, before all that it reads. A reload that an operator has asked for may
//    stand in a call of the disk.
//
// Whoever waits for the disk in this waits for one answer no longer than DiskWait::kLongestAnswer.
// Then the thread that stands in the call stays behind, see has_threads_left().

void Daemon::begin_stop() {
  notifier_.still_stopping(turn_ + kStopMargin);
  hubs_.begin_stop();
  if (gateway_ != nullptr) gateway_->begin_stop();
  socket_->stop_reading();
  const Instant deadline =
      clock_.now() + std::min<Duration>(reloader_.drain_timeout(), kLongestStop);
  deliver_until_ = deadline;
  given_up_at_ = deadline + streams_.longest_stop() + DiskWait::kLongestAnswer;
  streams_.begin_stop();
  streams_stop_ = !streams_.has_stopped();
  if (!streams_stop_) stop_workers();
  notifier_.stopping("delivering what was accepted");
  logger_.info("stopping: {}; accepted actions are delivered for at most drain_timeout",
               status_line(hubs_));
}

// After the streams, which the workers have to answer.
void Daemon::stop_workers() {
  streams_stop_ = false;
  hubs_.deliver_until(deliver_until_);
}

ExitCode Daemon::finish_stop() {
  // systemd is to wait for the disk as long as this thread does.
  Instant next = Instant::min();
  const auto tell = [this, &next] {
    if (clock_.now() < next) return;
    next = clock_.now() + turn_;
    if (watchdog_ > Duration::zero()) notifier_.watchdog();
    notifier_.still_stopping(DiskWait::kLongestAnswer + kStopMargin);
  };
  tell();
  const HubTable::Left left = hubs_.join();
  streams_.close();
  if (gateway_ != nullptr) {
    gateway_hangs_ = !gateway_->finish_stop(
        [this](const std::string& hub) { return hubs_.keeps_unsettled(hub); });
  }
  socket_->finish(clock_.now() + kLastReplies);
  ExitCode code = finish_undelivered(left);
  // Producers have been told everything.
  if (hubs_.finish_letters(tell) > 0) code = ExitCode::kIoError;
  logger_.info("stopped: {}", status_line(hubs_));
  admin_hangs_ = admin_ != nullptr && !admin_->stop_within(kLastAnswers);
  return code;
}

bool Daemon::has_threads_left() const {
  const bool gateway_reads = gateway_ != nullptr && gateway_->has_threads_left();
  return streams_.has_threads_left() || reads_disk_ || reloads_ || admin_hangs_ || gateway_hangs_ ||
         gateway_reads || hubs_.has_threads_left();
}

ExitCode Daemon::finish_undelivered(const HubTable::Left& left) {
  if (left.on_disk > 0) {
    logger_.info("{} {} in the log; {} delivered after the next start", left.on_disk,
                 left.on_disk == 1 ? "action stays" : "actions stay",
                 left.on_disk == 1 ? "it is" : "they are");
  }
  const uint64_t kept = left.undelivered - left.lost;
  if (kept > 0) {
    // Who asks for the name of the file would wait for a disk that hangs.
    logger_.error("{} actions were not delivered; they are in {}: {}", kept,
                  undelivered_.hangs() ? undelivered_.directory() : undelivered_.path(),
                  left.disk_hangs ? "start awpsd again first: a log may have them as well, and "
                                    "then it delivers them. awpsctl send delivers the others"
                                  : "awpsctl send delivers them");
  }
  if (left.lost > 0) {
    const std::string failure = undelivered_.failure();
    logger_.error("{} actions were not delivered and are lost: {}", left.lost,
                  left.disk_hangs   ? "the disk does not answer"
                  : failure.empty() ? "the lines of their hubs above say why"
                                    : failure);
    return ExitCode::kIoError;
  }
  return kept > 0 ? ExitCode::kUndelivered : ExitCode::kOk;
}

}  // namespace awps
