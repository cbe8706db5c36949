#include "worker/committer_log.h"

#include <utility>

namespace awps {

namespace {

constexpr Duration kLatePause = std::chrono::seconds(10);
constexpr Duration kStoragePause = std::chrono::minutes(1);

}  // namespace

std::string_view limit_of_disk(Budget::Room why) {
  switch (why) {
    case Budget::Room::kSpoolFull:
      return "its disk is full: the logs of all hubs take what spool.max_bytes lets them";
    case Budget::Room::kHubSpoolFull:
      return "its disk is full: its log takes what spool_max_bytes lets it";
    case Budget::Room::kDiskFull:
      return "its disk is full: nothing is free that spool.min_free_bytes does not leave to others";
    default:
      return "";
  }
}

void CommitterLog::failed(const IoError& error, Instant now) {
  const bool is_news = std::exchange(told_, StorageState::Kind::kFailed) != told_;
  if (!is_news && now < next_failed_) return;
  next_failed_ = now + kStoragePause;
  const std::string_view effect =
      goes_on_ ? "what memory has no room for waits"
               : "new actions are refused (storage_failed), what is accepted "
                 "is delivered";
  logger_.error("hub {}: {}; {}; awpsd tries again", hub_, to_text(error), effect);
}

void CommitterLog::overcome(const IoError& error, Instant now) {
  if (now < next_overcome_) return;
  next_overcome_ = now + kStoragePause;
  logger_.warn("hub {}: {}; it was tried elsewhere or is tried again, and nothing is lost", hub_,
               to_text(error));
}

void CommitterLog::full(Budget::Room why, Instant now) {
  told_ = StorageState::Kind::kFull;
  if (now < next_full_) return;
  next_full_ = now + kStoragePause;
  logger_.warn("hub {}: {}; producers wait or are refused (when_full)", hub_, limit_of_disk(why));
}

void CommitterLog::good_again() {
  if (std::exchange(told_, StorageState::Kind::kGood) != StorageState::Kind::kFailed) return;
  next_failed_ = {};
  logger_.info("hub {}: its disk takes everything again", hub_);
}

void CommitterLog::refused(uint64_t actions, uint64_t unheard) {
  refused_ += actions;
  unheard_ += unheard;
}

void CommitterLog::lost(uint64_t all_lost) {
  if (all_lost == lost_) return;
  logger_.error("hub {}: {} accepted actions are lost: their place on disk is damaged", hub_,
                all_lost - lost_);
  lost_ = all_lost;
}

void CommitterLog::unreadable(const std::string& reason) {
  ++unreadable_;
  unreadable_reason_ = reason;
}

void CommitterLog::unread(const IoError& error, Instant now) {
  if (now < next_unread_) return;
  next_unread_ = now + kStoragePause;
  logger_.error("hub {}: {}; what waits on disk comes later", hub_, to_text(error));
}

void CommitterLog::tick(Instant now) {
  if (refused_ > 0 && now >= next_refused_) {
    next_refused_ = now + kLatePause;
    logger_.error(
        "hub {}: {} actions that were taken in are refused after all, since they could not be "
        "written to disk; the producers of {} of them are gone and do not learn it",
        hub_, std::exchange(refused_, 0), std::exchange(unheard_, 0));
  }
  if (unreadable_ > 0 && now >= next_unreadable_) {
    next_unreadable_ = now + kLatePause;
    logger_.error("hub {}: {} actions on disk became dead letters (unreadable); {}", hub_,
                  std::exchange(unreadable_, 0), unreadable_reason_);
  }
}

void CommitterLog::stopped(uint64_t kept, uint64_t lost) {
  next_refused_ = next_unreadable_ = {};
  tick({});  // whatever the time is: both are due
  if (kept > 0) {
    logger_.info(
        "hub {}: {} accepted actions stay on disk; they are delivered after the next start", hub_,
        kept);
  }
  if (lost > 0) {
    logger_.error("hub {}: {} accepted actions are lost: they could not be written to disk", hub_,
                  lost);
  }
}

}  // namespace awps
