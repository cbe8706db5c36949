#include "tests/gateway/played_hub.h"

#include "tests/support/unix_client.h"

namespace awps {

PlayedHub::PlayedHub(const Options& options, std::function<void()> room_again)
    : options_(options),
      queue_(
          {.hub = options.name,
           .block_when_full = options.block_when_full,
           .budget = {.max_bytes = options.max_bytes, .max_producer_share = 1}},
          [] {}, std::move(room_again)) {}

IntakeHub PlayedHub::entry() {
  return {.name = options_.name,
          .queue = &queue_,
          .entrance = this,
          .access = options_.access,
          .dedupe_window = options_.dedupe_window};
}

PlayedHub::Taken PlayedHub::take() {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kTestDeadline, [this] { return !waiting_.empty(); });
  if (waiting_.empty()) return {};
  Taken taken = waiting_.front();
  waiting_.pop_front();
  return taken;
}

size_t PlayedHub::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

void PlayedHub::settle(const Taken& taken, Outcome outcome) {
  outcome.account = taken.account;
  outcome.seq = taken.seq;
  std::vector<Outcome> outcomes{outcome};
  reporter_.push(outcomes);
  queue_.budget().release(taken.charge, *taken.account);  // the reports come first
}

void PlayedHub::accept(const Taken& taken) {
  reporter_.push(
      *taken.account->reports,
      Receipt{.account = taken.account, .up_to = taken.seq, .producer = taken.account->producer});
}

void PlayedHub::refuse_late(const Taken& taken) {
  reporter_.push(*taken.account->reports, LateRefusal{.account = taken.account,
                                                      .producer = taken.account->producer,
                                                      .seq = taken.seq,
                                                      .message = "the disk is full"});
  queue_.budget().release(taken.charge, *taken.account);
}

std::optional<Receipt> PlayedHub::enter(int /*intake_thread*/, std::unique_ptr<Batch> batch) {
  Account& account = batch->account();
  const Receipt receipt{
      .account = &account, .up_to = batch->last()->seq, .producer = account.producer};
  queue_.budget().add(batch->charge(), account);
  const std::lock_guard lock(mutex_);
  size_t place = 0;
  for (const Accepted* item = batch->first(); item != nullptr; item = item->next, ++place) {
    const ActionId id = batch->has_ids() ? batch->uncommitted().ids[place] : ActionId{};
    waiting_.push_back({.action = item->action(),
                        .account = &account,
                        .seq = item->seq,
                        .charge = item->charge,
                        .id = id,
                        .producer = account.producer_name});
    ++count_;
  }
  batches_.push_back(std::move(batch));
  changed_.notify_all();
  if (options_.is_durable) return std::nullopt;
  return receipt;
}

}  // namespace awps
