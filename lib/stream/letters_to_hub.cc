#include "stream/letters_to_hub.h"

#include <algorithm>
#include <utility>

namespace awps {

namespace {

constexpr size_t kMostWaiting = 16;  // each up to 64 KiB
constexpr size_t kMostAsked = 64;
constexpr Duration kBetweenOffers = std::chrono::seconds(1);

}  // namespace

std::string message_of(const RecordFailure& failure) {
  static constexpr size_t kMostNamed = 16;
  std::string message = failure.record.message;
  if (failure.count < 2) return message;
  message += failure.count == 2 ? " (and one more element of this record failed: "
                                : " (and " + std::to_string(failure.count - 1) +
                                      " more elements of this record failed: ";
  const size_t named = std::min(failure.elements.size(), kMostNamed + 1);
  for (size_t i = 1; i < named; ++i) {
    message += (i == 1 ? "" : ", ") + std::to_string(failure.elements[i]);
  }
  return message + (named < failure.count ? ", …)" : ")");
}

bool LettersToHub::has_room() const {
  if (waiting_.size() >= kMostWaiting || asked_.size() >= kMostAsked) return false;
  const StreamHubHandle& home = hubs_.home();
  return home == nullptr || home->for_streams == nullptr || home->for_streams->may_keep_more();
}

void LettersToHub::add(LetterId id, RecordFailure failure) {
  failure.record.message = message_of(failure);
  waiting_.push_back({.id = id, .record = std::move(failure.record)});
}

void LettersToHub::turn(Instant now, std::vector<LetterId>&) {
  now_ = now;
  if (now < retry_at_) return;
  const StreamHubHandle home = hubs_.home();
  if (home == nullptr || home->for_streams == nullptr) return;
  while (!waiting_.empty() && home->for_streams->may_keep_more()) {
    Letter letter = std::move(waiting_.front());
    waiting_.pop_front();
    letter.hub = home;
    keep(std::move(letter));
  }
}

// The record stays until it is kept: a worker that ends keeps nothing.
void LettersToHub::keep(Letter letter) {
  const uint64_t token = next_token_++;
  HubForStreams& hub = *letter.hub->for_streams;
  RefusedRecord record = letter.record;
  asked_.emplace(token, std::move(letter));
  hub.keep(std::move(record), [posts = posts_, this, token](uint64_t number) {
    posts->post([this, token, number] { on_kept(token, number); });
  });
}

void LettersToHub::on_kept(uint64_t token, uint64_t letter) {
  const auto found = asked_.find(token);
  if (found == asked_.end()) return;  // nobody waits for it any more
  Letter kept = std::move(found->second);
  asked_.erase(found);
  if (letter != 0) return watch_.await(kept.id, kept.hub, letter);
  retry_at_ = now_ + kBetweenOffers;
  waiting_.push_front(std::move(kept));
}

void LettersToHub::forget(uint64_t producer) {
  std::erase_if(waiting_,
                [producer](const Letter& letter) { return letter.id.producer == producer; });
  std::erase_if(asked_,
                [producer](const auto& asked) { return asked.second.id.producer == producer; });
}

std::string LettersToHub::trouble() const {
  if (waiting_.empty() && asked_.empty()) return "";
  const std::string& name = hubs_.home_name();
  if (hubs_.home() == nullptr) return "there is no hub '" + name + "' to keep dead letters";
  if (waiting_.empty()) return "";
  return "hub '" + name + "' has not kept the dead letters that it was given before";
}

}  // namespace awps
