#include "daemon/awpsd/side_channel.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace awps {
namespace {

/// A reader that a test can stop. The channel's thread may outlive the test: it shares this.
class Reader {
 public:
  SideChannel::Write write() {
    return [state = state_](const SideChannel::Text& text, uint64_t lost) {
      std::unique_lock lock(state->mutex);
      ++state->begun;
      state->changed.notify_all();
      state->changed.wait(lock, [&] { return state->reads; });
      if (state->refuses) return false;
      if (lost > 0) state->texts.push_back("lost " + std::to_string(lost));
      state->texts.push_back(text.text);
      state->changed.notify_all();
      return true;
    };
  }

  void read(bool reads) {
    const std::lock_guard lock(state_->mutex);
    state_->reads = reads;
    state_->changed.notify_all();
  }
  void refuse(bool refuses) {
    const std::lock_guard lock(state_->mutex);
    state_->refuses = refuses;
  }
  void wait_until_written_to(int times) {
    std::unique_lock lock(state_->mutex);
    state_->changed.wait(lock, [&] { return state_->begun >= times; });
  }
  std::vector<std::string> wait_for(size_t texts) {
    std::unique_lock lock(state_->mutex);
    state_->changed.wait(lock, [&] { return state_->texts.size() >= texts; });
    return state_->texts;
  }
  std::vector<std::string> texts() { return wait_for(0); }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    bool reads = true;
    bool refuses = false;
    int begun = 0;
    std::vector<std::string> texts;
  };
  const std::shared_ptr<State> state_ = std::make_shared<State>();
};

using Texts = std::vector<std::string>;

constexpr size_t kOverhead = sizeof(SideChannel::Text);

TEST(SideChannel, PassesEverythingOnInOrderAndAtItsEnd) {
  Reader reader;
  Texts sent;
  {
    SideChannel channel({.thread_name = "test"}, reader.write());
    for (int i = 0; i < 1000; ++i) {
      sent.push_back(std::to_string(i));
      channel.put({.text = sent.back()});
    }
  }
  EXPECT_EQ(reader.texts(), sent);
}

TEST(SideChannel, AReaderThatStopsCostsTheOldestTextsAndIsToldHowMany) {
  Reader reader;
  reader.read(false);
  SideChannel channel({.thread_name = "test", .max_bytes = 3 * (kOverhead + 1)}, reader.write());
  channel.put({.text = "a"});
  reader.wait_until_written_to(1);  // the reader has it, and stops
  for (const char* text : {"b", "c", "d", "e", "f"}) channel.put({.text = text});
  EXPECT_EQ(channel.lost(), 2U);
  reader.read(true);
  EXPECT_EQ(reader.wait_for(5), (Texts{"a", "lost 2", "d", "e", "f"}));
}

TEST(SideChannel, WhatWaitsIsBoundedInBytes) {
  Reader reader;
  reader.read(false);
  SideChannel channel({.thread_name = "test", .max_bytes = 10'000, .max_text_bytes = 6'000},
                      reader.write());
  channel.put({.text = "a"});
  reader.wait_until_written_to(1);
  channel.put({.text = std::string(5'000, 'b')});
  channel.put({.text = std::string(4'000, 'c')});
  EXPECT_EQ(channel.lost(), 0U);
  channel.put({.text = std::string(1'000, 'd')});
  EXPECT_EQ(channel.lost(), 1U);
  reader.read(true);
  EXPECT_EQ(reader.wait_for(4)[2], std::string(4'000, 'c'));
}

TEST(SideChannel, ALongTextIsCutBetweenTwoCharacters) {
  Reader reader;
  SideChannel channel({.thread_name = "test", .max_text_bytes = 4}, reader.write());
  channel.put({.text = "abcé and so on"});
  channel.put({.text = "abcd"});
  EXPECT_EQ(reader.wait_for(2), (Texts{"abc… (12 bytes more)", "abcd"}));
}

TEST(SideChannel, WhatIsNotTakenIsCountedAndTheNextReaderIsTold) {
  Reader reader;
  reader.refuse(true);
  SideChannel channel({.thread_name = "test"}, reader.write());
  channel.put({.text = "a"});
  channel.put({.text = "b"});
  reader.wait_until_written_to(2);
  reader.refuse(false);
  channel.put({.text = "c"});
  EXPECT_EQ(reader.wait_for(2), (Texts{"lost 2", "c"}));
  EXPECT_EQ(channel.lost(), 2U);
}

TEST(SideChannel, ItsEndDoesNotWaitLongForAReaderThatStopped) {
  Reader reader;
  reader.read(false);
  const auto begin = std::chrono::steady_clock::now();
  {
    SideChannel channel({.thread_name = "test", .patience = std::chrono::milliseconds(50)},
                        reader.write());
    channel.put({.text = "a"});
    reader.wait_until_written_to(1);
  }
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(50));
  EXPECT_EQ(reader.texts(), Texts{});
  reader.read(true);  // what was left behind ends, too
  EXPECT_EQ(reader.wait_for(1), Texts{"a"});
}

}  // namespace
}  // namespace awps
