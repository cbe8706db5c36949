#include "http_server/answer_queue.h"

#include <utility>

#include "base/check.h"

namespace awps::http_server {

uint64_t AnswerQueue::owe(OwedAnswer answer) {
  owed_.push_back({.answer = std::move(answer)});
  return first_number_ + owed_.size() - 1;
}

void AnswerQueue::answer(uint64_t request, Reply reply) {
  Entry& entry = entry_of(request);
  given_bytes_ += reply.body.size();
  entry.answer.reply = std::move(reply);
  entry.state = First::kAnswered;
}

void AnswerQueue::abandon(uint64_t request) {
  entry_of(request).state = First::kAbandoned;
}

OwedAnswer AnswerQueue::take() {
  AWPS_CHECK(first() == First::kAnswered || first() == First::kAbandoned);
  OwedAnswer taken = std::move(owed_.front().answer);
  given_bytes_ -= taken.reply.body.size();
  owed_.erase(owed_.begin());
  ++first_number_;
  if (owed_.empty()) std::vector<Entry>().swap(owed_);  // an idle connection keeps no memory
  return taken;
}

std::vector<Reply> AnswerQueue::take_given() {
  std::vector<Reply> given;
  for (Entry& entry : owed_) {
    if (entry.state == First::kAnswered) given.push_back(std::move(entry.answer.reply));
  }
  first_number_ += owed_.size();
  given_bytes_ = 0;
  owed_.clear();
  return given;
}

AnswerQueue::Entry& AnswerQueue::entry_of(uint64_t request) {
  AWPS_CHECK(request >= first_number_ && request - first_number_ < owed_.size());
  Entry& entry = owed_[request - first_number_];
  AWPS_CHECK(entry.state == First::kOpen);
  return entry;
}

}  // namespace awps::http_server
