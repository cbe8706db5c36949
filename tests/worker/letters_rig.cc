#include "tests/worker/letters_rig.h"

#include <array>
#include <utility>

#include "record/record.h"
#include "spool/check.h"
#include "worker/letter_recovery.h"

namespace awps {

namespace {

const std::string kFolderOfHub = "/spool/hub";

}  // namespace

LettersRig::LettersRig(const LettersRigOptions& given)
    : options(given), disk(std::make_unique<DiskModel>(given.disk)) {
  account_.producer = 1;
  account_.reports = &reports_;
  begin();
}

LettersRig::~LettersRig() {
  end();
}

std::unique_ptr<Log> LettersRig::open_log(uint32_t kind, uint32_t least_run) {
  const bool is_letters = kind == SegmentHeader::kLetters;
  auto log = Log::open(*disk, *space_,
                       {.folder = kFolderOfHub,
                        .store = store_id_of("hub", is_letters ? "letters" : "host"),
                        .segment_bytes = uint64_t{16} << 10U,
                        .first_segment_bytes = uint64_t{16} << 10U,
                        .kind = kind,
                        .keeps_last = is_letters && options.writes,
                        .least_run = least_run},
                       [](uint64_t, uint64_t) {});
  AWPS_CHECK(log.ok());
  return std::move(*log);
}

// As HubLogs and HubLetters do.
void LettersRig::begin() {
  space_ = std::make_unique<SpoolSpace>(
      *disk,
      SpoolSpace::Options{.path = "/", .max_bytes = options.spool_max_bytes, .min_free_bytes = 0});
  std::unique_ptr<Log> letters_log = open_log(SegmentHeader::kLetters, 1);
  auto letters = read_letters(*letters_log, {.now = clock.now(), .wall = clock.wall_now()});
  AWPS_CHECK(letters.ok());
  std::vector<uint64_t> done;
  if (options.is_durable) {
    std::unique_ptr<Log> log = open_log(SegmentHeader::kLog, last_run_of(*letters) + 1);
    Result<LetterMatch, IoError> match = match_letters(*log, *letters);
    AWPS_CHECK(match.ok());
    done = std::move(match->done);
    arrivals_ = std::make_unique<HubQueue>(
        HubQueue::Options{.hub = "hub", .intake_threads = 2, .budget = {.max_bytes = 1U << 24U}},
        [] {}, [] {});
    window_ = std::make_unique<HubQueue>(
        HubQueue::Options{.hub = "hub",
                          .budget = {.max_bytes = 1U << 20U, .charges = &Account::window_bytes}},
        [] {}, [] {});
    committer = std::make_unique<Committer>(Committer::Options{},
                                            Committer::Parts{.arrivals = *arrivals_,
                                                             .window = *window_,
                                                             .clock = clock,
                                                             .counters = counters_,
                                                             .logger = logger_,
                                                             .wake = [] {}},
                                            std::move(log));
  }
  keeper = std::make_unique<LetterKeeper>(
      LetterKeeper::Parts{.clock = clock, .logger = logger_, .wake = [] {}});
  box = &keeper->keep("hub", std::move(letters_log));
  store = std::make_unique<KeptLetters>(options.bounds, *box, clock, options.writes);
  store->restore(std::move(*letters), done);
  store->begin_run(committer == nullptr ? 0 : committer->run().number());
  redrive_ = std::make_unique<Redrive>();
}

void LettersRig::end() {
  held_.clear();
  positions_.clear();
  store.reset();
  keeper.reset();
  committer.reset();
  window_.reset();
  arrivals_.reset();
  redrive_.reset();
  space_.reset();
}

void LettersRig::restart(std::unique_ptr<DiskModel> with) {
  end();
  disk = std::move(with);
  begin();
}

void LettersRig::stop_and_start() {
  turn();
  keeper->finish();
  turn();
  if (committer != nullptr) committer->finish();
  turn();
  keeper->finish();
  restart(disk->killed());
}

void LettersRig::accept(const std::string& name) {
  auto batch = std::make_unique<Batch>(account_, clock.now(), 1024);
  batch->add({.kind = ActionKind::kSendToAll, .data = name}, ++seq_, 100, /*ordered_batch=*/0);
  if (committer == nullptr) return take(std::move(batch));
  DurableEntrance(*arrivals_, committer->run()).enter(0, std::move(batch));
}

// As the worker does.
void LettersRig::turn() {
  if (committer != nullptr) {
    committer->turn();
    take_all();
    for (const uint64_t letter : committer->take_mail().letters) store->logged(letter);
  }
  store->hand_over(positions_);
  if (committer != nullptr) {
    const uint64_t synced = committer->synced_generation();
    store->released(committer->settled(positions_), synced);
  }
  positions_.clear();
  if (keeper->next_turn() <= clock.now()) keeper->turn();
}

void LettersRig::run(Duration time) {
  static constexpr Duration kStep = std::chrono::milliseconds(50);
  for (Duration passed{}; passed <= time; passed += kStep) {
    turn();
    clock.pass(kStep);
  }
}

void LettersRig::take_all() {
  std::array<std::unique_ptr<Batch>, 16> batches;
  while (const size_t count = window_->pop(batches)) {
    for (size_t i = 0; i < count; ++i) take(std::move(batches[i]));
  }
}

void LettersRig::take(std::unique_ptr<Batch> batch) {
  if (batch->was_letters()) redrive_->sent(*batch);
  const std::shared_ptr<Batch> shared = std::move(batch);
  for (const Accepted* item = shared->first(); item != nullptr; item = item->next) {
    held_.push_back({shared, item});
  }
}

std::vector<std::string> LettersRig::held() const {
  std::vector<std::string> names;
  for (const Held& held : held_) names.emplace_back(held.accepted->data());
  return names;
}

void LettersRig::settle(const Held& held) {
  if (Redrive::is_redriven(*held.batch)) {
    const uint64_t letter = redrive_->take_letter_of(*held.accepted);
    if (letter != 0) store->ended(letter);
  }
  if (window_ != nullptr) window_->budget().release(held.accepted->charge, held.batch->account());
}

void LettersRig::deliver(size_t at) {
  const Held held = held_.at(at);
  held_.erase(held_.begin() + static_cast<ptrdiff_t>(at));
  if (held.accepted->position != 0) positions_.push_back(held.accepted->position);
  settle(held);
}

void LettersRig::give_up(size_t at, const std::string& why) {
  const Held held = held_.at(at);
  held_.erase(held_.begin() + static_cast<ptrdiff_t>(at));
  const Record record = record_of(*held.accepted, *held.batch, "hub", Duration::zero());
  DeadLetter letter{.code = "refused",
                    .reason = why,
                    .accepted_at = held.batch->accepted_at(),
                    .given_up_at = clock.now(),
                    .origin = record.origin,
                    .position = held.accepted->position};
  append_record(letter.record, record);
  store->add(std::move(letter));
  settle(held);
}

void LettersRig::give_up_new(const std::string& name) {
  accept(name);
  clock.pass(std::chrono::milliseconds(3));  // commits keep their distance
  turn();
  give_up(held_.size() - 1);
}

uint64_t LettersRig::purge(uint64_t number) {
  return store->purge({.numbers = {number}});
}

void LettersRig::redrive(uint64_t number) {
  Redrive::Result result =
      redrive_->batches_of(store->take({.numbers = {number}}), overtakings_, clock.now());
  for (std::unique_ptr<Batch>& batch : result.batches) {
    if (committer == nullptr) {
      take(std::move(batch));
    } else {
      committer->redrive(std::move(batch));
    }
  }
}

std::vector<std::string> LettersRig::listed() const {
  std::vector<std::string> names;
  RecordReader reader;
  for (const DeadLetter& letter : store->page(0, SIZE_MAX)) {
    const Result<Record> record = reader.read(letter.record);
    names.push_back(record ? std::string(record->action.data) : "unreadable");
  }
  return names;
}

std::vector<uint64_t> LettersRig::numbers() const {
  std::vector<uint64_t> numbers;
  for (const DeadLetter& letter : store->page(0, SIZE_MAX)) numbers.push_back(letter.number);
  return numbers;
}

uint64_t LettersRig::live_on_disk(uint32_t kind) const {
  const std::unique_ptr<DiskModel> after = disk->killed();
  const auto checked = check_log(
      *after, kFolderOfHub, [](Position, std::string_view) {}, kind);
  return checked.ok() ? checked->found.records : UINT64_MAX;
}

}  // namespace awps
