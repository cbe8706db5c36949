#include "gateway/read_thread.h"

#include <pthread.h>

#include <utility>

namespace awps {

namespace {

// It is woken for everything else.
constexpr Duration kLongestPoll = std::chrono::seconds(1);

constexpr int kUnauthorized = 401;

}  // namespace

ReadThread::ReadThread(const ReadWay& way, const Clock& clock, std::function<void()> tell)
    : clock_(clock),
      tell_(std::move(tell)),
      transport_(way.make_transport()),
      tokens_(way.make_tokens()),
      thread_([this] { run(); }) {
  pthread_setname_np(thread_.native_handle(), "gateway-reads");
}

ReadThread::~ReadThread() {
  end();
}

void ReadThread::start(Job job) {
  {
    const MutexLock lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  transport_->wake();
}

std::vector<ReadThread::Done> ReadThread::take_done() {
  const MutexLock lock(mutex_);
  return std::exchange(done_, {});
}

void ReadThread::end() {
  is_ending_ = true;
  transport_->wake();
}

void ReadThread::run() {
  std::vector<Completion> completions;
  while (!is_ending_) {
    for (const Job& job : take_jobs()) begin(job);
    transport_->poll(kLongestPoll, completions);
    for (const Completion& completion : completions) finish(completion);
    completions.clear();
  }
  // Release pairs with the acquire in has_ended().
  has_ended_.store(true, std::memory_order_release);
}

std::vector<ReadThread::Job> ReadThread::take_jobs() {
  const MutexLock lock(mutex_);
  return std::exchange(jobs_, {});
}

void ReadThread::begin(const Job& job) {
  std::string token = job.token;
  if (!job.audience.empty()) {
    const Result<std::string_view> made = tokens_->token(job.audience, clock_.wall_now());
    if (!made) return add_done({.number = job.number, .token_error = made.error().message});
    token = *made;
    generations_[job.number] = tokens_->generation();
  }
  transport_->start(job.number, {.method = job.method,
                                 .url = job.url,
                                 .bearer_token = token,
                                 .client_request_id = job.client_request_id,
                                 .timeout = job.timeout});
}

void ReadThread::finish(const Completion& completion) {
  Done done{.number = completion.tag, .response = completion.response};
  const auto own = generations_.find(completion.tag);
  if (own != generations_.end()) {
    done.was_own_refused = done.response.status == kUnauthorized;
    if (done.was_own_refused) {
      (void)tokens_->refused(own->second);  // the next read has another one, if there is one
    } else if (done.response.status != 0) {
      tokens_->accepted(own->second);
    }
    generations_.erase(own);
  }
  add_done(std::move(done));
}

void ReadThread::add_done(Done done) {
  {
    const MutexLock lock(mutex_);
    done_.push_back(std::move(done));
  }
  tell_();
}

}  // namespace awps
