#pragma once

// ReadThread: sends reads to one service, by a transport and tokens of its own, in a thread of its
// own. What it learns of a token stays with it: that a read works says nothing of writes.
//
// 1. A read is sent once.
// 2. It ends without waiting for what is under way: end() asks for it, and after has_ended() the
//    destructor waits for nothing. Before that the destructor waits for one turn of the thread.
//
// start(), take_done(), end() and has_ended(): any thread.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "gateway/hub_rules.h"

namespace awps {

class ReadThread {
 public:
  struct Job {
    uint64_t number = 0;
    HttpMethod method = HttpMethod::kHead;
    std::string url;
    std::string token;     // passed on as it is; empty: none
    std::string audience;  // instead of it: a token for this URL is made; empty: none is
    std::string client_request_id;
    Duration timeout = std::chrono::seconds(10);
  };
  struct Done {
    uint64_t number = 0;
    HttpResponse response;
    std::string token_error;       // none could be made: nothing was sent
    bool was_own_refused = false;  // 401 for a token that was made here
  };

  /// `tell`: there is something done; from the thread.
  ReadThread(const ReadWay& way, const Clock& clock, std::function<void()> tell);
  ~ReadThread();
  ReadThread(const ReadThread&) = delete;
  ReadThread& operator=(const ReadThread&) = delete;

  void start(Job job);
  std::vector<Done> take_done();
  void end();
  /// Acquire pairs with the release in run(): the thread touches nothing any more.
  bool has_ended() const { return has_ended_.load(std::memory_order_acquire); }

 private:
  void run();
  std::vector<Job> take_jobs();
  void begin(const Job& job);
  void finish(const Completion& completion);
  void add_done(Done done);

  const Clock& clock_;
  const std::function<void()> tell_;
  const std::unique_ptr<HttpTransport> transport_;
  const std::unique_ptr<TokenSource> tokens_;
  std::unordered_map<uint64_t, uint64_t> generations_;  // of tokens made here, by read
  Mutex mutex_;
  std::vector<Job> jobs_ GUARDED_BY(mutex_);
  std::vector<Done> done_ GUARDED_BY(mutex_);
  std::atomic<bool> is_ending_{false};
  std::atomic<bool> has_ended_{false};
  std::jthread thread_;  // last: it uses the rest
};

}  // namespace awps
