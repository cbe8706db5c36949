#include "tests/worker/committer_rig.h"

#include <array>
#include <utility>

#include "queue/duplicates.h"
#include "record/record.h"
#include "worker/producer_number.h"

namespace awps {

CommitterRig::CommitterRig(const RigOptions& given)
    : options(given),
      disk(std::make_unique<DiskModel>(DiskModel::Options{.bytes = given.disk_bytes})) {
  begin();
}

std::string CommitterRig::name(uint64_t producer, uint64_t seq) {
  return std::to_string(connection_of(producer)) + "-" + std::to_string(seq);
}

std::unique_ptr<Log> CommitterRig::open_log(DiskModel& on, SpoolSpace& in) const {
  auto log = Log::open(on, in,
                       {.folder = "/spool/hub",
                        .store = store_id_of("hub", host),
                        .segment_bytes = options.segment_bytes,
                        .first_segment_bytes = options.segment_bytes,
                        .max_bytes = options.hub_max_bytes,
                        .max_ids = options.committer.ids.most,
                        .id_window = options.committer.ids.window,
                        .opened_at = clock.wall_now()},
                       [](uint64_t, uint64_t) {});
  AWPS_CHECK(log.ok());
  return std::move(*log);
}

void CommitterRig::begin() {
  space = std::make_unique<SpoolSpace>(options.tells_free_bytes ? *disk : large_disk,
                                       SpoolSpace::Options{.path = "/"});
  arrivals = std::make_unique<HubQueue>(
      HubQueue::Options{
          .hub = "hub", .intake_threads = 2, .budget = {.max_bytes = options.arrivals_bytes}},
      [] {},
      [this] {
        ++room_signals;
        if (on_room) on_room();
      });
  window = std::make_unique<HubQueue>(
      HubQueue::Options{
          .hub = "hub",
          .budget = {.max_bytes = options.max_queued_bytes, .charges = &Account::window_bytes}},
      [] {}, [this] { ++window_signals; });
  committer = std::make_unique<Committer>(options.committer,
                                          Committer::Parts{.arrivals = *arrivals,
                                                           .window = *window,
                                                           .clock = clock,
                                                           .counters = counters,
                                                           .logger = logger,
                                                           .wake = [] {},
                                                           .adopted = [this] { on_adopted(); }},
                                          open_log(*disk, *space));
}

void CommitterRig::end() {
  held_.clear();
  committer.reset();
  window.reset();
  arrivals.reset();
  space.reset();
  (void)reports();
  for (auto& [number, producer] : producers_) gone_.push_back(std::move(producer));
  producers_.clear();
}

void CommitterRig::kill() {
  end();
  disk = disk->killed();
  begin();
}

void CommitterRig::cut(Keep keep) {
  end();
  disk = disk->cut(keep, /*seed=*/1);
  begin();
}

std::vector<std::string> CommitterRig::safe() const {
  const std::unique_ptr<DiskModel> after = disk->cut(Keep::kNone, /*seed=*/1);
  SpoolSpace room(*after, {.path = "/"});
  const std::unique_ptr<Log> log = open_log(*after, room);
  std::vector<std::string> found;
  RecordReader reader;
  log->begin_reading(1);
  EXPECT_TRUE(log->read(SIZE_MAX,
                        [&](Position, std::string_view bytes) {
                          const Result<Record> record = reader.read(bytes);
                          found.push_back(name(record->origin.producer, record->origin.seq));
                        })
                  .ok());
  return found;
}

Account& CommitterRig::account(uint64_t number) {
  std::unique_ptr<Producer>& producer = producers_[number];
  if (producer == nullptr) {
    producer = std::make_unique<Producer>();
    producer->account.producer = number;
    producer->account.wants_outcomes = true;
    producer->account.reports = &report_queue;
  }
  return producer->account;
}

void CommitterRig::push(uint64_t number, int count, Duration time_to_live) {
  auto batch = std::make_unique<Batch>(account(number), clock.now(), 1024);
  uint64_t& seq = producers_.at(number)->seq;
  for (int i = 0; i < count; ++i) {
    const std::string data = name(number, ++seq);
    batch->add({.kind = ActionKind::kSendToAll, .data = data, .time_to_live = time_to_live}, seq,
               kCharge, /*ordered_batch=*/0);
    batch->uncommitted().lines.push_back(100 + seq);
  }
  DurableEntrance(*arrivals, committer->run()).enter(0, std::move(batch));
}

void CommitterRig::push_ids(uint64_t number, const std::vector<std::string>& ids,
                            std::string scope) {
  Account& pushing = account(number);
  pushing.id_scope = id_scope_of(0, scope.empty() ? std::to_string(number) : scope);
  auto batch = std::make_unique<Batch>(pushing, clock.now(), 1024);
  uint64_t& seq = producers_.at(number)->seq;
  for (const std::string& id : ids) {
    const std::string data = name(number, ++seq);
    batch->add({.kind = ActionKind::kSendToAll, .data = data, .id = id}, seq, kCharge,
               /*ordered_batch=*/0);
    batch->uncommitted().lines.push_back(100 + seq);
  }
  note_ids(*batch);
  DurableEntrance(*arrivals, committer->run()).enter(0, std::move(batch));
}

void CommitterRig::run(Duration time) {
  (void)turns_in(time);
}

int CommitterRig::turns_in(Duration time) {
  static constexpr int kMost = 100'000;
  const Instant end = clock.now() + time;
  for (int turns = 1; turns <= kMost; ++turns) {
    turn();
    const Instant next = committer->next_turn();
    if (next > end) {
      clock.pass(end - clock.now());
      return turns;
    }
    if (next > clock.now()) clock.pass(next - clock.now());
  }
  ADD_FAILURE() << "it turns without end";
  return kMost;
}

std::vector<std::string> CommitterRig::take() {
  std::vector<std::string> taken;
  std::array<std::unique_ptr<Batch>, 16> batches;
  while (const size_t count = window->pop(batches)) {
    for (size_t i = 0; i < count; ++i) {
      const std::shared_ptr<Batch> batch = std::move(batches[i]);
      for (const Accepted* item = batch->first(); item != nullptr; item = item->next) {
        taken.push_back(name(batch->account().producer, item->seq));
        EXPECT_EQ(item->data(), taken.back());
        held_.push_back({batch, item});
      }
    }
  }
  return taken;
}

void CommitterRig::settle(size_t count, size_t skipped) {
  std::vector<uint64_t> positions;
  for (size_t i = 0; i < count; ++i) {
    const Held held = std::move(held_.at(skipped));
    held_.erase(held_.begin() + static_cast<ptrdiff_t>(skipped));
    if (held.accepted->position != 0) positions.push_back(held.accepted->position);
    window->budget().release(held.accepted->charge, held.batch->account());
  }
  committer->settled(positions);
}

std::vector<std::string> CommitterRig::drain() {
  std::vector<std::string> all;
  for (int quiet = 0; quiet < 3;) {
    run(std::chrono::milliseconds(200));
    const std::vector<std::string> taken = take();
    quiet = taken.empty() ? quiet + 1 : 0;
    all.insert(all.end(), taken.begin(), taken.end());
    settle(held());
  }
  return all;
}

std::vector<std::string> CommitterRig::reports() {
  std::vector<Report> taken;
  while (report_queue.pop(taken)) {
  }
  std::vector<std::string> texts;
  for (const Report& report : taken) {
    if (const auto* receipt = std::get_if<Receipt>(&report)) {
      texts.push_back("accepted " + name(receipt->producer, receipt->up_to));
    } else if (const auto* refusal = std::get_if<LateRefusal>(&report)) {
      texts.push_back("refused " + name(refusal->producer, refusal->seq) + " line " +
                      std::to_string(refusal->line));
    } else {
      const auto& outcome = std::get<Outcome>(report);
      const bool is_duplicate = outcome.kind == OutcomeKind::kDuplicate;
      texts.push_back((is_duplicate ? "duplicate" : outcome.error_code) + " " +
                      name(outcome.account->producer, outcome.seq));
    }
  }
  return texts;
}

std::vector<std::string> names(uint64_t producer, uint64_t first, uint64_t last) {
  std::vector<std::string> all;
  for (uint64_t seq = first; seq <= last; ++seq) {
    all.push_back(std::to_string(producer) + "-" + std::to_string(seq));
  }
  return all;
}

}  // namespace awps
