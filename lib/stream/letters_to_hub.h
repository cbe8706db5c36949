#pragma once

// LettersToHub: refused records become dead letters in the store of the stream's hub.
//
// 1. A letter is offered until the hub has kept it. It is safe once LetterWatch says so.
// 2. What waits for the hub is bounded: see has_room().
//
// One thread, the stream's.

#include <deque>
#include <map>
#include <memory>

#include "stream/letter_watch.h"
#include "stream/record_letters.h"
#include "stream/stream_hubs.h"
#include "stream/stream_posts.h"

namespace awps {

class LettersToHub final : public RecordLetters {
 public:
  LettersToHub(const StreamHubs& hubs, LetterWatch& watch, std::shared_ptr<StreamPosts> posts)
      : hubs_(hubs), watch_(watch), posts_(std::move(posts)) {}

  bool has_room() const override;
  void add(LetterId id, RecordFailure failure) override;
  void turn(Instant now, std::vector<LetterId>& safe) override;
  void forget(uint64_t producer) override;
  std::string trouble() const override;

 private:
  struct Letter {
    LetterId id;
    RefusedRecord record;
    StreamHubHandle hub{};  // that was asked to keep it
  };
  void keep(Letter letter);
  void on_kept(uint64_t token, uint64_t letter);

  const StreamHubs& hubs_;
  LetterWatch& watch_;
  std::shared_ptr<StreamPosts> posts_;
  std::deque<Letter> waiting_;
  std::map<uint64_t, Letter> asked_;  // by token
  uint64_t next_token_ = 1;
  Instant now_;  // of the last turn
  Instant retry_at_ = Instant::min();
};

}  // namespace awps
