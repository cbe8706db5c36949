// What happens in a StreamWorld, and when.

#include <algorithm>

#include "tests/simulation/stream_world.h"

namespace awps {

namespace {

using std::chrono::seconds;

constexpr Duration kTroubles = seconds(80);
constexpr Duration kWrites = seconds(70);
constexpr size_t kOtherHub = 1;  // its place among a daemon's

}  // namespace

void StreamWorld::at(Instant when, std::function<void()> happens) {
  const auto place = std::ranges::upper_bound(events_, when, {}, &Event::at);
  events_.insert(place, {when, std::move(happens)});
}

void StreamWorld::at_random(int times, const std::function<void()>& happens) {
  for (int i = 0; i < times; ++i) at(kStart + up_to(kTroubles), happens);
}

void StreamWorld::script() {
  for (size_t place = 0; place < daemons_.size(); ++place) {
    at(kStart + up_to(seconds(random_.chance(0.5) ? 1 : 30)),
       [this, place] { start_daemon(place); });
  }
  script_content();
  script_daemons();
  script_broker();
  script_hubs();
  at(kStart + kUntilHealed, [this] { heal(); });
}

void StreamWorld::script_content() {
  // Some are there before anybody reads.
  const Duration within = random_.chance(0.3) ? Duration(seconds(2)) : kWrites;
  for (int i = 0; i < options_.records; ++i) {
    at(kStart + up_to(within), [this] { write_record(); });
  }
  at_random(options_.records / 8, [this] {
    StreamDaemon* const daemon = random_daemon();
    if (daemon == nullptr || daemon->is_frozen()) return;
    daemon->send(random_.below(2), records_.make_actions());
  });
}

void StreamWorld::write_record() {
  const auto partition =
      static_cast<int32_t>(random_.below(static_cast<uint64_t>(options_.partitions)));
  if (random_.chance(0.05)) {
    broker_.leave_gap(partition, static_cast<int64_t>(1 + random_.below(5)));
  }
  // A producer's clock may be ahead, and records may be old.
  WallTime written_at = clock_.wall_now();
  if (random_.chance(0.1)) written_at -= up_to(seconds(40));
  StreamRecords::Record record = records_.make(partition, broker_.end_of(partition), written_at);
  truth_.add_record(partition, broker_.end_of(partition), record.elements);
  ScriptedBroker::Record written;
  if (random_.chance(0.7)) written.key = "chat/g/" + std::to_string(partition);
  written.value = std::move(record.value);
  written.written_at = written_at;
  (void)broker_.append(partition, std::move(written));
}

void StreamWorld::script_daemons() {
  at_random(options_.crashes, [this] {
    const size_t place = random_.below(daemons_.size());
    if (daemons_[place] == nullptr) return;
    end_daemon(place);
    at(now_ + up_to(seconds(20)), [this, place] { start_daemon(place); });
  });
  at_random(options_.stops, [this] {
    if (StreamDaemon* const daemon = random_daemon()) daemon->begin_stop();
  });
  at_random(options_.freezes, [this] {
    if (StreamDaemon* const daemon = random_daemon()) daemon->freeze(now_ + up_to(seconds(70)));
  });
  at_random(options_.reloads, [this] {
    StreamDaemon* const daemon = random_daemon();
    if (daemon == nullptr || daemon->is_frozen()) return;
    daemon->set_max_ahead(1 + random_.below(options_.max_ahead * 2));
    if (!options_.content.other_hub_may_be_refused) return;
    std::vector<std::string> hubs;
    if (random_.chance(0.5)) hubs.emplace_back(StreamRecords::kOtherHub);
    daemon->set_hubs(std::move(hubs));
  });
  if (!options_.content.other_hub_may_be_refused) return;
  at_random(options_.reloads, [this] {
    StreamDaemon* const daemon = random_daemon();
    if (daemon != nullptr && !daemon->is_frozen()) {
      daemon->configure(kOtherHub, random_.chance(0.5));
    }
  });
}

void StreamWorld::script_broker() {
  at_random(options_.moves, [this] { broker_.move_partitions(); });
  at_random(options_.fences, [this] {
    if (StreamDaemon* const daemon = random_daemon()) broker_.fence(daemon->member());
  });
  at_random(options_.outages, [this] {
    using Kind = SourceTrouble::Kind;
    const bool of_group = random_.chance(0.3);
    broker_.set_trouble(SourceTrouble{.kind = of_group ? Kind::kGroupRefused : Kind::kBrokerAway,
                                      .message = "nobody is there"});
    at(now_ + up_to(seconds(40)), [this] { broker_.set_trouble({}); });
  });
  if (options_.commits_fail) {
    const auto toggle = [this] {
      commits_fail_ = !commits_fail_ && !is_healed_;
      broker_.set_commit_faults(commits_fail_ ? ScriptedBroker::CommitFaults{.refused = 0.3,
                                                                             .unanswered = 0.2,
                                                                             .slowest = seconds(3)}
                                              : ScriptedBroker::CommitFaults{});
    };
    at_random(5, toggle);
  }
  if (!options_.one_commit_fails_for_good) return;
  refuses_commits_[0] = true;
  broker_.refuse_commits_of(0, true);
}

void StreamWorld::script_hubs() {
  at_random(options_.stalls, [this] {
    StreamDaemon* const daemon = random_daemon();
    if (daemon == nullptr) return;
    judge_.hub_stalls(daemon->member());
    daemon->hub(random_.below(2)).stall(now_ + up_to(seconds(8)));
  });
  at_random(options_.pauses, [this] {
    const size_t place = random_.below(daemons_.size());
    if (daemons_[place] == nullptr) return;
    daemons_[place]->hub(0).pipeline().pause(true);
    at(now_ + up_to(seconds(20)), [this, place] {
      if (daemons_[place] != nullptr) daemons_[place]->hub(0).pipeline().pause(false);
    });
  });
  at_random(options_.stuck_letters, [this] {
    const size_t place = random_.below(daemons_.size());
    if (daemons_[place] == nullptr) return;
    const auto set_stuck = [this, place](bool is_stuck) {
      StreamDaemon* const daemon = daemons_[place].get();
      if (daemon == nullptr) return;
      for (size_t i = 0; i < daemon->hubs(); ++i) daemon->hub(i).set_disk_stuck(is_stuck);
      if (daemon->letters() != nullptr) daemon->letters()->set_failing(is_stuck);
    };
    set_stuck(true);
    at(now_ + up_to(seconds(30)), [set_stuck] { set_stuck(false); });
  });
}

// What was to last until then ends; what was to follow it does not come any more.
void StreamWorld::heal() {
  is_healed_ = true;
  events_.clear();
  commits_fail_ = false;
  broker_.set_commit_faults({});
  broker_.set_trouble({});
  for (size_t place = 0; place < daemons_.size(); ++place) {
    StreamDaemon* const daemon = daemons_[place].get();
    if (daemon == nullptr) {
      start_daemon(place);
      continue;
    }
    for (size_t i = 0; i < daemon->hubs(); ++i) {
      daemon->hub(i).set_disk_stuck(false);
      daemon->hub(i).pipeline().pause(false);
    }
    if (daemon->letters() != nullptr) daemon->letters()->set_failing(false);
  }
}

}  // namespace awps
