// Work per action does not grow with what waits, whatever waits (DESIGN.md §5). Each row is a shape
// of what waits, tried at several sizes: what is done with an action, from its acceptance to its
// outcome, takes about the same number of steps at all of them.

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "hub/pipeline.h"
#include "tests/steps/steps.h"

namespace awps {
namespace {

using enum ActionKind;
using std::chrono::seconds;

// Each is the smallest times a power of two, so that tables that double are as full.
constexpr size_t kFew = 1 << 10;
constexpr size_t kSome = kFew << 4;
const size_t kMany = kFew << doublings();
constexpr double kMostGrowth = 1.2;

std::string name(const char* prefix, size_t number) {
  return prefix + std::to_string(number);
}

/// An Order that is entered, left and detached in by hand.
class OrderAlone {
 public:
  Entry& enter(const Action& action, uint64_t producer = 1) {
    const OrderPlan plan = planner_.plan(action, {.producer = producer});
    Entry& entry = *pool_.make(plan);
    entry.batch = &batches_.try_emplace(producer, account_, Instant(), 64).first->second;
    order_.enter(entry, plan, producer, 0);
    entries_.push_back(&entry);
    return entry;
  }
  void detach(Entry& entry) {
    startable_.clear();
    order_.detach(entry, startable_);
  }
  void leave(Entry& entry) {
    startable_.clear();
    order_.leave(entry, startable_);
    pool_.free(&entry);
  }
  void leave_all() {
    for (Entry* entry : entries_) leave(*entry);
    entries_.clear();
  }

 private:
  OrderOptions options_;
  OrderPlanner planner_{options_};
  Account account_;
  std::map<uint64_t, Batch> batches_;  // one for each producer
  EntryPool pool_;
  Order order_;
  Order::Startable startable_;
  std::vector<Entry*> entries_;
};

/// A pipeline in virtual time. One request is under way, so that whatever comes next waits.
class BusyHub {
 public:
  explicit BusyHub(PipelineOptions options = one_at_a_time(), size_t batch_size = 256)
      : batch_size_(batch_size) {
    options.hub = "hub";
    pipeline_ = std::make_unique<Pipeline>(std::move(options), endpoint_, 1);
    account_.producer = 1;
    accept({.kind = kSendToGroup, .group = "occupied"});
    occupying_ = pipeline_->next(now_);
  }
  static PipelineOptions one_at_a_time() { return {.max_in_flight = 1}; }
  void accept(const Action& action) {
    if (batch_ == nullptr) batch_ = std::make_unique<Batch>(account_, now_, 1 << 15);
    batch_->add(action, ++seq_, static_cast<uint32_t>(charge_of(action)), 0);
    if (batch_->count() == batch_size_ || seq_ == 1) flush();
  }
  void flush() {
    if (batch_ != nullptr) pipeline_->accept(std::move(batch_));
    pipeline_->outcomes().clear();
    pipeline_->releases().clear();
  }
  void free_the_permit() {
    flush();
    pipeline_->complete(*occupying_, {.http_status = 202}, now_);
  }
  /// All are delivered, always with `depth` requests under way.
  void deliver_all_at_once(size_t depth) {
    std::deque<Operation*> under_way;
    for (;;) {
      while (under_way.size() < depth) {
        Operation* operation = next();
        if (operation == nullptr) break;
        under_way.push_back(operation);
      }
      if (under_way.empty()) return;
      complete(*under_way.front(), {.http_status = 202});
      under_way.pop_front();
      pass(std::chrono::milliseconds(1));
    }
  }
  void pass(Duration duration) {
    now_ += duration;
    pipeline_->advance(now_);
    pipeline_->releases().clear();
  }
  Operation* next() { return pipeline_->next(now_); }
  void complete(Operation& operation, const AttemptEnd& end) {
    pipeline_->complete(operation, end, now_);
  }
  void deliver_all() {
    while (Operation* operation = next()) {
      complete(*operation, {.http_status = 202});
      pipeline_->releases().clear();
      pass(std::chrono::milliseconds(1));
    }
  }
  uint64_t count(OutcomeKind kind) const { return pipeline_->ledger().with(kind); }

 private:
  const size_t batch_size_;
  EndpointState endpoint_{EndpointState::Options{}};
  Account account_;
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<Batch> batch_;
  Operation* occupying_ = nullptr;
  Instant now_{seconds(1000)};
  uint64_t seq_ = 0;
};

// ---- shapes: each has `count` actions waiting, and ends them

void poisoned_head_with_memberships(size_t count) {
  OrderAlone order;
  Entry& head = order.enter({.kind = kSendToGroup, .group = "g"});
  for (size_t i = 0; i < count; ++i) {
    order.enter({.kind = kAddUserToGroup, .member = name("u", i), .group = "g"});
  }
  order.detach(head);
  order.leave_all();
}

// Head after head comes, is detached and goes, before many that never go.
void many_poisoned_heads(size_t count) {
  OrderAlone order;
  order.enter({.kind = kSendToGroup, .group = "g"});
  const ActionOptions keyed{.ordering_key = "k"};
  std::vector<Entry*> heads;
  for (size_t i = 0; i < count / 2; ++i) {
    heads.push_back(&order.enter({.kind = kSendToGroup, .group = "g", .options = &keyed}));
  }
  for (size_t i = 0; i < count / 2; ++i) {
    order.enter({.kind = kAddUserToGroup, .member = name("u", i), .group = "g"});
  }
  for (size_t i = heads.size(); i > 0; --i) order.detach(*heads[i - 1]);
  order.leave_all();
}

// The same from the back: each finds those that were found already.
void memberships_detached_from_the_last(size_t count) {
  OrderAlone order;
  order.enter({.kind = kSendToGroup, .group = "g"});
  std::vector<Entry*> adds;
  for (size_t i = 0; i < count; ++i) {
    adds.push_back(&order.enter({.kind = kAddUserToGroup, .member = name("u", i), .group = "g"}));
  }
  order.enter({.kind = kSendToGroup, .group = "g"});
  for (size_t i = adds.size(); i > 0; --i) order.detach(*adds[i - 1]);
  order.leave_all();
}

void poisoned_filter_with_memberships(size_t count) {
  OrderAlone order;
  const ActionOptions filter{.filter = "'g' in groups"};
  Entry& head = order.enter({.kind = kSendToAll, .options = &filter});
  for (size_t i = 0; i < count; ++i) {
    order.enter({.kind = kAddUserToGroup, .member = name("u", i), .group = name("g", i)});
    if (i % 2 == 0) order.enter({.kind = kSendToUser, .member = name("u", i), .options = &filter});
  }
  order.detach(head);
  order.leave_all();
}

void dammed_barrier(size_t count) {
  OrderAlone order;
  order.enter({.kind = kSendToGroup, .group = "dam"});
  for (size_t i = 0; i < count / 2; ++i) {
    order.enter({.kind = kRemoveUserFromAllGroups, .member = name("u", i)});
    order.enter({.kind = kSendToGroup, .group = name("g", i)});
  }
  order.leave_all();
}

// Behind the dam everything expires, some time after it came.
void dam_behind_which_all_expires(size_t count) {
  static constexpr size_t kAlive = 100;
  OrderAlone order;
  Entry& dam = order.enter({.kind = kSendToGroup, .group = "dam"});
  std::vector<Entry*> entered;
  for (size_t i = 0; i < count; ++i) {
    entered.push_back(i % 2 == 0 ? &order.enter({.kind = kRemoveUserFromAllGroups, .member = "u"})
                                 : &order.enter({.kind = kSendToGroup, .group = "g"}));
    if (i >= kAlive) order.leave(*entered[i - kAlive]);
  }
  order.leave(dam);
}

void members_that_expire_together(size_t count) {
  PipelineOptions options = BusyHub::one_at_a_time();
  options.coalesce.merge = {{.groups = "*", .max_bytes = 1 << 22}};
  BusyHub hub(std::move(options));
  for (size_t i = 0; i < count; ++i) {
    hub.accept({.kind = kSendToGroup,
                .data_type = DataType::kJson,
                .group = "g",
                .data = "1",
                .time_to_live = seconds(1)});
  }
  hub.free_the_permit();
  Operation* merged = hub.next();
  ASSERT_EQ(merged->members.size(), count);
  hub.complete(*merged,
               {.verdict = {.kind = VerdictKind::kRetry, .ambiguous = true}, .http_status = 500});
  hub.pass(seconds(2));
  ASSERT_EQ(hub.count(OutcomeKind::kExpired), count);
}

void one_hot_lane_merged(size_t count) {
  PipelineOptions options = BusyHub::one_at_a_time();
  options.coalesce.merge = {{.groups = "*"}};
  BusyHub hub(std::move(options));
  for (size_t i = 0; i < count; ++i) {
    hub.accept({.kind = kSendToGroup, .data_type = DataType::kJson, .group = "g", .data = "1234"});
  }
  hub.free_the_permit();
  hub.deliver_all();
  ASSERT_EQ(hub.count(OutcomeKind::kDelivered), count + 1);
}

void one_message_to_many_users(size_t count) {
  BusyHub hub;
  for (size_t i = 0; i < count; ++i) {
    hub.accept({.kind = kSendToUser, .member = name("u", i), .data = "1"});
  }
  hub.free_the_permit();
  hub.deliver_all();
  ASSERT_EQ(hub.count(OutcomeKind::kDelivered), count + 1);
}

void sweep_of_a_users_memberships(size_t count) {
  BusyHub hub;
  for (size_t i = 0; i < count; ++i) {
    hub.accept({.kind = kAddUserToGroup, .member = "u", .group = name("g", i)});
  }
  hub.accept({.kind = kRemoveUserFromAllGroups, .member = "u"});
  hub.flush();
  ASSERT_EQ(hub.count(OutcomeKind::kSuperseded), count);
}

void distinct_targets_that_expire(size_t count) {
  BusyHub hub;
  for (size_t i = 0; i < count; ++i) {
    hub.accept({.kind = kSendToUser, .member = name("u", i), .time_to_live = seconds(1)});
  }
  hub.flush();
  hub.pass(seconds(2));
  ASSERT_EQ(hub.count(OutcomeKind::kExpired), count);
}

void values_that_replace_each_other(size_t count) {
  BusyHub hub;
  const ActionOptions key{.conflation_key = "k"};
  for (size_t i = 0; i < count; ++i) {
    hub.accept({.kind = kSendToUser, .member = name("u", i % 64), .options = &key});
  }
  hub.free_the_permit();
  hub.deliver_all();
  ASSERT_EQ(hub.count(OutcomeKind::kSuperseded), count - 64);
}

// Of one batch, which would shrink, but for those of it that are under way.
void one_large_batch(size_t count) {
  BusyHub hub({.max_in_flight = 8}, count);
  for (size_t i = 0; i < count; ++i) {
    hub.accept({.kind = kSendToUser, .member = name("u", i), .data = name("d", i)});
  }
  hub.free_the_permit();
  hub.deliver_all_at_once(8);
  ASSERT_EQ(hub.count(OutcomeKind::kDelivered), count + 1);
}

struct Row {
  std::string name;
  void (*shape)(size_t count) = nullptr;
};

class Steps : public testing::TestWithParam<Row> {};

double per_action(const Row& row, size_t count) {
  return static_cast<double>(steps_of([&] { row.shape(count); })) / static_cast<double>(count);
}

TEST_P(Steps, PerActionDoNotGrowWithWhatWaits) {
  const double few = per_action(GetParam(), kFew);
  // What grows fast would keep the largest size busy for hours: it shows before.
  for (const size_t count : {kSome, kMany}) {
    const double more = per_action(GetParam(), count);
    ASSERT_LE(more, few * kMostGrowth)
        << few << " steps for each of " << kFew << " actions, " << more << " for each of " << count;
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, Steps,
                         testing::ValuesIn(std::vector<Row>{
                             {"PoisonedHeadWithMemberships", poisoned_head_with_memberships},
                             {"ManyPoisonedHeads", many_poisoned_heads},
                             {"MembershipsDetachedFromTheLast", memberships_detached_from_the_last},
                             {"PoisonedFilterWithMemberships", poisoned_filter_with_memberships},
                             {"DammedBarrier", dammed_barrier},
                             {"DamBehindWhichAllExpires", dam_behind_which_all_expires},
                             {"MembersThatExpireTogether", members_that_expire_together},
                             {"OneHotLaneMerged", one_hot_lane_merged},
                             {"OneMessageToManyUsers", one_message_to_many_users},
                             {"SweepOfAUsersMemberships", sweep_of_a_users_memberships},
                             {"DistinctTargetsThatExpire", distinct_targets_that_expire},
                             {"OneLargeBatch", one_large_batch},
                             {"ValuesThatReplaceEachOther", values_that_replace_each_other},
                         }),
                         [](const auto& row) { return row.param.name; });

// As many rules of both kinds as `count`; a thousand groups each.
double steps_with_rules(size_t count) {
  static constexpr size_t kSends = 1000;
  PipelineOptions options = BusyHub::one_at_a_time();
  for (size_t i = 0; i < count; ++i) {
    options.coalesce.merge.push_back({.groups = name("room-", i) + "-*"});
    options.order.rules.push_back({.groups = "*-" + name("log", i)});
  }
  BusyHub hub(std::move(options));
  const uint64_t steps = steps_of([&] {
    for (size_t i = 0; i < kSends; ++i) {
      hub.accept({.kind = kSendToGroup, .group = name("room-", i % count) + name("-log", i)});
    }
    hub.flush();
  });
  return static_cast<double>(steps) / kSends;
}

TEST(StepsOfRules, PerActionGrowSlowlyWithTheirNumber) {
  const double few = steps_with_rules(kFew);
  const double many = steps_with_rules(kSome);
  EXPECT_LE(many, few * kMostGrowth);
}

}  // namespace
}  // namespace awps
