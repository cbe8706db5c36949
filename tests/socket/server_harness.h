#pragma once

// A server on a socket of its own, and a worker that takes what it accepts: at once, or only when
// the test says so.

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "queue/report_queue.h"
#include "socket/socket_server.h"
#include "tests/socket/intake_law.h"
#include "tests/support/unix_client.h"

namespace awps {

/// Takes batches from one hub's queue, settles them as delivered, and remembers their data.
class TestWorker {
 public:
  explicit TestWorker(const HubQueue::Options& options)
      : queue(
            options, [this] { wake(); }, [this] { on_room(); }),
        thread_([this] { run(); }) {}
  ~TestWorker() { end(); }
  TestWorker(const TestWorker&) = delete;
  TestWorker& operator=(const TestWorker&) = delete;

  /// Holds everything, so that budgets fill; release() lets go of it.
  void hold() {
    change([this] { holds_ = true; });
  }
  void release() {
    change([this] { holds_ = false; });
  }
  /// It takes nothing more; what is left stays in the queue.
  void end() {
    change([this] { ends_ = true; });
    if (thread_.joinable()) thread_.join();
  }
  /// After end(): how many actions it was given, settled or not.
  uint64_t given() {
    uint64_t count = settled_.size();
    std::array<std::unique_ptr<Batch>, 1> batch;
    while (queue.pop(batch) > 0) {
      for (const Accepted* item = batch[0]->first(); item != nullptr; item = item->next) ++count;
    }
    return count;
  }
  void set_on_room(std::function<void()> on_room) {
    change([&] { on_room_ = std::move(on_room); });
  }

  /// Waits until `count` actions were settled; their data in the order they came.
  std::vector<std::string> wait_for(size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kTestDeadline, [&] { return settled_.size() >= count; });
    return settled_;
  }
  size_t settled() {
    const std::lock_guard lock(mutex_);
    return settled_.size();
  }

 private:
  void wake() {
    change([this] { is_woken_ = true; });
  }
  void on_room() {
    std::function<void()> call;
    {
      const std::lock_guard lock(mutex_);
      call = on_room_;
    }
    if (call) call();
  }
  template <typename Change>
  void change(Change apply) {
    const std::lock_guard lock(mutex_);
    apply();
    changed_.notify_all();
  }

  void run() {
    Reporter reporter;  // leaves before the doors end
    std::array<std::unique_ptr<Batch>, 64> batches;
    for (;;) {
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return !holds_ || ends_; });
        if (ends_) return;
      }
      const size_t count = queue.pop(batches);
      for (size_t i = 0; i < count; ++i) settle(std::move(batches[i]), reporter);
      if (count > 0) continue;
      const bool may_sleep = queue.prepare_to_sleep();
      std::unique_lock lock(mutex_);
      if (may_sleep) changed_.wait(lock, [this] { return is_woken_ || ends_ || holds_; });
      is_woken_ = false;
      lock.unlock();
      queue.woke_up();
    }
  }
  void settle(std::unique_ptr<Batch> batch, Reporter& reporter) {
    Account& account = batch->account();
    std::vector<Outcome> outcomes;
    std::vector<std::string> data;
    for (const Accepted* item = batch->first(); item != nullptr; item = item->next) {
      data.emplace_back(item->data());
      Outcome outcome;
      outcome.account = &account;
      outcome.seq = item->seq;
      outcome.id = item->id();
      outcome.http_status = 202;
      outcome.attempts = 1;
      if (account.wants_outcomes) outcomes.push_back(std::move(outcome));
    }
    reporter.push(*account.reports, outcomes);
    queue.budget().release(batch->charge(), account);
    change([&] { settled_.insert(settled_.end(), data.begin(), data.end()); });
  }

 public:
  HubQueue queue;
  MemoryEntrance entrance{queue};

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool holds_ = false;
  bool ends_ = false;
  bool is_woken_ = false;
  std::function<void()> on_room_;
  std::vector<std::string> settled_;
  std::thread thread_;
};

struct ServerOptions {
  SocketServer::Options server;
  HubQueue::Options chat{.hub = "chat"};
  int threads = 1;
};

class TestServer {
 public:
  explicit TestServer(ServerOptions options = {})
      : counters(static_cast<size_t>(options.threads)), chat(with_threads(options)) {
    static std::atomic<int> number{0};
    path = testing::TempDir() + "/intake." + std::to_string(::getpid()) + "." +
           std::to_string(number.fetch_add(1));
    options.server.socket.path = path;
    server = std::make_unique<SocketServer>(
        options.server, std::vector<IntakeHub>{{"chat", &chat.queue, &chat.entrance, {}}}, "chat",
        counters);
    chat.set_on_room([this] { server->room_again(); });
    const auto listening = server->listen();
    AWPS_CHECK(listening.ok());
    server->start();
  }
  ~TestServer() {
    chat.release();
    if (!is_finished) finish();
    chat.end();
    expect_intake_law(counters, chat.given());
  }
  void finish(Duration patience = kTestDeadline) {
    is_finished = true;
    server->finish(SystemClock().now() + patience);
  }

  std::vector<IntakeCounters> counters;
  TestWorker chat;
  std::string path;
  std::unique_ptr<SocketServer> server;
  bool is_finished = false;

 private:
  static HubQueue::Options with_threads(const ServerOptions& options) {
    HubQueue::Options chat = options.chat;
    chat.intake_threads = options.threads;
    return chat;
  }
};

/// A send of `data` as a line.
inline std::string line_of(const std::string& data, const std::string& members = "") {
  return R"({"actionName":"sendToAll","dataType":"text","data":")" + data + "\"" + members + "}\n";
}

inline std::string hello(const std::string& ack) {
  return R"({"hello":{"ack":")" + ack + "\"}}\n";
}

}  // namespace awps
