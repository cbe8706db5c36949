// Producers that ask for deduplication, over everything that may happen to a disk and a daemon.

#include <map>
#include <set>

#include "base/random.h"
#include "tests/worker/committer_rig.h"

namespace awps {
namespace {

using std::chrono::seconds;
using Names = std::vector<std::string>;

// Producers send each id again until it is answered, and sometimes then, over kills, cuts, disks
// that fail, and refusals. Each id has one effect.
class Campaign {
 public:
  explicit Campaign(uint64_t seed) : random_(seed), rig_(options()) {}

  void run(int steps) {
    for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) step();
    rig_.disk->heal();
    rig_.run(seconds(40));
    for (int id = 0; id < next_id_; ++id) push({id});
    take_all(rig_.drain());
    for (int id = 0; id < next_id_; ++id) {
      EXPECT_EQ(effects_[id].size(), 1U) << "id " << id;
    }
    EXPECT_GT(next_id_, 10);
  }

 private:
  static RigOptions options() {
    return {.committer = {.ids = {.window = std::chrono::minutes(30)}}, .segment_bytes = 16'384};
  }

  void push(const std::vector<int>& ids) {
    std::vector<std::string> texts;
    for (const int id : ids) {
      texts.push_back(std::to_string(id));
      ids_[std::to_string(producer_) + "-" + std::to_string(++seq_)] = id;
    }
    rig_.push_ids(producer_, texts, "billing");
  }

  void step() {
    const uint64_t which = random_.below(100);
    if (which < 45) return push_some();
    if (which < 75) return rig_.run(Duration(random_.below(20'000'000)));
    if (which < 90) {
      take_all(rig_.take());
      return rig_.settle(random_.below(rig_.held() + 1));
    }
    if (which < 93) {
      rig_.disk->fail({.from = rig_.disk->operations() + 1, .is_lasting = true});
      return rig_.run(random_.chance(0.2) ? seconds(11) : seconds(0));  // refused, or late
    }
    rig_.disk->heal();
    if (which < 96) return rig_.run(seconds(1));
    which < 98 ? rig_.kill() : rig_.cut(random_.chance(0.5) ? Keep::kNone : Keep::kRandom);
    ++producer_;  // names are given once
    seq_ = 0;
  }

  void push_some() {
    std::vector<int> ids;
    for (uint64_t i = 1 + random_.below(4); i > 0; --i) {
      const bool is_new = next_id_ == 0 || random_.chance(0.4);
      const auto recent = static_cast<uint64_t>(std::min(next_id_, 30));
      ids.push_back(is_new ? next_id_++ : next_id_ - 1 - static_cast<int>(random_.below(recent)));
    }
    push(ids);
  }

  void take_all(const Names& taken) {
    for (const std::string& name : taken) {
      std::set<std::string>& names = effects_[ids_.at(name)];
      names.insert(name);
      EXPECT_EQ(names.size(), 1U) << "id " << ids_.at(name) << ": " << name << " is another one";
    }
  }

  Random random_;
  CommitterRig rig_;
  uint64_t producer_ = 1;
  uint64_t seq_ = 0;
  int next_id_ = 0;
  std::map<std::string, int> ids_;                // by name
  std::map<int, std::set<std::string>> effects_;  // names of what was delivered, by id
};

TEST(CommitterIds, HaveOneEffectEachWhateverHappens) {
  for (uint64_t seed = 1; seed <= 40 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Campaign(seed).run(300);
  }
}

}  // namespace
}  // namespace awps
