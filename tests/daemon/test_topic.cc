#include "tests/daemon/test_topic.h"

#include <utility>

namespace awps {

class TestTopic::Reader final : public RecordSource {
 public:
  explicit Reader(TestTopic& topic) : topic_(topic) {}
  ~Reader() override {
    std::unique_lock lock(topic_.mutex_);
    topic_.changed_.wait(lock, [this] { return !topic_.hangs_at_the_end_; });
    ++topic_.closed_;
  }

  std::optional<SourceEvent> next_event() override {
    std::unique_lock lock(topic_.mutex_);
    topic_.changed_.wait(lock, [this] { return !topic_.hangs_; });
    return topic_.source_.next_event();
  }
  // What is borrowed stays where it is: nothing is taken out of the topic.
  std::optional<StreamRecord> next_record(int32_t partition) override {
    const std::lock_guard lock(topic_.mutex_);
    return topic_.source_.next_record(partition);
  }
  void commit(std::span<const PartitionOffset> offsets) override {
    const std::lock_guard lock(topic_.mutex_);
    topic_.source_.commit(offsets);
  }
  Result<void, CommitFailure> commit_and_wait(std::span<const PartitionOffset> offsets,
                                              Duration at_most) override {
    const std::lock_guard lock(topic_.mutex_);
    return topic_.source_.commit_and_wait(offsets, at_most);
  }
  void release(std::span<const int32_t> partitions) override {
    const std::lock_guard lock(topic_.mutex_);
    topic_.source_.release(partitions);
  }
  std::optional<int64_t> end_of(int32_t partition) const override {
    const std::lock_guard lock(topic_.mutex_);
    return topic_.source_.end_of(partition);
  }
  std::optional<int32_t> partitions_of_topic() const override {
    const std::lock_guard lock(topic_.mutex_);
    return topic_.source_.partitions_of_topic();
  }
  void leave() override {
    const std::lock_guard lock(topic_.mutex_);
    topic_.source_.leave();
  }
  bool has_left() const override {
    const std::lock_guard lock(topic_.mutex_);
    return topic_.source_.has_left();
  }

 private:
  TestTopic& topic_;
};

std::unique_ptr<RecordSource> TestTopic::make_source(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  ++made_;
  wake_ = std::move(wake);
  source_.was_left = false;
  source_.assign({0});
  return std::make_unique<Reader>(*this);
}

void TestTopic::wake() {
  std::function<void()> wake;
  {
    const std::lock_guard lock(mutex_);
    wake = wake_;
  }
  wake();
}

void TestTopic::produce(std::string value) {
  {
    const std::lock_guard lock(mutex_);
    source_.produce(0, std::move(value));
  }
  wake();
}

void TestTopic::tell(SourceEvent event) {
  {
    const std::lock_guard lock(mutex_);
    source_.tell(std::move(event));
  }
  wake();
}

int64_t TestTopic::committed() const {
  const std::lock_guard lock(mutex_);
  return source_.committed(0);
}

bool TestTopic::was_left() const {
  const std::lock_guard lock(mutex_);
  return source_.was_left;
}

int TestTopic::made() const {
  const std::lock_guard lock(mutex_);
  return made_;
}

int TestTopic::closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

void TestTopic::hang() {
  const std::lock_guard lock(mutex_);
  hangs_ = true;
}

void TestTopic::hang_at_the_end() {
  const std::lock_guard lock(mutex_);
  hangs_at_the_end_ = true;
}

void TestTopic::release() {
  const std::lock_guard lock(mutex_);
  hangs_ = hangs_at_the_end_ = false;
  changed_.notify_all();
}

}  // namespace awps
