#include "worker/worker_for_streams.h"

#include <memory>
#include <utility>

#include "hub/letter_of_record.h"
#include "hub/waiting_reason.h"
#include "worker/worker.h"

namespace awps {

namespace {

// Tells what came of a question; if nothing did, since the worker has ended, an empty answer.
template <typename Answer>
class Reply {
 public:
  explicit Reply(std::function<void(Answer)> tell) : tell_(std::move(tell)) {}
  ~Reply() {
    if (tell_) tell_(Answer{});
  }
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;

  void give(Answer answer) { std::exchange(tell_, nullptr)(std::move(answer)); }

 private:
  std::function<void(Answer)> tell_;
};

// A letter on its way to the worker. A command can be copied, a letter should not.
struct LetterToKeep {
  DeadLetter letter;
  Reply<uint64_t> reply;
};

}  // namespace

void WorkerForStreams::withdraw(std::vector<uint64_t> producers, std::function<void()> confirmed) {
  // Where the worker has ended, all that it had is returned.
  auto reply =
      std::make_shared<Reply<bool>>([confirmed = std::move(confirmed)](bool) { confirmed(); });
  worker_.post([&worker = worker_, producers = std::move(producers), reply] {
    worker.withdraw(producers);
    reply->give(true);
  });
}

void WorkerForStreams::keep(RefusedRecord record, std::function<void(uint64_t letter)> kept) {
  DeadLetter letter = letter_of(std::move(record), clock_.now());
  const uint64_t bytes = letter.stream_record.size();
  waiting_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  // First the bytes, since whoever is told asks whether there is room.
  const auto tell = [this, bytes, kept = std::move(kept)](uint64_t number) {
    waiting_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    kept(number);
  };
  std::shared_ptr<LetterToKeep> waiting(
      new LetterToKeep{.letter = std::move(letter), .reply = Reply<uint64_t>(tell)});
  worker_.post([&worker = worker_, waiting] {
    waiting->reply.give(worker.pipeline().dead_letters().add(std::move(waiting->letter)));
  });
}

void WorkerForStreams::ask_why(std::vector<Waiting> actions, Told told) {
  auto reply = std::make_shared<Reply<std::vector<std::string>>>(std::move(told));
  worker_.post([&worker = worker_, &clock = clock_, actions = std::move(actions), reply] {
    reply->give(waiting_reasons(worker.pipeline(), actions, clock.now()));
  });
}

}  // namespace awps
