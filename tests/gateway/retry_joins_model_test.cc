// Random programs of requests, answers, ends of connections and time, compared with a model that
// remembers everything and decides each join from the whole history.

#include <gtest/gtest.h>

#include <map>

#include "base/random.h"
#include "gateway/retry_joins.h"

namespace awps {
namespace {

using Kind = RetryJoins::Arrival::Kind;

constexpr Duration kGrace = std::chrono::seconds(5);
constexpr Duration kWindow = std::chrono::seconds(60);

struct ModelRequest {
  uint64_t key = 0;
  uint64_t connection = 0;
  size_t action = 0;  // the place of the request that became it
  JoinTicket ticket{};
  size_t order = 0;  // of its arrival, among all events
  std::optional<Instant> written;
  size_t written_order = 0;
  std::optional<Instant> failed;
};

struct ModelAction {
  std::optional<Instant> answered;
  bool is_accepted = false;
};

struct ModelConnection {
  std::optional<Instant> ended;
  std::vector<size_t> requests;  // the orders of their arrivals
};

class Model {
 public:
  /// The latest equal request that was accepted or is waited for; none: there is none.
  const ModelRequest* forerunner(uint64_t key) const {
    const ModelRequest* latest = nullptr;
    for (const ModelRequest& request : requests) {
      if (request.key == key) latest = &request;
    }
    return latest;
  }
  bool was_accepted(uint64_t key) const {
    for (const ModelRequest& request : requests) {
      if (request.key == key && actions.at(request.action).is_accepted) return true;
    }
    return false;
  }

  /// The sentence that opens retry_joins.h, word by word.
  bool has_not_got_its_answer(const ModelRequest& request, Instant now) const {
    const ModelAction& action = actions.at(request.action);
    const ModelConnection& connection = connections.at(request.connection);
    if (!action.answered) return true;
    if (!action.is_accepted) return false;
    if (!request.written) {
      std::optional<Instant> lost = request.failed;
      if (connection.ended && (!lost || *connection.ended < *lost)) lost = connection.ended;
      if (lost && *action.answered > *lost) lost = action.answered;
      return !lost || now - *lost <= kWindow;
    }
    if (!connection.ended || *connection.ended - *request.written > kGrace) return false;
    for (const size_t order : connection.requests) {
      if (order > request.written_order) return false;
    }
    return now - *connection.ended <= kWindow;
  }

  std::vector<ModelRequest> requests;
  std::map<size_t, ModelAction> actions;  // by the place of their request
  std::map<uint64_t, ModelConnection> connections;
};

class Program {
 public:
  Program(uint64_t seed, const RetryJoins::Options& options)
      : random_(seed), is_small_(options.max_entries < 1000), options_(options), joins_(options) {
    for (uint64_t& connection : living_) connection = open();
  }

  void run(int steps) {
    for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
      step();
      EXPECT_LE(joins_.size(), options_.max_entries);
      EXPECT_LE(joins_.connections(), living_.size());
      EXPECT_LE(joins_.answer_bytes(), options_.max_answer_bytes);
    }
  }
  size_t joined() const { return joined_; }

 private:
  void step() {
    ++order_;
    if (random_.chance(0.3)) now_ += from_seconds(random_.unit() * (random_.chance(0.1) ? 80 : 3));
    switch (random_.below(8)) {
      case 0:
      case 1:
      case 2:
        return arrive();
      case 3:
      case 4:
        return answer();
      case 5:
      case 6:
        return write();
      default:
        return end_connection();
    }
  }

  uint64_t open() {
    model_.connections[++last_connection_] = {};
    return last_connection_;
  }

  void arrive() {
    const uint64_t connection = living_[random_.below(living_.size())];
    const uint64_t key = random_.below(5);
    const ModelRequest* earlier = model_.forerunner(key);
    model_.connections[connection].requests.push_back(order_);
    joins_.request_came(connection);
    if (random_.chance(0.2)) return;  // it has no id
    const bool may_join = earlier != nullptr && model_.has_not_got_its_answer(*earlier, now_);
    const auto arrival = joins_.arrive({key, key}, connection, now_);
    const bool joins = arrival.kind != Kind::kNew;
    // A small table forgets: then a retry may be new, but never the other way round.
    EXPECT_EQ(joins, is_small_ ? joins && may_join : may_join) << "key " << key;
    const bool knows_forerunner = !joins && !is_small_;
    EXPECT_TRUE(!knows_forerunner || arrival.has_forerunner == model_.was_accepted(key));
    const size_t place = model_.requests.size();
    const size_t action = joins && earlier != nullptr ? earlier->action : place;
    if (joins && earlier != nullptr) {
      ++joined_;
      const bool is_answered = model_.actions.at(action).answered.has_value();
      EXPECT_EQ(arrival.kind == Kind::kJoinsAnswered, is_answered);
      EXPECT_EQ(arrival.action, model_.requests[action].ticket.number);
      EXPECT_EQ(arrival.answer != nullptr, is_answered);
    }
    model_.requests.push_back({.key = key,
                               .connection = connection,
                               .action = action,
                               .ticket = arrival.ticket,
                               .order = order_});
    if (!joins) model_.actions[place] = {};
  }

  void answer() {
    std::vector<size_t> waiting;
    for (const auto& [place, action] : model_.actions) {
      if (!action.answered) waiting.push_back(place);
    }
    if (waiting.empty()) return;
    const size_t place = waiting[random_.below(waiting.size())];
    const bool is_accepted = random_.chance(0.9);
    model_.actions[place] = {.answered = now_, .is_accepted = is_accepted};
    joins_.answered(
        model_.requests[place].ticket,
        std::make_shared<const GatewayAnswer>(GatewayAnswer{.is_accepted = is_accepted}), now_);
  }

  void write() {
    std::vector<ModelRequest*> ready;
    for (ModelRequest& request : model_.requests) {
      const bool is_open = !model_.connections.at(request.connection).ended;
      const bool is_done = request.written || request.failed;
      if (model_.actions.at(request.action).answered && is_open && !is_done) {
        ready.push_back(&request);
      }
    }
    if (ready.empty()) return;
    ModelRequest& request = *ready[random_.below(ready.size())];
    const bool ok = random_.chance(0.8);
    (ok ? request.written : request.failed) = now_;
    request.written_order = order_;
    joins_.written(request.ticket, ok, now_);
  }

  void end_connection() {
    uint64_t& connection = living_[random_.below(living_.size())];
    model_.connections[connection].ended = now_;
    joins_.connection_ended(connection, now_);
    // The server tells of the answers that it could not write, too.
    for (const ModelRequest& request : model_.requests) {
      const bool was_writing = model_.actions.at(request.action).answered && !request.written;
      if (request.connection == connection && was_writing) {
        joins_.written(request.ticket, false, now_);
      }
    }
    connection = open();
  }

  Random random_;
  const bool is_small_;
  const RetryJoins::Options options_;
  RetryJoins joins_;
  Model model_;
  std::array<uint64_t, 5> living_{};
  uint64_t last_connection_ = 0;
  size_t order_ = 0;
  size_t joined_ = 0;
  Instant now_{std::chrono::seconds(1000)};
};

TEST(RetryJoinsModel, JoinsExactlyWhatHasNotGotItsAnswer) {
  const uint64_t seed = seed_from_system();
  size_t joined = 0;
  for (uint64_t i = 0; i < 100 && !testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE("seed " + std::to_string(seed + i));
    Program program(seed + i, {});
    program.run(300);
    joined += program.joined();
  }
  EXPECT_GT(joined, 100U);
}

TEST(RetryJoinsModel, AFullTableJoinsLessAndNeverWrongly) {
  const uint64_t seed = seed_from_system();
  size_t joined = 0;
  for (uint64_t i = 0; i < 100 && !testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE("seed " + std::to_string(seed + i));
    Program program(seed + i, {.max_entries = 3, .max_answer_bytes = 250});
    program.run(300);
    joined += program.joined();
  }
  EXPECT_GT(joined, 50U);
}

}  // namespace
}  // namespace awps
