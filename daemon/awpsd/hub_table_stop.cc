// How the hubs are brought to their end with the process, also where a disk hangs.

#include <algorithm>
#include <thread>
#include <utility>

#include "daemon/awpsd/hub_table.h"

namespace awps {

namespace {

std::string count_of_actions(uint64_t count) {
  return std::to_string(count) + (count == 1 ? " accepted action" : " accepted actions");
}

std::string words_of_silence(Duration silence) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(silence).count();
  return "the disk has not answered for " + std::to_string(seconds) + " s";
}

}  // namespace

// Whoever reloads may wait for a disk that hangs: what is in memory must be delivered all the same.
// A hub that such a reload makes later is dropped, see make_hub(). Tried each millisecond, since a
// mutex that std has with a time limit is not one that the thread analysis knows.
void HubTable::begin_stop() {
  static constexpr int kTries = 5000;
  for (int i = 0; i < kTries; ++i) {
    if (changes_mutex_.try_lock()) {
      mark_as_stopping();
      changes_mutex_.unlock();
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  mark_as_stopping();
}

void HubTable::mark_as_stopping() {
  // Release pairs with the acquire in is_stopping().
  stopping_.store(true, std::memory_order_release);
  for (const auto& hub : hubs()) hub->set_paused(hub->is_for_other_service);
}

void HubTable::deliver_until(Instant deadline) {
  for (const auto& hub : hubs()) hub->stop(deadline);
}

void HubTable::stop_now() {
  for (const auto& hub : hubs()) hub->stop_now();
}

HubTable::Left HubTable::join() {
  Left all;
  for (const auto& hub : hubs()) {
    const bool has_ended = hub->ended;
    Left left = !hub->started ? left_by_unstarted(*hub)
                : has_ended   ? left_by_ended(*hub)
                              : left_by_hanging(*hub);
    if (left.disk_hangs) tell_of_held_up(*hub, left);
    all.undelivered += left.undelivered;
    all.lost += left.lost;
    all.on_disk += left.on_disk;
    all.disk_hangs = all.disk_hangs || left.disk_hangs;
  }
  return all;
}

// A reload has made it, and was overtaken by the stop.
HubTable::Left HubTable::left_by_unstarted(const HubUnit& hub) {
  return {.on_disk = hub.committer == nullptr ? 0 : hub.committer->kept()};
}

HubTable::Left HubTable::left_by_ended(HubUnit& hub) {
  hub.thread.join();
  const Worker& worker = *hub.worker;
  Left left{.undelivered = worker.abandoned(), .lost = worker.lost()};
  if (hub.committer == nullptr) return left;
  const uint64_t in_tail = hub.committer->kept();
  left.on_disk = worker.kept() + in_tail;
  uint64_t lost = hub.committer->lost();
  left.disk_hangs = hub.left_behind;
  if (left.disk_hangs) {
    // What the committer has accepted, and was about to write.
    const uint64_t queued = hub.values().queued;
    lost += queued - std::min(queued, in_tail);
  }
  left.lost += lost;
  left.undelivered += lost;
  return left;
}

// Its worker waits for the file of undelivered actions.
HubTable::Left HubTable::left_by_hanging(const HubUnit& hub) const {
  const HubValues values = hub.values();
  const uint64_t unsettled = values.queued + values.active + values.deferred;
  const uint64_t in_tail = hub.committer == nullptr ? 0 : hub.committer->kept();
  const uint64_t kept = has_log_of_all(hub.plan.hub) ? unsettled : std::min(unsettled, in_tail);
  return {.undelivered = unsettled - kept,
          .lost = unsettled - kept,
          .on_disk = kept,
          .disk_hangs = true};
}

void HubTable::tell_of_held_up(const HubUnit& hub, const Left& left) const {
  const Duration log_waits =
      hub.committer == nullptr ? Duration::zero() : hub.committer->disk().lasts();
  const std::string silence =
      words_of_silence(std::max(log_waits, parts_.undelivered.waits_for_disk()));
  const std::string rest =
      left.on_disk == 0
          ? ""
          : "; " + count_of_actions(left.on_disk) +
                (left.on_disk == 1 ? " stays in its log, and is" : " stay in its log, and are") +
                " delivered after the next start";
  if (left.lost == 0) {
    parts_.logger.error(
        "hub {}: {}, and the stop waits no longer{}; what was delivered last may be sent again. "
        "Mend the disk, and start awpsd again",
        hub.plan.hub, silence, rest);
    return;
  }
  parts_.logger.error(
      "hub {}: {}, and the stop waits no longer: {} may be lost{}. Mend the disk, start awpsd "
      "again, and look for undelivered-*.ndjson in '{}': it has them as far as the disk took them",
      hub.plan.hub, silence, count_of_actions(left.lost), rest, parts_.undelivered.directory());
}

// Of what it has accepted, nothing is in memory alone.
bool HubTable::has_log_of_all(const std::string& name) const {
  const std::shared_ptr<HubUnit> hub = hub_with(name);
  if (hub != nullptr) {
    return hub->committer != nullptr &&
           hub->plan.config.durability == HubConfig::Durability::kDurable;
  }
  const std::shared_ptr<RestingHub> resting = find_resting(name);
  return resting != nullptr && resting->plan().config.durability == HubConfig::Durability::kDurable;
}

// Where the disk hangs, what an overflow hub had in memory may be lost.
bool HubTable::keeps_unsettled(const std::string& name) const {
  const std::shared_ptr<HubUnit> hub = hub_with(name);
  const bool has_ended_well =
      hub != nullptr && hub->committer != nullptr && hub->ended && !hub->left_behind;
  return has_ended_well || has_log_of_all(name);
}

uint64_t HubTable::finish_letters(const std::function<void()>& waits) {
  keeper_hangs_ = !letters_.finish(waits);
  uint64_t lost = 0;
  for (const LetterKeeper::Unwritten& left : letters_.unwritten()) {
    const std::string why = keeper_hangs_ ? words_of_silence(letters_.disk().lasts()) : left.error;
    const std::string letters =
        std::to_string(left.letters) + (left.letters == 1 ? " dead letter" : " dead letters");
    if (has_log_of_all(left.hub)) {
      parts_.logger.error(
          "hub {}: {} could not be written to disk: {}. What they were made of is in the hub's "
          "log, and is sent again after the next start",
          left.hub, letters, why);
      continue;
    }
    lost += left.letters;
    parts_.logger.error(
        "hub {}: {} could not be written to disk, and may be lost: {}. Where the status tells of "
        "such letters, `awpsctl dead-letters export` before a stop saves them",
        left.hub, letters, why);
  }
  return lost;
}

bool HubTable::has_threads_left() const {
  const auto is_left = [](const auto& hub) {
    return hub->started && (!hub->ended || hub->left_behind);
  };
  return keeper_hangs_ || reaps_ || recoveries_.any() || std::ranges::any_of(hubs(), is_left);
}

}  // namespace awps
