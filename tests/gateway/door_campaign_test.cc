// Retries in any order, under a seed: connections die at any moment before their answers are read,
// and what they asked is asked again on others. Each operation has one effect, and each caller who
// stays has one answer. AWPS_SEED=n runs that seed alone.

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "base/random.h"
#include "tests/gateway/door_rig.h"

namespace awps {
namespace {

constexpr int kCallers = 4;
constexpr int kSteps = 120;

/// A program with one connection at a time, which repeats what was not answered.
struct Caller {
  HttpClient client;
  std::string data;
  bool is_asking = false;
};

class Campaign {
 public:
  explicit Campaign(uint64_t seed) : random_(seed) {
    for (int i = 0; i < kCallers; ++i) callers_.push_back({rig_.client(), "", false});
  }

  void run() {
    for (int i = 0; i < kSteps; ++i) step(callers_[random_.below(kCallers)]);
    for (Caller& caller : callers_) {
      if (caller.is_asking) read(caller);
    }
    for (const auto& [data, times] : operations_) EXPECT_EQ(effects_[data], times) << data;
  }

 private:
  void step(Caller& caller) {
    switch (random_.below(4)) {
      case 0:
        return caller.is_asking ? ask_elsewhere(caller) : ask(caller);
      case 1:
        return caller.is_asking ? read(caller) : ask(caller);
      case 2:
        return settle_what_is_there();
      default:
        if (!caller.is_asking) ask(caller);
    }
  }

  // Sometimes once more what was answered on this connection: a new operation, with the same id.
  void ask(Caller& caller) {
    if (caller.data.empty() || random_.below(3) > 0) {
      caller.data = "operation " + std::to_string(++last_);
    }
    ++operations_[caller.data];
    caller.is_asking = true;
    caller.client.write(text(caller));
  }

  void ask_elsewhere(Caller& caller) {
    caller.client.close();
    caller.client = rig_.client();
    caller.client.write(text(caller));
  }

  void read(Caller& caller) {
    while (!caller.client.has_unread(std::chrono::milliseconds(1))) settle_what_is_there();
    EXPECT_EQ(caller.client.read().status, 202);
    caller.is_asking = false;
  }

  void settle_what_is_there() {
    while (taken_ < rig_.hub().count()) {
      const auto taken = rig_.hub().take();
      ++taken_;
      ++effects_[taken.data()];
      rig_.hub().settle(taken);
    }
  }

  static std::string text(const Caller& caller) {
    return send_text(caller.data, {"x-ms-client-request-id: id of " + caller.data});
  }

  DoorRig rig_;
  Random random_;
  std::vector<Caller> callers_;
  int last_ = 0;
  size_t taken_ = 0;
  std::map<std::string, int> operations_;
  std::map<std::string, int> effects_;
};

TEST(DoorCampaign, EachOperationHasOneEffect) {
  const char* const only = std::getenv("AWPS_SEED");
  const uint64_t first = only == nullptr ? 1 : std::strtoull(only, nullptr, 10);
  const uint64_t last = only == nullptr ? 25 : first;
  for (uint64_t seed = first; seed <= last; ++seed) {
    SCOPED_TRACE("AWPS_SEED=" + std::to_string(seed));
    Campaign(seed).run();
  }
}

}  // namespace
}  // namespace awps
