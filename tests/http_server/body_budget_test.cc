#include "http_server/body_budget.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <random>
#include <utility>
#include <vector>

namespace awps::http_server {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant kStart{seconds(1000)};

std::shared_ptr<BodyBudget> budget_of(size_t max_bytes) {
  return std::make_shared<BodyBudget>(
      BodyBudget::Options{.max_bytes = max_bytes, .patience = seconds(5)});
}

TEST(BodyBudget, CountsWhatBodiesTake) {
  const auto budget = budget_of(10);
  {
    BodyCharge charge(budget, 7);
    EXPECT_FALSE(budget->has_room_for(4));
    charge.shrink_to(6);
    charge.shrink_to(9);
    EXPECT_EQ(budget->used(), 6U);
    EXPECT_TRUE(budget->has_room_for(4));
  }
  EXPECT_EQ(budget->used(), 0U);
}

TEST(BodyBudget, LetsThoseWhoWaitGoBeforeNewcomers) {
  const auto budget = budget_of(10);
  auto charge = std::make_unique<BodyCharge>(budget, 5);
  int calls = 0;
  budget->set_on_room([&calls] { ++calls; });
  budget->wait(2, 6, kStart);
  budget->wait(1, 3, kStart);
  EXPECT_FALSE(budget->next()) << "nor does the second, which has room";
  EXPECT_FALSE(budget->has_room_for(1));
  charge.reset();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(budget->next(), 2U);
  charge = std::make_unique<BodyCharge>(budget, 6);
  EXPECT_EQ(budget->next(), 1U);
  EXPECT_TRUE(budget->has_room_for(4));
}

TEST(BodyBudget, LetsTheNextHaveItsTurnWhenTheFirstGoes) {
  const auto budget = budget_of(10);
  const BodyCharge charge(budget, 5);
  int calls = 0;
  budget->set_on_room([&calls] { ++calls; });
  budget->wait(1, 6, kStart);
  budget->wait(2, 3, kStart);
  budget->stop_waiting(1);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(budget->next(), 2U);
}

TEST(BodyBudget, HasThoseRefusedWhoWaitedTooLong) {
  const auto budget = budget_of(10);
  const BodyCharge charge(budget, 10);
  EXPECT_EQ(budget->deadline(), kNever);
  budget->wait(1, 2, kStart);
  budget->wait(2, 9, kStart + seconds(4));
  EXPECT_EQ(budget->deadline(), kStart + seconds(5));
  EXPECT_FALSE(budget->overdue(kStart + seconds(5) - Duration(1)));
  EXPECT_EQ(budget->overdue(kStart + seconds(5)), 1U);
  EXPECT_FALSE(budget->overdue(kStart + seconds(5)));
  EXPECT_EQ(budget->overdue(kStart + seconds(9)), 2U);
  EXPECT_EQ(budget->deadline(), kNever);
}

/// Bodies that come in pieces, and handlers that keep them for a while, in virtual time.
class World {
 public:
  explicit World(unsigned seed) : random_(seed) {}

  void run() {
    constexpr uint64_t kBodies = 300;
    for (uint64_t id = 1; id <= kBodies; ++id) {
      bodies_[id] = {.comes = kStart + milliseconds(static_cast<int64_t>(below(20'000))),
                     .left = 1 + below(kMax)};
    }
    while (!bodies_.empty()) one_step();
    EXPECT_EQ(budget_->used(), 0U);
    EXPECT_LT(now_, kStart + seconds(20 + 5 + 3)) << "patience, and the longest way of a body";
    EXPECT_GT(whole_, 50);
  }

 private:
  static constexpr size_t kMax = 100;
  struct Body {
    Instant comes{};
    size_t left = 0;  // to arrive; then it is the handler's
    bool waits = false;
    std::unique_ptr<BodyCharge> charge{};
  };

  size_t below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random_); }

  void one_step() {
    now_ += milliseconds(10);
    while (const auto overdue = budget_->overdue(now_)) bodies_.erase(*overdue);
    while (const auto next = budget_->next()) begin(*next);
    for (auto one = bodies_.begin(); one != bodies_.end();) {
      const bool is_over = advance(one->first, one->second);
      one = is_over ? bodies_.erase(one) : std::next(one);
    }
    ASSERT_LE(budget_->used(), kMax);
  }
  void begin(uint64_t id) {
    Body& body = bodies_.at(id);
    body.waits = false;
    body.charge = std::make_unique<BodyCharge>(budget_, body.left);
  }
  bool advance(uint64_t id, Body& body) {
    if (body.waits || body.comes > now_) return false;
    if (!body.charge) {
      body.waits = !budget_->has_room_for(body.left);
      if (body.waits) {
        budget_->wait(id, body.left, now_);
      } else {
        begin(id);
      }
      return false;
    }
    body.left -= std::min(body.left, 1 + below(20));
    if (body.left > 0 || below(4) > 0) return false;
    ++whole_;
    return true;
  }

  std::mt19937 random_;
  std::shared_ptr<BodyBudget> budget_ = budget_of(kMax);
  std::map<uint64_t, Body> bodies_;
  Instant now_ = kStart;
  int whole_ = 0;
};

TEST(BodyBudget, BringsEachBodyToAnEndInTimeInAllWorlds) {
  const unsigned first = std::random_device()();
  for (unsigned seed = first; seed != first + 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    World(seed).run();
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace awps::http_server
