#include "stream/kafka/errands.h"

#include <pthread.h>

#include <utility>

namespace awps {

Errands::Errands(std::function<void()> wake)
    : wake_(std::move(wake)), thread_([this](const std::stop_token& stop) { run(stop); }) {
  pthread_setname_np(thread_.native_handle(), "kafka-errands");
}

Errands::~Errands() {
  thread_.request_stop();
  has_work_.notify_all();
}

void Errands::send(Errand errand) {
  {
    const MutexLock lock(mutex_);
    waiting_.push_back(std::move(errand));
  }
  has_work_.notify_one();
}

void Errands::take() {
  std::vector<Answer> answers;
  {
    const MutexLock lock(mutex_);
    answers.swap(answers_);
  }
  for (const Answer& answer : answers) answer();
}

void Errands::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    Errand errand;
    {
      const MutexLock lock(mutex_);
      while (waiting_.empty() && !stop.stop_requested()) has_work_.wait(mutex_);
      if (stop.stop_requested()) return;
      errand = std::move(waiting_.front());
      waiting_.pop_front();
    }
    Answer answer = errand();
    {
      const MutexLock lock(mutex_);
      answers_.push_back(std::move(answer));
    }
    if (wake_) wake_();
  }
}

}  // namespace awps
