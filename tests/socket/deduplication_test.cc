// What a connection that asks for deduplication is told, and what hubs get to know its ids by.

#include <optional>
#include <string>
#include <vector>

#include "queue/duplicates.h"
#include "tests/socket/session_harness.h"

namespace awps {
namespace {

const HarnessOptions kBoth{.chat_window = std::chrono::seconds(120),
                           .news_window = std::chrono::milliseconds(90'500)};

std::string hello(const std::string& members) {
  return R"({"hello":{)" + members + "}}\n";
}
const std::string kAsks = hello(R"("producer":"billing","deduplicate":true)");

std::string line(const std::string& id, const std::string& members = "") {
  return send_line("d", R"(,"id":)" + id + members) + "\n";
}

std::string window_in(const std::string& ready) {
  const size_t at = ready.find(",\"dedupeWindowSeconds\"");
  return at == std::string::npos ? "" : ready.substr(at);
}

// The ids that came to the hub, by what a batch carries; nullopt: an action that has none.
std::vector<std::optional<IdHash>> ids_in(ScriptedHub& hub) {
  hub.take();
  std::vector<std::optional<IdHash>> ids;
  for (const auto& batch : hub.batches) {
    if (!batch->has_ids()) continue;
    for (const ActionId& id : batch->uncommitted().ids) {
      ids.push_back(id.is_set ? std::optional(id.hash) : std::nullopt);
    }
  }
  return ids;
}

using Ids = std::vector<std::optional<IdHash>>;

class Deduplication : public testing::Test {
 protected:
  explicit Deduplication(const HarnessOptions& options = kBoth) : harness_(options) {}

  std::string answer(const std::string& text) {
    feed(*session_, text);
    return read_replies(*session_);
  }

  IntakeHarness harness_;
  std::unique_ptr<Session> session_ = harness_.connect();
};

TEST_F(Deduplication, ReadySaysTheLeastWindowInWholeSeconds) {
  EXPECT_EQ(window_in(answer(kAsks)), ",\"dedupeWindowSeconds\":90}\n");
}

TEST_F(Deduplication, ReadySaysNothingToWhoDoesNotAsk) {
  EXPECT_EQ(window_in(answer(hello(R"("producer":"billing")"))), "");
}

TEST_F(Deduplication, WithoutAProducerItIsRefused) {
  EXPECT_EQ(answer(hello(R"("deduplicate":true)")),
            R"({"status":"rejected","seq":0,"line":1,"error":)"
            R"({"code":"invalid_action","message":"…"}})"
            "\n");
  EXPECT_EQ(session_->next(), Session::Next::kClose);
}

TEST_F(Deduplication, HubsKnowIdsByUserProducerAndText) {
  answer(kAsks + line("\"a\"") + line("7"));
  const std::string scope = id_scope_of(kTestUser, "billing");
  EXPECT_EQ(ids_in(harness_.chat), (Ids{hash_of_id(scope, "\"a\""), hash_of_id(scope, "7")}));
}

TEST_F(Deduplication, HubsKnowNothingOfWhoDoesNotAsk) {
  answer(hello(R"("producer":"billing")") + line("\"a\""));
  EXPECT_EQ(ids_in(harness_.chat), Ids{});
}

TEST_F(Deduplication, ActionsWithoutIdAndInAnOrderedBatchHaveNone) {
  answer(kAsks + send_line("d") + "\n" + R"({"ordered":true,"batch":[)" +
         send_line("d", R"(,"id":"a")") + "]}\n" + line("\"a\""));
  EXPECT_EQ(ids_in(harness_.chat), (Ids{std::nullopt, std::nullopt,
                                        hash_of_id(id_scope_of(kTestUser, "billing"), "\"a\"")}));
}

TEST_F(Deduplication, ADuplicateIsTheLastWordOfItsAction) {
  answer(hello(R"("producer":"billing","deduplicate":true,"ack":"delivered")"));
  answer(line("\"a\""));
  harness_.chat.take();
  Outcome outcome;
  outcome.account = &harness_.chat.batches.front()->account();
  outcome.seq = 1;
  outcome.kind = OutcomeKind::kDuplicate;
  outcome.id = "\"a\"";
  session_->end_input(Instant{});
  EXPECT_EQ(session_->next(), Session::Next::kReports);
  session_->take_report(outcome);
  session_->end_of_reports();
  EXPECT_EQ(read_replies(*session_), R"({"status":"duplicate","seq":1,"id":"a"})"
                                     "\n");
  EXPECT_EQ(session_->next(), Session::Next::kClose);
}

class WithoutWindow : public Deduplication {
 protected:
  WithoutWindow() : Deduplication({.chat_window = std::chrono::seconds(120)}) {}
};

TEST_F(WithoutWindow, OneHubMakesReadySayZeroAndKnowsNoIds) {
  EXPECT_EQ(window_in(answer(kAsks)), ",\"dedupeWindowSeconds\":0}\n");
  answer(line("1", R"(,"hub":"news")") + line("1"));
  EXPECT_EQ(ids_in(harness_.news), Ids{});
  EXPECT_EQ(ids_in(harness_.chat).size(), 1U);
}

}  // namespace
}  // namespace awps
