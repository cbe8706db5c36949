#include "daemon/awpsd/side_channel.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <thread>
#include <utility>

#include "base/mutex.h"

namespace awps {

namespace {

size_t cost_of(const SideChannel::Text& text) {
  return sizeof(SideChannel::Text) + text.text.size();
}

// So that no character is cut in two.
bool is_tail_of_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

void cut(std::string& text, size_t most) {
  if (text.size() <= most) return;
  const size_t whole = text.size();
  size_t length = most;
  while (length > 0 && is_tail_of_character(text[length])) --length;
  text.resize(length);
  text += "… (" + std::to_string(whole - length) + " bytes more)";
  text.shrink_to_fit();
}

}  // namespace

class SideChannel::Queue {
 public:
  Queue(const Options& options, Write write) : options_(options), write_(std::move(write)) {}

  void put(Text text) {
    cut(text.text, options_.max_text_bytes);
    const MutexLock lock(mutex_);
    bytes_ += cost_of(text);
    waiting_.push_back(std::move(text));
    while (bytes_ > options_.max_bytes && waiting_.size() > 1) drop_oldest();
    changed_.notify_one();
  }

  // The thread's body.
  void run() {
    pthread_setname_np(pthread_self(), options_.thread_name.c_str());
    uint64_t told = 0;
    uint64_t lost = 0;
    Text text;
    while (take(text, lost)) {
      if (write_(text, lost - told)) {
        told = lost;
      } else {
        lost_.fetch_add(1, std::memory_order_relaxed);
      }
    }
    const MutexLock lock(mutex_);
    has_ended_ = true;
    ended_.notify_all();
  }

  // The thread ends once nothing waits any more, or it is left behind.
  void close() {
    const auto end = std::chrono::steady_clock::now() + options_.longest_end;
    const MutexLock lock(mutex_);
    is_closed_ = true;
    changed_.notify_one();
    size_t waiting = waiting_.size() + 1;
    while (!has_ended_ && waiting_.size() < waiting) {
      waiting = waiting_.size();
      (void)ended_.wait_until(mutex_,
                              std::min(end, std::chrono::steady_clock::now() + options_.patience),
                              [this]() REQUIRES(mutex_) { return has_ended_; });
      if (std::chrono::steady_clock::now() >= end) return;
    }
  }

  uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }

 private:
  // Waits for it. `lost`: of those that came before it. False: the channel is closed, and nothing
  // is left.
  bool take(Text& text, uint64_t& lost) {
    const MutexLock lock(mutex_);
    while (waiting_.empty() && !is_closed_) changed_.wait(mutex_);
    if (waiting_.empty()) return false;
    text = std::move(waiting_.front());
    lost = lost_.load(std::memory_order_relaxed);
    bytes_ -= cost_of(text);
    waiting_.pop_front();
    return true;
  }

  void drop_oldest() REQUIRES(mutex_) {
    bytes_ -= cost_of(waiting_.front());
    waiting_.pop_front();
    lost_.fetch_add(1, std::memory_order_relaxed);
  }

  const Options options_;
  const Write write_;
  Mutex mutex_;
  std::condition_variable_any changed_;
  std::condition_variable_any ended_;
  std::deque<Text> waiting_ GUARDED_BY(mutex_);
  size_t bytes_ GUARDED_BY(mutex_) = 0;
  bool is_closed_ GUARDED_BY(mutex_) = false;
  bool has_ended_ GUARDED_BY(mutex_) = false;
  std::atomic<uint64_t> lost_{0};
};

SideChannel::SideChannel(const Options& options, Write write)
    : queue_(std::make_shared<Queue>(options, std::move(write))) {
  std::thread([queue = queue_] { queue->run(); }).detach();
}

SideChannel::~SideChannel() {
  finish();
}

void SideChannel::finish() {
  queue_->close();
}

void SideChannel::put(Text text) {
  queue_->put(std::move(text));
}

uint64_t SideChannel::lost() const {
  return queue_->lost();
}

}  // namespace awps
