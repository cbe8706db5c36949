#include "stream/stream_thread.h"

#include <pthread.h>

#include <atomic>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/mutex.h"
#include "stream/stream_posts.h"

namespace awps {

class StreamThread::Core {
 public:
  Core(StreamOptions options, std::shared_ptr<const HubDirectory> hubs, Parts parts)
      : thread_name_("stream/" + options.name),
        source_(std::move(parts.source)),
        letters_(std::move(parts.letters)),
        clock_(parts.clock),
        waker_(std::move(parts.waker)),
        posts_([waker = waker_] { waker->wake(); }),
        stream_(std::move(options), std::move(hubs),
                {.clock = clock_,
                 .source = *source_,
                 .letters = letters_.get(),
                 .counters = parts.counters,
                 .next_producer = std::move(parts.next_producer),
                 .log = std::move(parts.log),
                 .wake = [waker = waker_] { waker->wake(); },
                 .slot = parts.slot,
                 .on_part = std::move(parts.on_part)}) {
    publish();
  }
  ~Core() { AWPS_CHECK(!thread_.joinable() || has_ended_); }

  void start() {
    thread_ = std::jthread([this] { run(); });
    pthread_setname_np(thread_.native_handle(), thread_name_.substr(0, kLongestName).c_str());
  }
  void post(std::function<void()> work) { posts_.post(std::move(work)); }
  Stream& stream() { return stream_; }
  Instant now() const { return clock_.now(); }
  // Acquire pairs with the release in run(): what the thread did is seen with it.
  bool has_stopped() const { return has_stopped_.load(std::memory_order_acquire); }
  // Likewise.
  bool has_ended() const { return has_ended_.load(std::memory_order_acquire); }
  AwakeInstant last_turn() const {
    return AwakeInstant(Duration(last_turn_.load(std::memory_order_relaxed)));
  }
  StreamStatus status() const {
    const MutexLock lock(mutex_);
    return status_;
  }

 private:
  void run() {
    Instant published = Instant::min();
    while (!stream_.has_stopped()) {
      posts_.run();
      const Instant now = clock_.now();
      note_turn();
      stream_.turn(now);
      if (has_passed(published, std::chrono::seconds(1), now)) {
        published = now;
        publish();
      }
      const Instant next = stream_.next_turn(now);
      if (next <= now || stream_.has_stopped()) continue;
      if (stream_.prepare_to_sleep()) waker_->wait(next - now);
      stream_.woke_up();
    }
    publish();
    has_stopped_.store(true, std::memory_order_release);  // pairs with the load in has_stopped()
    source_.reset();
    letters_.reset();
    end();
    has_ended_.store(true, std::memory_order_release);  // pairs with the load in has_ended()
  }
  // What is under way at a hub ends with its request, at the latest.
  void end() {
    while (!stream_.is_forgotten()) {
      if (stream_.prepare_to_sleep()) waker_->wait(std::chrono::seconds(1));
      stream_.woke_up();
    }
  }
  void note_turn() {
    last_turn_.store(clock_.awake_now().time_since_epoch().count(), std::memory_order_relaxed);
  }
  void publish() {
    StreamStatus status = stream_.status();
    const MutexLock lock(mutex_);
    status_ = std::move(status);
  }

  static constexpr size_t kLongestName = 15;  // of a thread, in Linux

  const std::string thread_name_;
  std::unique_ptr<RecordSource> source_;
  std::unique_ptr<LetterWriter> letters_;
  const Clock& clock_;
  std::shared_ptr<StreamWaker> waker_;
  StreamPosts posts_;
  Stream stream_;
  std::atomic<bool> has_stopped_{false};
  std::atomic<bool> has_ended_{false};
  std::atomic<Duration::rep> last_turn_{clock_.awake_now().time_since_epoch().count()};
  mutable Mutex mutex_;
  StreamStatus status_ GUARDED_BY(mutex_);
  std::jthread thread_;  // ends first
};

StreamThread::StreamThread(StreamOptions options, std::shared_ptr<const HubDirectory> hubs,
                           Parts parts)
    : core_(std::make_unique<Core>(std::move(options), std::move(hubs), std::move(parts))) {}

StreamThread::~StreamThread() = default;

void StreamThread::start() {
  core_->start();
}

void StreamThread::set_options(StreamOptions options) {
  core_->post(
      [core = core_.get(), options = std::move(options)] { core->stream().set_options(options); });
}

void StreamThread::use(std::shared_ptr<const HubDirectory> hubs) {
  core_->post(
      [core = core_.get(), hubs = std::move(hubs)] { core->stream().follow_directory(hubs); });
}

void StreamThread::room_again() {
  core_->stream().room_again();
}

void StreamThread::begin_stop() {
  core_->post([core = core_.get()] { core->stream().begin_stop(core->now()); });
}

void StreamThread::hurry_stop() {
  core_->post([core = core_.get()] { core->stream().hurry_stop(core->now()); });
}

bool StreamThread::has_stopped() const {
  return core_->has_stopped();
}

bool StreamThread::has_ended() const {
  return core_->has_ended();
}

AwakeInstant StreamThread::last_turn() const {
  return core_->last_turn();
}

StreamStatus StreamThread::status() const {
  return core_->status();
}

}  // namespace awps
