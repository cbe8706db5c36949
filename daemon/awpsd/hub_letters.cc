#include "daemon/awpsd/hub_letters.h"

#include <utility>
#include <vector>

#include "daemon/awpsd/options.h"
#include "queue/memory_position.h"
#include "worker/kept_letters.h"

namespace awps {

namespace {

bool keeps_on_disk(const HubPlan& plan) {
  return plan.config.dead_letters.store == DeadLettersConfig::Store::kDisk;
}

std::string count_of(size_t letters) {
  return std::to_string(letters) + (letters == 1 ? " dead letter" : " dead letters");
}

std::string words_of_given_up(uint64_t actions) {
  return std::to_string(actions) + (actions == 1 ? " action" : " actions") +
         " in its log had become dead letters, and " + (actions == 1 ? "is" : "are") +
         " not sent again";
}

}  // namespace

HubLetters::HubLetters(HubLogs& logs, const Clock& clock, spdlog::logger& logger)
    : logs_(logs),
      clock_(clock),
      logger_(logger),
      keeper_({.clock = clock, .logger = logger, .wake = [this] { wake_.wake(); }}),
      thread_(keeper_, wake_, clock) {}

bool HubLetters::are_to_be_read(const HubPlan& plan) {
  if (keeper_.find(plan.hub) != nullptr) return false;
  if (!keeps_on_disk(plan) && !logs_.has_letters(plan.hub)) return false;
  const Result<void, SpoolLock::LockError> locked = logs_.lock_for_letters();
  if (!locked) warn_of_lock(plan, locked.error().message);
  return locked.ok();
}

// Once each, whichever hub it is.
void HubLetters::warn_of_lock(const HubPlan& plan, const std::string& why) {
  if (!keeps_on_disk(plan)) {
    if (std::exchange(has_warned_of_listing_, true)) return;
    logger_.warn("dead letters that are on disk stay there, and are not listed: {}", why);
    return;
  }
  if (std::exchange(has_warned_, true)) return;
  logger_.warn(
      "dead letters stay in memory, and are lost with this process; those that are on disk stay "
      "there, and are not listed: {}. dead_letters.store = \"memory\" says that this is meant",
      why);
}

void HubLetters::claim(DeadLetterStore& letters, const std::string& hub, OpenedLog& opened) {
  Log& log = *opened.log;
  DeadLetterStore::Claims claims = letters.come_back(
      [&log](uint64_t position) { return !is_in_memory(position) && log.lives(position); });
  for (const Position position : claims.released) log.release({position, 1});
  if (!claims.released.empty()) log.want_frame();
  opened.withheld = std::move(claims.withheld);
  const uint64_t count = claims.released.size() + opened.withheld.size();
  if (count > 0) logger_.info("hub {}: {}", hub, words_of_given_up(count));
}

void HubLetters::give_to(HubUnit& hub, OpenedLetters read,
                         std::unique_ptr<DeadLetterStore> rested) {
  tell_of(hub, read);
  const uint32_t run = hub.committer == nullptr ? 0 : hub.committer->run().number();
  if (rested != nullptr) {
    rested->set_options(pipeline_options(hub.plan).dead_letters);
    rested->count_all_as_overtaken();
  }
  // The disk could not be had when the hub was there before, and can be had now.
  const bool was_in_memory = rested != nullptr && read.log != nullptr;
  std::unique_ptr<DeadLetterStore> store =
      rested != nullptr && !was_in_memory ? std::move(rested) : store_of(hub, std::move(read));
  hub.letter_box = keeper_.find(hub.plan.hub);
  if (store == nullptr) return;
  store->begin_run(run);
  if (was_in_memory) take_over(hub, *store, *rested);
  if (store->storage().is_on_disk) hub.for_streams->keeps_letters_in(hub.letter_box);
  hub.worker->pipeline().keep_dead_letters_in(std::move(store));
}

// Those on disk have their numbers: the others get new ones.
void HubLetters::take_over(const HubUnit& hub, DeadLetterStore& store, DeadLetterStore& former) {
  const uint64_t last = store.summary().last_number;
  std::vector<DeadLetter> letters = former.take({.all = true});
  if (letters.empty()) return;
  for (DeadLetter& letter : letters) {
    letter.position = 0;  // claim() has seen to that
    store.add(std::move(letter));
  }
  logger_.info("hub {}: {} in memory came to those on disk, with new numbers from {} on",
               hub.plan.hub, count_of(letters.size()), last + 1);
}

// nullptr: the worker has one that is in memory.
std::unique_ptr<DeadLetterStore> HubLetters::store_of(HubUnit& hub, OpenedLetters read) {
  const std::string& name = hub.plan.hub;
  LetterBox* box = keeper_.find(name);
  if (read.log != nullptr) box = &keeper_.keep(name, std::move(read.log));
  if (box == nullptr) return nullptr;
  auto store = std::make_unique<KeptLetters>(pipeline_options(hub.plan).dead_letters, *box, clock_,
                                             keeps_on_disk(hub.plan));
  store->restore(std::move(read.letters), read.done);
  return store;
}

void HubLetters::tell_of(const HubUnit& hub, const OpenedLetters& read) {
  const std::string& name = hub.plan.hub;
  for (const std::string& remark : read.remarks) logger_.warn("hub {}: {}", name, remark);
  if (!read.error.empty()) {
    logger_.error(
        "hub {}: its dead letters on disk cannot be read, so they stay there and are not listed{}: "
        "{}",
        name,
        keeps_on_disk(hub.plan) ? ", and new ones are in memory alone, which a stop loses" : "",
        read.error);
    return;
  }
  if (read.lost > 0) {
    logger_.error("hub {}: {} lost: damage on the disk has destroyed {}", name,
                  count_of(read.lost) + (read.lost == 1 ? " is" : " are"),
                  read.lost == 1 ? "it" : "them");
  }
  // Those that were sent again are on disk still, and are not listed.
  const size_t listed = read.letters.size() - read.done.size();
  if (listed == 0 && read.released == 0) return;
  logger_.info("hub {}: {} on disk, read in {} ms", name, count_of(listed),
               std::chrono::duration_cast<std::chrono::milliseconds>(read.took).count());
  if (read.released > 0) logger_.info("hub {}: {}", name, words_of_given_up(read.released));
}

}  // namespace awps
