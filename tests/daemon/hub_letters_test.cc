// Dead letters on disk, as the daemon has them: over restarts and reloads, and where the disk is
// another's.

#include "daemon/awpsd/hub_letters.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "daemon/awpsd/spool_report.h"
#include "spool/bytes.h"
#include "spool/hub_folders.h"
#include "spool/segment_header.h"
#include "tests/daemon/letters_harness.h"

namespace awps {
namespace {

constexpr const char* kChat = "[hubs.chat]\n";
constexpr const char* kTwo = "[hubs.chat]\n[hubs.news]\n";
constexpr const char* kDurable = "[hub_defaults]\ndurability = \"durable\"\n[hubs.chat]\n";

TEST_F(HubLettersTest, ARestartHasThem) {
  for (const char* toml : {kChat, kDurable}) {
    start(toml);
    const size_t before = numbers("chat").size();
    give_up("chat", {"a", "b", "c"});
    restart(toml);
    EXPECT_EQ(numbers("chat").size(), before + 3);
    EXPECT_EQ(status_of_hub("chat").report->last_dead_letter_number, before + 3);
    EXPECT_EQ(hub("chat").values().accepted, 0U);
    end();
  }
}

TEST_F(HubLettersTest, WhatOperatorsDidHoldsOverARestart) {
  start(kChat);
  give_up("chat", {"a", "b", "c"});
  ASSERT_TRUE(steering_->purge({.hub = "chat", .numbers = {2}}).ok());
  ASSERT_TRUE(steering_->redrive({.hub = "chat", .numbers = {3}}).ok());
  until([this] { return hub("chat").values().delivered == 1; });
  restart(kChat);
  EXPECT_EQ(numbers("chat"), Numbers{1});
}

// It is in the file of undelivered actions then.
TEST_F(HubLettersTest, WhatAStopKeepsInItsFileIsNoLetterAnyMore) {
  start(kChat);
  give_up("chat", {"a"});
  azure_.hold();
  ASSERT_TRUE(steering_->redrive({.hub = "chat", .all = true}).ok());
  until([this] { return azure_.requests().size() == 2; });
  end();
  EXPECT_EQ(undelivered().size(), 1U);
  azure_.release();
  start(kChat);
  EXPECT_EQ(numbers("chat"), Numbers{});
}

TEST_F(HubLettersTest, OneThatIsGivenUpAgainIsANewOne) {
  start(kChat);
  give_up("chat", {"a"});
  azure_.answer_with(400);
  ASSERT_TRUE(steering_->redrive({.hub = "chat", .all = true}).ok());
  until([this] { return numbers("chat") == Numbers{2}; });
  restart(kChat);
  EXPECT_EQ(numbers("chat"), Numbers{2});
}

TEST_F(HubLettersTest, OfAHubThatIsGoneTheyStayAndCanBePurged) {
  start(kTwo);
  give_up("news", {"a", "b"});
  ASSERT_TRUE(apply(kChat).ok());
  wait_until_gone("news");
  EXPECT_EQ(numbers("news"), (Numbers{1, 2}));
  ASSERT_TRUE(steering_->purge({.hub = "news", .numbers = {1}}).ok());
  ASSERT_TRUE(apply(kTwo).ok());
  EXPECT_EQ(numbers("news"), Numbers{2});
  give_up("news", {"c"});
  EXPECT_EQ(numbers("news"), (Numbers{2, 3}));
  restart(kTwo);
  EXPECT_EQ(numbers("news"), (Numbers{2, 3}));
}

// Nothing was left of it, and its numbers go on all the same.
TEST_F(HubLettersTest, AHubThatComesBackWithoutLettersGoesOn) {
  start(kTwo);
  give_up("news", {"a"});
  ASSERT_TRUE(steering_->purge({.hub = "news", .all = true}).ok());
  ASSERT_TRUE(apply(kChat).ok());
  wait_until_gone("news");
  hubs_->retire();
  ASSERT_TRUE(hubs_->resting().empty());
  ASSERT_TRUE(apply(kTwo).ok());
  give_up("news", {"b"});
  EXPECT_EQ(numbers("news"), Numbers{2});
  restart(kTwo);
  EXPECT_EQ(numbers("news"), Numbers{2});
}

TEST_F(HubLettersTest, ThoseOfAnUnconfiguredHubAreKeptAndSaid) {
  start(kTwo);
  give_up("news", {"a"});
  restart(kChat);
  EXPECT_NE(log().find("hubs had on disk that are not configured: 'news'"), std::string::npos);
  ASSERT_TRUE(apply(kTwo).ok());
  until([this] {  // read by a thread of its own
    hubs_->retire();
    return hubs_->find("news") != nullptr;
  });
  EXPECT_EQ(numbers("news"), Numbers{1});
}

TEST_F(HubLettersTest, InMemoryAloneNothingIsMade) {
  start("[hub_defaults]\ndead_letters.store = \"memory\"\n[hubs.chat]\n");
  give_up("chat", {"a"});
  EXPECT_FALSE(status_of_hub("chat").report->dead_letters_on_disk);
  end();
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/spool"));
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/spool.lock"));
}

TEST_F(HubLettersTest, WhatIsOnDiskIsListedAlsoIfNewOnesStayInMemory) {
  start(kChat);
  give_up("chat", {"a"});
  restart("[hub_defaults]\ndead_letters.store = \"memory\"\n[hubs.chat]\n");
  give_up("chat", {"b"});
  EXPECT_EQ(numbers("chat"), (Numbers{1, 2}));
  restart(kChat);
  EXPECT_EQ(numbers("chat"), Numbers{1});
}

TEST_F(HubLettersTest, NoFolderIsMadeAboveTheSpool) {
  start("spool.path = \"" + folder_ + "/not/there\"\n[hubs.chat]\n");
  EXPECT_NE(log().find("dead letters stay in memory"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/not"));
  give_up("chat", {"a"});
  EXPECT_EQ(numbers("chat"), Numbers{1});
}

TEST_F(HubLettersTest, AnotherDaemonsSpoolIsLeftAlone) {
  {
    SpoolConfig spool;
    spool.path = folder_;
    HubLogs others(spool, clock_);
    ASSERT_TRUE(others.lock().ok());
    start(kTwo);
    give_up("chat", {"a"});
    EXPECT_FALSE(status_of_hub("chat").report->dead_letters_on_disk);
    EXPECT_EQ(numbers("chat"), Numbers{1});
    const std::string words = "dead letters stay in memory";
    EXPECT_NE(log().find(words), std::string::npos);
    EXPECT_EQ(log().find(words), log().rfind(words)) << "once, of both hubs";
    end();
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/spool"));
}

TEST_F(HubLettersTest, ThoseOfANewerVersionAreLeftAlone) {
  std::string bytes = to_bytes({.number = 1, .kind = SegmentHeader::kLetters});
  put_number(bytes.data() + 10, uint16_t{9});  // the oldest reader
  const size_t checked = SegmentHeader::kBytes - sizeof(uint32_t);
  put_number(bytes.data() + checked, crc32c(bytes.substr(0, checked)));
  std::filesystem::create_directories(folder_of("chat"));
  std::filesystem::permissions(folder_of("chat"), std::filesystem::perms(0700));
  std::ofstream(folder_of("chat") + "/" + segment_name(1, SegmentHeader::kLetters)) << bytes;
  start(kChat);
  EXPECT_NE(log().find("its dead letters on disk cannot be read"), std::string::npos);
  give_up("chat", {"a"});
  EXPECT_EQ(numbers("chat"), Numbers{1});
  EXPECT_FALSE(status_of_hub("chat").report->dead_letters_on_disk);
  producer_->send(hub("chat"), {"b"});
  EXPECT_EQ(producer_->wait_for_outcomes(1), std::vector<std::string>{"delivered"});
  EXPECT_EQ(hub("chat").queue->budget().room_for(1, 0, doorman_), Budget::Room::kFree);
}

TEST_F(HubLettersTest, ACheckCountsThemAndFindsDamage) {
  start(kChat);
  for (const char* name : {"a", "b"}) {  // a group each
    give_up("chat", {name});
    until([this] {
      pass(std::chrono::seconds(1));
      return status_of_hub("chat").report->dead_letters_unwritten == 0;
    });
  }
  end();
  EXPECT_NE(checked().find("letters     2 in 1 segments"), std::string::npos) << checked();
  EXPECT_EQ(exit_code_, ExitCode::kOk);
  std::fstream file(folder_of("chat") + "/letters-0000000000000001.seg",
                    std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(4096 + 40);  // in the first frame
  file << "\xFF";
  file.close();
  EXPECT_NE(checked().find("lost 1"), std::string::npos) << checked();
  EXPECT_EQ(exit_code_, ExitCode::kDataError);
  start(kChat);
  EXPECT_NE(log().find("1 dead letter is lost"), std::string::npos) << log();
  EXPECT_EQ(numbers("chat"), Numbers{2});
}

TEST_F(HubLettersTest, AHubThatComesBackHasARunOfItsOwn) {
  const char* both = "[hub_defaults]\ndurability = \"durable\"\n[hubs.chat]\n[hubs.news]\n";
  start(both);
  give_up("news", {"a"});
  until([this] {
    pass(std::chrono::seconds(1));
    return status_of_hub("news").report->dead_letters_unwritten == 0;
  });
  ASSERT_TRUE(apply(kDurable).ok());
  wait_until_gone("news");
  ASSERT_TRUE(apply(both).ok());
  until([this] {
    hubs_->retire();
    return hubs_->find("news") != nullptr;
  });
  azure_.hold();
  producer_->send(hub("news"), {"x"});
  until([this] { return azure_.requests().size() == 2; });
  end();
  azure_.release();
  start(both);
  EXPECT_EQ(hub("news").values().accepted, 1U);
}

TEST_F(HubLettersTest, APurgeTakesThoseOnDiskBesideThoseInMemory) {
  start(kChat);
  give_up("chat", {"a", "b"});
  restart("[hub_defaults]\ndead_letters.store = \"memory\"\n[hubs.chat]\n");
  give_up("chat", {"c"});
  ASSERT_TRUE(steering_->purge({.hub = "chat", .all = true}).ok());
  EXPECT_EQ(numbers("chat"), Numbers{});
  restart(kChat);
  EXPECT_EQ(numbers("chat"), Numbers{});
}

TEST_F(HubLettersTest, APurgeShortlyBeforeAStopHolds) {
  start(kDurable);
  give_up("chat", {"a"});
  ASSERT_TRUE(steering_->purge({.hub = "chat", .all = true}).ok());
  EXPECT_EQ(numbers("chat"), Numbers{});
  restart(kDurable);
  EXPECT_EQ(numbers("chat"), Numbers{});
}

TEST_F(HubLettersTest, AFolderOfOthersDoesNotStopAHubInMemory) {
  start(kChat);
  give_up("chat", {"a"});
  end();
  std::filesystem::permissions(folder_of("chat"), std::filesystem::perms(0770));
  start(kChat);
  EXPECT_EQ(hub("chat").queue->budget().room_for(1, 0, doorman_), Budget::Room::kFree);
}

// Such a hub loses nothing that it should keep.
TEST_F(HubLettersTest, WithLettersInMemoryOnPurposeOnlyTheListingIsWarnedOf) {
  start(kChat);
  give_up("chat", {"a"});
  end();
  SpoolConfig spool;
  spool.path = folder_;
  HubLogs others(spool, clock_);
  ASSERT_TRUE(others.lock().ok());
  log_.str("");
  start("[hub_defaults]\ndead_letters.store = \"memory\"\n[hubs.chat]\n");
  EXPECT_NE(log().find("dead letters that are on disk stay there, and are not listed"),
            std::string::npos)
      << log();
  EXPECT_EQ(log().find("dead letters stay in memory"), std::string::npos) << log();
  EXPECT_EQ(numbers("chat"), Numbers{});
  end();
}

TEST_F(HubLettersTest, ALetterInMemoryDoesNotEndOneOnDiskOfItsNumber) {
  start(kDurable);
  give_up("chat", {"a"});
  until([this] {
    pass(std::chrono::seconds(1));
    return status_of_hub("chat").report->dead_letters_unwritten == 0;
  });
  end();
  const std::string file = folder_of("chat") + "/letters-0000000000000001.seg";
  ASSERT_TRUE(std::filesystem::exists(file));
  std::filesystem::permissions(file, std::filesystem::perms(0660));
  start(kDurable);
  give_up("chat", {"b"});
  EXPECT_EQ(numbers("chat"), Numbers{1});
  azure_.hold();
  const size_t before = azure_.requests().size();
  ASSERT_TRUE(steering_->redrive({.hub = "chat", .all = true}).ok());
  until([&] {
    pass(std::chrono::seconds(1));
    return azure_.requests().size() == before + 1;
  });
  end();
  std::filesystem::permissions(file, std::filesystem::perms(0600));
  azure_.release();
  start(kDurable);
  EXPECT_EQ(numbers("chat"), Numbers{1});
}

}  // namespace
}  // namespace awps
