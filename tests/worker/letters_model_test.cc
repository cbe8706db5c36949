// Dead letters over kills, power cuts and failing disks: a seeded program of doors, worker and
// operators, with a simple account of what must be there.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "base/random.h"
#include "tests/worker/letters_rig.h"

namespace awps {
namespace {

using std::chrono::milliseconds;

struct ModelOptions {
  uint64_t seed = 1;
  int steps = 400;
  bool is_durable = false;
  bool fails = false;  // calls of the disk, now and then
  uint64_t max_count = 10'000;
  bool syncs_files = true;
};

class LettersModel {
 public:
  explicit LettersModel(const ModelOptions& options)
      : options_(options),
        random_(options.seed),
        rig_({.is_durable = options.is_durable,
              .bounds = {.max_count = options.max_count},
              .disk = {.seed = options.seed, .syncs_files = options.syncs_files}}) {}

  // What went wrong; "": nothing.
  std::string run() {
    for (int i = 0; i < options_.steps && problem_.empty(); ++i) step();
    rest();
    for (int i = 0; i < 3 && problem_.empty(); ++i) crash(rig_.disk->killed());
    return problem_.empty() ? "" : problem_ + "; seed " + std::to_string(options_.seed);
  }
  int crashes() const { return crashes_; }
  int must_have_been_listed() const { return expected_; }

 private:
  struct Action {
    bool was_taken = false;     // by the worker, so it is accepted
    bool is_safe = false;       // a letter of it was synced
    bool is_said_safe = false;  // its first letter is, in this process
    uint64_t letter = 0;        // that one; 0: it was none
    bool is_over = false;       // delivered, thrown away or dropped
    Instant over_at = kNever;
    bool may_be_dropped = false;  // a bound ended it: nobody knows when
    // The crash came between a new letter and the end of the old one. Or the hub is durable, and it
    // was sent again: it may end and be released in the log before its letter is released.
    bool may_repeat = false;
  };

  void step() {
    const uint64_t choice = random_.below(100);
    const size_t held = rig_.held().size();
    const std::vector<uint64_t> numbers = rig_.numbers();
    if (choice < 25) {
      rig_.accept("n" + std::to_string(++last_));
    } else if (choice < 45 && held > 0) {
      rig_.give_up(random_.below(held));
    } else if (choice < 52 && held > 0) {
      const size_t at = random_.below(held);
      end(actions_[rig_.held()[at]]);
      rig_.deliver(at);
    } else if (choice < 60 && !numbers.empty()) {
      const size_t at = random_.below(numbers.size());
      if (options_.is_durable) actions_[rig_.listed()[at]].may_repeat = true;
      rig_.redrive(numbers[at]);
    } else if (choice < 66 && !numbers.empty()) {
      const size_t at = random_.below(numbers.size());
      end(actions_[rig_.listed()[at]]);
      rig_.purge(numbers[at]);
    } else if (choice < 95) {
      turn();
    } else if (options_.fails && random_.chance(0.5)) {
      rig_.disk->fail({.from = rig_.disk->operations() + random_.below(20),
                       .code = random_.chance(0.5) ? EIO : ENOSPC,
                       .is_lasting = random_.chance(0.3)});
    } else {
      rig_.disk->heal();
      crash(a_cut(*rig_.disk));
    }
    note_dropped();
  }

  void end(Action& action) const {
    action.is_over = true;
    action.over_at = rig_.clock.now();
  }

  std::unique_ptr<DiskModel> a_cut(const DiskModel& disk) {
    static constexpr Keep kKeeps[] = {Keep::kNone, Keep::kAll, Keep::kRandom, Keep::kFirst,
                                      Keep::kLast};
    if (random_.chance(0.3)) return disk.killed_and_forgotten();
    return disk.cut(kKeeps[random_.below(5)], random_.below(1000));
  }

  // One turn; now and then the process ends in the midst of it.
  void turn() {
    std::unique_ptr<DiskModel> snapshot;
    uint64_t left = random_.below(6);
    if (random_.chance(0.15)) {
      rig_.disk->after_change([&](const DiskModel::Operation&) {
        if (snapshot == nullptr && left-- == 0) snapshot = a_cut(*rig_.disk);
      });
    }
    const auto before = actions_;
    rig_.turn();
    rig_.clock.pass(milliseconds(random_.below(700)));
    rig_.disk->after_change({});
    if (snapshot != nullptr) {
      actions_ = before;
      rig_.disk->heal();
      return crash(std::move(snapshot), /*is_torn=*/true);
    }
    note_safe();
  }

  void note_safe() {
    for (const std::string& name : rig_.held()) actions_[name].was_taken = true;
    const uint64_t safe = rig_.box->safe_up_to();
    if (safe < safe_) problem_ = "what is safe is so no more";
    safe_ = safe;
    for (const DeadLetter& letter : rig_.store->page(0, SIZE_MAX)) {
      Action& action = actions_[name_of(letter)];
      if (action.letter == 0) action.letter = letter.number;
      action.is_safe |= letter.number <= rig_.box->written();
    }
    // It is in some letter, or in the log, also where the letter that was meant never came to be.
    for (auto& [name, action] : actions_) {
      action.is_said_safe |= action.letter != 0 && action.letter <= safe;
    }
  }

  // At rest nothing is unsafe.
  void rest() {
    rig_.disk->heal();
    const auto is_safe = [&] {
      return rig_.box->safe_up_to() == rig_.store->summary().last_number;
    };
    for (int i = 0; i < 40 && !is_safe(); ++i) {
      rig_.turn();
      rig_.clock.pass(std::chrono::seconds(1));
    }
    if (!is_safe()) problem_ = "a letter is never safe";
    note_safe();
  }

  // The oldest letters go where there are too many: what was listed and is no more.
  void note_dropped() {
    const uint64_t dropped = rig_.store->summary().dropped;
    const std::vector<std::string> listed = rig_.listed();
    const std::set<std::string> now(listed.begin(), listed.end());
    if (dropped > dropped_) {
      for (const std::string& name : listed_) {
        if (now.contains(name)) continue;
        actions_[name].is_over = true;
        actions_[name].may_be_dropped = true;
      }
    }
    dropped_ = dropped;
    listed_ = now;
  }

  // A crash brings a letter that was sent again, or thrown away, back to the list only if that was
  // within the last two seconds; here a turn may be as late as 700 ms for each step on the way. In
  // a durable hub a second copy may be on its way through the log: see kept_letters_test.cc.
  bool is_over_for_good(const Action& action) const {
    static constexpr Duration kLatest = std::chrono::seconds(2) + 6 * milliseconds(700);
    return !options_.is_durable && !options_.fails && action.is_over && !action.may_be_dropped &&
           has_passed(action.over_at, kLatest, rig_.clock.now());
  }

  std::string name_of(const DeadLetter& letter) {
    const Result<Record> record = reader_.read(letter.record);
    return record ? std::string(record->action.data) : "unreadable";
  }

  // `is_torn`: of the last group the disk has any part.
  void crash(std::unique_ptr<DiskModel> disk, bool is_torn = false) {
    ++crashes_;
    std::set<std::string> alive = listed_;
    for (const std::string& name : rig_.held()) alive.insert(name);
    rig_.restart(std::move(disk));
    safe_ = 0;
    for (auto& [name, action] : actions_) action.letter = 0;
    dropped_ = rig_.store->summary().dropped;
    const std::vector<std::string> listed = rig_.listed();
    std::set<std::string> names(listed.begin(), listed.end());
    listed_ = names;
    for (const std::string& name : listed) {
      if (std::ranges::count(listed, name) == 1) continue;
      Action& action = actions_[name];
      const bool may_be_torn = is_torn || options_.fails;
      if (!options_.is_durable && !may_be_torn && !action.may_repeat) {
        problem_ = name + " is there twice";
      }
      action.may_repeat = true;
    }
    if (names.contains("unreadable")) problem_ = "one is unreadable";
    for (const std::string& name : listed) {
      if (!alive.contains(name) && is_over_for_good(actions_[name]))
        problem_ = name + " has ended, and is listed again";
    }
    rig_.run(milliseconds(100));
    // What the log has comes by itself, and only that.
    for (const std::string& name : rig_.held()) {
      const Action& action = actions_[name];
      const bool was_letter = listed_.contains(name) || action.is_safe;
      if (was_letter && !action.may_repeat) problem_ = name + " is a letter, and sent by itself";
      names.insert(name);
    }
    uint64_t missing = 0;
    for (auto& [name, action] : actions_) {
      const bool must_be_there =
          !action.is_over && (options_.is_durable ? action.was_taken : action.is_said_safe);
      expected_ += must_be_there ? 1 : 0;
      if (!must_be_there || names.contains(name)) continue;
      // Letters that were being sent again count anew against the bounds.
      action.is_over = true;
      action.may_be_dropped = true;
      if (++missing > dropped_) problem_ = name + " is lost";
    }
    // A memory hub has lost what was no letter.
    if (!options_.is_durable)
      std::erase_if(actions_, [&](auto& one) { return !names.contains(one.first); });
    note_safe();
  }

  const ModelOptions options_;
  Random random_;
  LettersRig rig_;
  RecordReader reader_;
  std::map<std::string, Action> actions_;
  std::set<std::string> listed_;
  uint64_t dropped_ = 0;
  uint64_t safe_ = 0;
  uint64_t last_ = 0;
  int crashes_ = 0;
  int expected_ = 0;
  std::string problem_;
};

class LettersModelTest : public testing::TestWithParam<bool> {};

TEST_P(LettersModelTest, LosesNoLetterOverCrashes) {
  int expected = 0;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    LettersModel model({.seed = seed, .is_durable = GetParam()});
    ASSERT_EQ(model.run(), "");
    EXPECT_GT(model.crashes(), 3);
    expected += model.must_have_been_listed();
  }
  EXPECT_GT(expected, 1000);
}

TEST_P(LettersModelTest, LosesNoLetterWhereCallsFail) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    LettersModel model({.seed = seed, .is_durable = GetParam(), .fails = true});
    ASSERT_EQ(model.run(), "");
  }
}

TEST_P(LettersModelTest, LosesNoLetterWithinItsBounds) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    LettersModel model({.seed = seed, .is_durable = GetParam(), .max_count = 5});
    ASSERT_EQ(model.run(), "");
  }
}

// The tests above see something: where syncs do nothing, they fail.
TEST_P(LettersModelTest, WithoutSyncsItLoses) {
  int losing = 0;
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    LettersModel model({.seed = seed, .is_durable = GetParam(), .syncs_files = false});
    losing += model.run().empty() ? 0 : 1;
  }
  EXPECT_GE(losing, 9);
}

INSTANTIATE_TEST_SUITE_P(Hubs, LettersModelTest, testing::Bool(), [](const auto& is_durable) {
  return is_durable.param ? "Durable" : "InMemory";
});

}  // namespace
}  // namespace awps
