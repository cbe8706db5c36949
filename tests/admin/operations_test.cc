// What the operations add to the service: a status that is slow is shared, pages are bounded.

#include "admin/operations.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/admin/fake_service.h"

namespace awps::admin {
namespace {

/// A service whose status and letters take a while, and whose letters have no end, on a clock that
/// the test moves.
class SteppedClock final : public Clock {
 public:
  Instant now() const override { return now_; }
  WallTime wall_now() const override { return {}; }
  void advance(Duration by) { now_ += by; }

 private:
  Instant now_{};
};

class SlowService final : public AdminService {
 public:
  SlowService(SteppedClock& clock, Duration length) : clock_(clock), length_(length) {}

  ServiceStatus status() override {
    ++calls;
    clock_.advance(length_);
    return {};
  }
  Result<void> alive() override { return {}; }
  AdminResult<void> pause(const std::string& /*hub*/) override { return {}; }
  AdminResult<void> resume(const std::string& /*hub*/) override { return {}; }
  AdminResult<void> drain(const std::string& /*hub*/) override { return {}; }
  AdminResult<DeadLetterPage> dead_letters(const std::string& hub, uint64_t after,
                                           size_t /*limit*/) override {
    clock_.advance(length_);
    DeadLetterPage page;
    page.letters.push_back({.number = after + 1, .hub = hub, .action = "{}"});
    page.next_after = after + 1;
    return page;
  }
  AdminResult<RedriveResult> redrive(const DeadLetterChoice& /*choice*/) override {
    return RedriveResult{};
  }
  AdminResult<uint64_t> purge(const DeadLetterChoice& /*choice*/) override { return uint64_t{0}; }
  AdminResult<ConfigDiff> reload() override { return ConfigDiff{}; }
  AdminResult<ConfigDiff> config_diff() override { return ConfigDiff{}; }
  AdminResult<void> set_log_level(const std::string& /*level*/, Duration /*length*/) override {
    return {};
  }
  AdminResult<std::string> client_url(const TokenRequest& /*request*/) override {
    return std::string();
  }
  AdminResult<void> tap(const std::string& /*hub*/, uint32_t /*per_second*/) override { return {}; }
  std::vector<TapRecord> take_tapped(uint64_t& /*left_out*/) override { return {}; }

  int calls = 0;

 private:
  SteppedClock& clock_;
  Duration length_;
};

TEST(Status, IsANewOneEachTime) {
  SteppedClock clock;
  SlowService service(clock, std::chrono::milliseconds(1));
  Operations operations(service, clock);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(operations.status({}).status, 200);
  EXPECT_EQ(service.calls, 10);
}

TEST(Status, ThatTookLongServesForAsLong) {
  SteppedClock clock;
  SlowService service(clock, std::chrono::seconds(2));
  Operations operations(service, clock);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(operations.status({}).status, 200);
    EXPECT_EQ(operations.metrics({}).status, 200);
    EXPECT_EQ(operations.ready({}).status, 200);
  }
  EXPECT_EQ(service.calls, 1);
  clock.advance(std::chrono::milliseconds(1999));
  EXPECT_EQ(operations.status({}).status, 200);
  EXPECT_EQ(service.calls, 1);
  clock.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(operations.status({}).status, 200);
  EXPECT_EQ(service.calls, 2);
  operations.forget_status();
  EXPECT_EQ(operations.status({}).status, 200);
  EXPECT_EQ(service.calls, 3);
}

std::vector<DeadLetterView> letters(uint64_t count, size_t bytes) {
  std::vector<DeadLetterView> list;
  for (uint64_t number = 1; number <= count; ++number) {
    list.push_back({.number = number, .hub = "chat", .action = std::string(bytes, 'x')});
  }
  return list;
}

/// Numbers of all pages, one after another.
std::vector<std::vector<uint64_t>> pages(Operations& operations, const std::string& limit) {
  std::vector<std::vector<uint64_t>> found;
  std::string after = "0";
  do {
    const Reply reply = operations.dead_letters(
        {"/dead-letters", {{"hub", "chat"}, {"after", after}, {"limit", limit}}});
    const auto page = nlohmann::json::parse(reply.body);
    found.emplace_back();
    for (const auto& letter : page["deadLetters"]) found.back().push_back(letter["number"]);
    after = std::to_string(page["nextAfter"].get<uint64_t>());
  } while (after != "0");
  return found;
}

TEST(DeadLetters, ComeInPagesOfTheSizeThatIsWanted) {
  FakeService service;
  service.set_letters(letters(100, 10));
  const SystemClock clock;
  Operations operations(service, clock);
  for (const std::string limit : {"1", "15", "16", "17", "99", "100", "1000"}) {
    uint64_t next = 0;
    const auto all = pages(operations, limit);
    for (size_t i = 0; i < all.size(); ++i) {
      EXPECT_TRUE(all[i].size() == std::stoul(limit) || i + 1 == all.size()) << limit;
      for (const uint64_t number : all[i]) EXPECT_EQ(number, ++next) << limit;
    }
    EXPECT_EQ(next, 100U) << limit;
  }
}

TEST(DeadLetters, ComeInShorterPagesWhereTheyAreLarge) {
  FakeService service;
  service.set_letters(letters(40, 1'000'000));
  const SystemClock clock;
  Operations operations(service, clock);
  const auto all = pages(operations, "1000");
  EXPECT_EQ(all.size(), 3U);
  uint64_t next = 0;
  for (const auto& page : all) {
    EXPECT_LE(page.size(), 16U);
    for (const uint64_t number : page) EXPECT_EQ(number, ++next);
  }
  EXPECT_EQ(next, 40U);
}

TEST(DeadLetters, ComeInShorterPagesWhereTheWorkerIsSlow) {
  SteppedClock clock;
  SlowService service(clock, std::chrono::milliseconds(450));
  Operations operations(service, clock);
  const Instant begin = clock.now();
  const Reply reply =
      operations.dead_letters({"/dead-letters", {{"hub", "chat"}, {"limit", "1000"}}});
  EXPECT_EQ(clock.now() - begin, std::chrono::milliseconds(2250));  // none begins after two seconds
  const auto page = nlohmann::json::parse(reply.body);
  EXPECT_EQ(page["deadLetters"].size(), 5U);
  EXPECT_EQ(page["nextAfter"], 5U);
}

TEST(DeadLetters, SayWhyThereAreNone) {
  FakeService service;
  service.set_error({.http_status = 404, .code = "unknown_hub", .message = "no hub 'x'"});
  const SystemClock clock;
  Operations operations(service, clock);
  const Reply reply = operations.dead_letters({"/dead-letters", {{"hub", "x"}}});
  EXPECT_EQ(reply.status, 404);
  EXPECT_NE(reply.body.find("unknown_hub"), std::string::npos);
}

}  // namespace
}  // namespace awps::admin
