#include "stream/stream_core.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/release_memory.h"
#include "base/terminal_text.h"
#include "stream/letters_to_hub.h"
#include "stream/topic_letters.h"

namespace awps {

namespace {

constexpr Duration kSecond = std::chrono::seconds(1);
constexpr Duration kConfirmation = std::chrono::seconds(2);
constexpr Duration kLeaving = std::chrono::seconds(5);  // for the group to let it go
constexpr Duration kHurriedStop = std::chrono::seconds(2);
constexpr Duration kHurriedCommit = std::chrono::seconds(1);
constexpr size_t kMostScratch = size_t{1} << 20U;

Departure::Limits limits_of(const StreamOptions& options) {
  return {.confirmation = kConfirmation,
          .under_way = std::min(options.service_timeout, options.session_timeout / 2)};
}

}  // namespace

Stream::Core::Core(StreamOptions options, std::shared_ptr<const HubDirectory> hubs, Parts parts)
    : options_(std::move(options)),
      parts_(std::move(parts)),
      posts_(std::make_shared<StreamPosts>(parts_.wake)),
      slot_(parts_.slot, std::move(hubs), parts_.wake),
      hubs_(slot_.hubs(), options_.hub),
      letters_(make_letters()),
      services_(make_services()),
      offsets_({.options = options_,
                .source = parts_.source,
                .counters = parts_.counters,
                .lease = *lease_,
                .warn = [this](const std::string& line) { warn(line); },
                .inform = [this](const std::string& line) { inform(line); }}),
      stuck_heads_({.options = options_,
                    .source = parts_.source,
                    .posts = posts_,
                    .find = [this](uint64_t producer) { return find(producer); },
                    .warn = [this](const std::string& line) { warn(line); },
                    .inform = [this](const std::string& line) { inform(line); }}) {}

Stream::Core::~Core() {
  posts_->close();
}

std::unique_ptr<RecordLetters> Stream::Core::make_letters() {
  if (parts_.letters != nullptr) {
    return std::make_unique<TopicLetters>(*parts_.letters,
                                          [this](const std::string& line) { warn(line); });
  }
  return std::make_unique<LettersToHub>(hubs_, letter_watch_, posts_);
}

StreamServices Stream::Core::make_services() {
  return {.options = options_,
          .slot = slot_,
          .counters = parts_.counters,
          .hubs = hubs_,
          .lease = lease_,
          .letters = *letters_,
          .letter_watch = letter_watch_,
          .letters_go_to_topic = parts_.letters != nullptr,
          .kept = kept_,
          .decoder = decoder_,
          .scratch = scratch_,
          .on_refused =
              [this](int32_t partition, int64_t offset, const std::string& message) {
                note_refused(partition, offset, message);
              },
          .on_unknown_key =
              [this](const std::string& message) {
                if (!std::exchange(has_told_key_, true)) warn(message);
              },
          .warn = [this](const std::string& message) { warn(message); }};
}

// ---- a turn

// What ended comes before what begins: it makes room.
void Stream::Core::turn(Instant now) {
  now_ = now;
  is_busy_ = false;
  posts_->run();
  offsets_.look_at_lease(now, partitions_);
  take_events(now);
  tell_part();  // before anything is given back
  take_reports();
  read(now);
  take_letters(now);
  offsets_.commit_urgent(partitions_);
  advance_departures(now);
  if (now >= next_second_) once_a_second(now);
  if (!is_stopping_ || has_stopped_) return;
  const bool has_left = partitions_.empty() && parts_.source.has_left();
  if (!has_left && now < stop_by_) return;
  if (!has_left) warn("the brokers have not let it go in time; it ends without them");
  has_stopped_ = true;
}

Instant Stream::Core::next_turn(Instant now) const {
  if (is_busy_) return now;
  Instant next = std::min(next_second_, stop_by_);
  for (const Departure& departure : departures_) next = std::min(next, departure.next_time());
  return std::max(next, now);
}

bool Stream::Core::prepare_to_sleep() {
  return slot_.reports().prepare_to_sleep();
}

// Whoever sets it wakes: the next turn looks.
void Stream::Core::room_again() {
  // Release pairs with the acquire of the exchange in read(): the room is seen with it.
  if (!has_room_again_.exchange(true, std::memory_order_acq_rel)) parts_.wake();
}

void Stream::Core::take_events(Instant now) {
  while (std::optional<SourceEvent> event = parts_.source.next_event()) {
    std::visit([this, now](const auto& one) { on(one, now); }, *event);
  }
}

void Stream::Core::on(const Assigned& assigned, Instant now) {
  parts_.counters.rebalances_assigned.add();
  for (const PartitionOffset& one : assigned.partitions) {
    if (is_stopping_) {  // it comes too late: nothing of it is read
      given_back_.insert(one.partition);
      continue;
    }
    AWPS_CHECK(!partitions_.contains(one.partition));  // see RecordSource, 2
    auto partition = std::make_unique<Partition>(services_, one, parts_.next_producer(), now);
    by_producer_.emplace(partition->producer(), partition.get());
    partitions_[one.partition] = std::move(partition);
  }
  has_joined_ = true;
  const size_t count = assigned.partitions.size();
  is_idle_ = count == 0 && partitions_.empty();
  if (is_idle_) {
    return inform(
        "its group has no partition for it, since there are more members than partitions; it takes "
        "over where one of them leaves");
  }
  inform("it was given " + std::to_string(count) + (count == 1 ? " partition" : " partitions") +
         ", and has " + std::to_string(partitions_.size()));
}

void Stream::Core::on(const Revoked& revoked, Instant now) {
  is_idle_ = false;
  (revoked.is_lost ? parts_.counters.rebalances_lost : parts_.counters.rebalances_revoked).add();
  std::vector<Leaving> leaving;
  std::vector<int32_t> released;
  for (const int32_t number : revoked.partitions) {
    const auto found = partitions_.find(number);
    if (found == partitions_.end()) {
      if (given_back_.erase(number) > 0) released.push_back(number);
      continue;
    }
    Leaving* known = nullptr;
    for (Departure& departure : departures_) {
      if (known == nullptr) known = departure.find(*found->second);
    }
    if (known == nullptr) known = &leaving.emplace_back(Leaving{.partition = found->second.get()});
    known->is_asked = true;
    known->is_lost |= revoked.is_lost;
  }
  if (!released.empty()) parts_.source.release(released);
  if (revoked.is_lost) {
    warn(std::to_string(revoked.partitions.size()) +
         " partitions are lost: other members may have them already, and what is under way may be "
         "sent twice");
  }
  if (!leaving.empty()) depart(std::move(leaving), now);
}

void Stream::Core::on(const CommitEnded& ended, Instant) {
  offsets_.take(ended, partitions_);
}

void Stream::Core::on(const SourceTrouble& trouble, Instant) {
  trouble_ = trouble.message;
  warn(trouble_);
}

void Stream::Core::on(const SourceWell&, Instant) {
  if (trouble_.empty()) return;
  trouble_.clear();
  inform("the brokers answer again");
}

void Stream::Core::tell_part() {
  if (!parts_.on_part) return;
  const auto owned =
      std::ranges::count_if(partitions_, [](const auto& one) { return !one.second->is_stopped(); });
  const int32_t all = parts_.source.partitions_of_topic().value_or(0);
  const auto part = std::pair(offsets_.is_lease_over() ? 0 : static_cast<uint32_t>(owned),
                              static_cast<uint32_t>(std::max(all, 0)));
  if (part == told_part_) return;
  told_part_ = part;
  parts_.on_part({.owned = part.first, .all = part.second, .lease = lease_});
}

// Until there are none: whoever waits for room, or departs, may go on by each.
void Stream::Core::take_reports() {
  for (;;) {
    const std::vector<Report>& reports = slot_.take_reports();
    if (reports.empty()) return;
    for (const Report& report : reports) take_report(report);
  }
}

void Stream::Core::take_report(const Report& report) {
  const auto* outcome = std::get_if<Outcome>(&report);
  if (outcome != nullptr && outcome->kind == OutcomeKind::kReturned) parts_.counters.returned.add();
  Partition* partition = find(producer_of(report));
  if (partition == nullptr) return;  // of a former ownership
  std::visit([partition](const auto& one) { partition->take(one); }, report);
}

Partition* Stream::Core::find(uint64_t producer) const {
  const auto found = by_producer_.find(producer);
  return found == by_producer_.end() ? nullptr : found->second;
}

void Stream::Core::take_letters(Instant now) {
  safe_letters_.clear();
  letters_->turn(now, safe_letters_);
  letter_watch_.turn(safe_letters_);
  if (!safe_letters_.empty()) is_busy_ = true;  // their partitions may go on
  for (const LetterId& letter : safe_letters_) {
    Partition* partition = find(letter.producer);
    if (partition != nullptr) partition->note_safe_letter(letter.ordinal);
  }
}

// Each turn begins with another one, since what is left of a hub's room goes to those before.
void Stream::Core::read(Instant now) {
  // Acquire pairs with the exchange in room_again(): the room that was made before it is seen.
  if (has_room_again_.exchange(false, std::memory_order_acq_rel)) {
    for (const auto& [number, partition] : partitions_) partition->look_again();
  }
  if (is_stopping_ || partitions_.empty()) return;
  const WallTime wall_now = parts_.clock.wall_now();
  auto next = partitions_.lower_bound(read_first_);
  for (size_t i = 0; i < partitions_.size(); ++i, ++next) {
    if (next == partitions_.end()) next = partitions_.begin();
    if (i == 0) read_first_ = next->first + 1;
    if (next->second->read(parts_.source, now, wall_now)) is_busy_ = true;
  }
}

// ---- the end of an ownership

void Stream::Core::depart(std::vector<Leaving> leaving, Instant now) {
  departures_.emplace_back(std::move(leaving), limits_of(options_), now, posts_);
}

void Stream::Core::advance_departures(Instant now) {
  for (Departure& departure : departures_) {
    std::vector<std::string> warnings;
    const std::vector<Leaving> done = departure.take_done(now, warnings);
    for (const std::string& line : warnings) warn(line);
    give_back(done);
  }
  std::erase_if(departures_, [](const Departure& departure) { return departure.is_over(); });
}

void Stream::Core::give_back(std::span<const Leaving> done) {
  std::vector<PartitionOffset> offsets;
  std::vector<int32_t> released;
  for (const Leaving& one : done) {
    const auto offset = one.partition->uncommitted();
    if (offset && !one.is_lost && one.is_confirmed) offsets.push_back(*offset);
  }
  offsets_.commit_last(offsets, is_in_a_hurry_ ? kHurriedCommit : commit_wait(options_));
  for (const Leaving& one : done) {
    const int32_t number = one.partition->number();
    const uint64_t producer = one.partition->producer();
    letters_->forget(producer);
    letter_watch_.forget(producer);
    by_producer_.erase(producer);
    if (one.is_asked) {
      released.push_back(number);
    } else {
      given_back_.insert(number);
    }
    partitions_.erase(number);
  }
  if (!released.empty()) parts_.source.release(released);
}

void Stream::Core::begin_stop(Instant now) {
  if (std::exchange(is_stopping_, true)) return;
  const Departure::Limits limits = limits_of(options_);
  stop_by_ =
      now + std::max(limits.confirmation, limits.under_way) + commit_wait(options_) + kLeaving;
  parts_.source.leave();
  std::vector<Leaving> leaving;
  for (const auto& [number, partition] : partitions_) {
    if (!partition->is_stopped()) leaving.push_back({.partition = partition.get()});
  }
  if (!leaving.empty()) depart(std::move(leaving), now);
  is_busy_ = true;
}

// Also where it has not begun: then it begins, and does not take long.
void Stream::Core::hurry_stop(Instant now) {
  begin_stop(now);
  if (std::exchange(is_in_a_hurry_, true)) return;
  for (Departure& departure : departures_) departure.hurry(now);
  stop_by_ = std::min(stop_by_, now + kHurriedStop);
  is_busy_ = true;
}

// A hub reports to the slot's queue until it has nothing of an account.
bool Stream::Core::is_forgotten() {
  departures_.clear();
  by_producer_.clear();
  partitions_.clear();
  take_reports();
  slot_.sweep([this] { take_reports(); });
  return slot_.accounts().size() == 0;
}

// ---- now and then

void Stream::Core::once_a_second(Instant now) {
  next_second_ = now + kSecond;
  offsets_.commit(partitions_);
  for (const auto& [number, partition] : partitions_) is_busy_ |= partition->has_found_room();
  stuck_heads_.look(partitions_, now);
  sweep();
  decoder_.release_unused();
  if (scratch_.capacity() > kMostScratch) release_memory_of(scratch_);
}

void Stream::Core::sweep() {
  if (slot_.accounts().orphans() > 0) slot_.sweep([this] { take_reports(); });
}

void Stream::Core::set_options(const StreamOptions& options) {
  options_.hubs = options.hubs;
  options_.max_ahead = options.max_ahead;
  options_.service_timeout = options.service_timeout;
  options_.max_record_bytes = options.max_record_bytes;
  options_.max_kept_bytes = options.max_kept_bytes;
  is_busy_ = true;
}

void Stream::Core::follow_directory(std::shared_ptr<const HubDirectory> hubs) {
  slot_.use(std::move(hubs));
  hubs_.follow(slot_.hubs());
  for (const auto& [number, partition] : partitions_) partition->follow_directory();
  is_busy_ = true;
}

void Stream::Core::note_refused(int32_t partition, int64_t offset, const std::string& message) {
  static constexpr size_t kMostColumns = 300;
  const std::optional<uint64_t> count = refusals_.note(0, now_);
  if (!count) return;
  warn((*count == 1 ? "an action was" : std::to_string(*count) + " actions were") +
       std::string(" refused; the latest, of partition ") + std::to_string(partition) +
       ", offset " + std::to_string(offset) + ": " + shortened(printable(message), kMostColumns));
}

void Stream::Core::warn(const std::string& line) const {
  parts_.log(StreamLog::kWarning, "stream " + options_.name + ": " + line);
}

void Stream::Core::inform(const std::string& line) const {
  parts_.log(StreamLog::kInfo, "stream " + options_.name + ": " + line);
}

}  // namespace awps
