// Dead letters of a hub that was taken out and comes back, where the disk did not take them.

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/daemon/letters_harness.h"

namespace awps {
namespace {

constexpr const char* kChat = "[hubs.chat]\n";
constexpr const char* kTwo = "[hubs.chat]\n[hubs.news]\n";

// A durable hub whose letters have no room on disk, and that was taken out, and came back.
class UnwrittenLettersTest : public HubLettersTest {
 protected:
  // A segment of letters has a sixteenth of dead_letters.max_bytes.
  static constexpr const char* kFull =
      "[spool]\nmax_bytes = \"16MiB\"\n[hub_defaults]\ndurability = \"durable\"\n"
      "dead_letters.max_bytes = \"1GiB\"\n";
  std::string both() const { return std::string(kFull) + "[hubs.chat]\n[hubs.news]\n"; }

  void take_out_with_a_letter() {
    start(both());
    give_up("news", {"a"});
    ASSERT_TRUE(apply(std::string(kFull) + "[hubs.chat]\n").ok());
    wait_until_gone("news");
    EXPECT_EQ(numbers("news"), Numbers{1});
  }
  void bring_back() {
    ASSERT_TRUE(apply(both()).ok());
    until([this] {
      hubs_->retire();
      return hubs_->find("news") != nullptr;
    });
  }
  // What is in its log has been sent once this is.
  void send_another() {
    producer_.emplace();
    producer_->send(hub("news"), {"b"});
    until([this] {
      pass(std::chrono::milliseconds(10));  // commits keep their distance
      return hub("news").values().delivered >= 1;
    });
  }
};

TEST_F(UnwrittenLettersTest, WhatIsListedIsNotSent) {
  take_out_with_a_letter();
  const size_t before = azure_.requests().size();
  bring_back();
  send_another();
  EXPECT_EQ(azure_.requests().size(), before + 1);
  EXPECT_EQ(hub("news").values().accepted, 1U);
  EXPECT_EQ(numbers("news"), Numbers{1});
  EXPECT_EQ(status_of_hub("news").report->dead_letters_unwritten, 1U);
  // Thrown away, it is released in the log.
  EXPECT_EQ(hub("news").committer->run().number(), 2U);
  ASSERT_TRUE(steering_->purge({.hub = "news", .all = true}).ok());
  restart(both());
  EXPECT_EQ(hub("news").values().accepted, 0U);
}

TEST_F(UnwrittenLettersTest, WhatWasThrownAwayMeanwhileIsNotSent) {
  take_out_with_a_letter();
  ASSERT_TRUE(steering_->purge({.hub = "news", .all = true}).ok());
  hubs_->retire();  // it has no letters, and is kept all the same
  const size_t before = azure_.requests().size();
  bring_back();
  send_another();
  EXPECT_EQ(azure_.requests().size(), before + 1);
  EXPECT_EQ(numbers("news"), Numbers{});
}

// As with every crash: its letter is nowhere else.
TEST_F(UnwrittenLettersTest, ARestartSendsIt) {
  take_out_with_a_letter();
  restart(both());
  EXPECT_EQ(hub("news").values().accepted, 1U);
  EXPECT_EQ(numbers("news"), Numbers{});
}

TEST_F(HubLettersTest, AHubThatComesBackHasThoseOfMemoryAndDisk) {
  start(kTwo);
  give_up("news", {"a"});
  end();
  std::filesystem::permissions(folder_of("news"), std::filesystem::perms(0770));
  start(kTwo);
  EXPECT_NE(log().find("cannot be read, so they stay there and are not listed, and new ones are in "
                       "memory alone"),
            std::string::npos)
      << log();
  give_up("news", {"b", "c"});
  ASSERT_TRUE(apply(kChat).ok());
  wait_until_gone("news");
  std::filesystem::permissions(folder_of("news"), std::filesystem::perms(0700));
  ASSERT_TRUE(apply(kTwo).ok());
  until([this] {
    hubs_->retire();
    return hubs_->find("news") != nullptr;
  });
  EXPECT_EQ(numbers("news"), (Numbers{1, 2, 3}));
  EXPECT_NE(log().find("2 dead letters in memory came to those on disk, with new numbers from 2"),
            std::string::npos)
      << log();
  EXPECT_EQ(log().find("actions became dead letters (HTTP 400), from number 2"), std::string::npos);
  restart(kTwo);
  EXPECT_EQ(numbers("news"), (Numbers{1, 2, 3}));
}

}  // namespace
}  // namespace awps
