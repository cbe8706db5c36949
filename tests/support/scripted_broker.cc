#include "tests/support/scripted_broker.h"

#include <algorithm>
#include <utility>

#include "tests/support/scripted_member.h"

namespace awps {

namespace {

constexpr Duration kAnswerOfAbsentBroker = std::chrono::seconds(5);

}  // namespace

ScriptedBroker::ScriptedBroker(const Options& options, Instant now)
    : options_(options),
      random_(options.seed),
      now_(now),
      partitions_(static_cast<size_t>(options.partitions)) {}

ScriptedBroker::~ScriptedBroker() = default;

int64_t ScriptedBroker::append(int32_t partition, Record record) {
  Partition& its = at(partition);
  record.offset = its.end++;
  its.records.push_back(std::move(record));
  if (its.owner.has_value() && !is_away()) {
    ScriptedMember* const source = members_[*its.owner].source;
    if (source != nullptr) source->wake();
  }
  return its.end - 1;
}

void ScriptedBroker::leave_gap(int32_t partition, int64_t offsets) {
  at(partition).end += offsets;
}

int64_t ScriptedBroker::first_record_from(int32_t partition, int64_t offset) const {
  const Record* const record = record_from(partition, offset);
  return record == nullptr ? at(partition).end : record->offset;
}

const ScriptedBroker::Record* ScriptedBroker::record_from(int32_t partition, int64_t offset) const {
  const Partition& its = at(partition);
  const auto found = std::ranges::lower_bound(its.records, offset, {}, &Record::offset);
  return found == its.records.end() ? nullptr : &*found;
}

std::unique_ptr<ScriptedMember> ScriptedBroker::join(std::function<void()> wake) {
  const size_t number = members_.size();
  auto source = std::make_unique<ScriptedMember>(*this, number, std::move(wake));
  members_.push_back({.source = source.get(), .is_in_group = true, .last_poll = now_});
  wants_rebalance_ = true;
  return source;
}

void ScriptedBroker::move_partitions() {
  ++shift_;
  wants_rebalance_ = true;
}

void ScriptedBroker::fence(size_t member) {
  if (members_[member].is_in_group) drop(member);
}

void ScriptedBroker::set_trouble(std::optional<SourceTrouble> trouble) {
  if (!trouble.has_value() && !trouble_.has_value()) return;
  trouble_ = std::move(trouble);
  for (const Member& member : members_) {
    if (member.source == nullptr) continue;
    member.source->push(trouble_.has_value() ? SourceEvent(*trouble_) : SourceEvent(SourceWell{}));
  }
}

void ScriptedBroker::advance(Instant now) {
  now_ = std::max(now_, now);
  while (!commits_.empty() && commits_.front().at <= now_) {
    const Commit commit = std::move(commits_.front());
    commits_.pop_front();
    (void)store(commit);  // its sender was told
  }
  if (is_away()) return;
  drop_the_silent();
  for (Member& member : members_) {
    if (member.source != nullptr) member.source->wake_for_records();
  }
  if (wants_rebalance_ && !is_rebalancing_) begin_rebalance();
  if (is_rebalancing_) end_rebalance();
}

Instant ScriptedBroker::next_event() const {
  Instant at = commits_.empty() ? kNever : commits_.front().at;
  if (is_away()) return at;
  if (wants_rebalance_ && !is_rebalancing_) at = std::min(at, now_ + std::chrono::milliseconds(1));
  for (size_t i = 0; i < members_.size(); ++i) {
    const Member& member = members_[i];
    if (!member.is_in_group) continue;
    at = std::min(at, member.last_poll + options_.session_timeout);
    if (member.source != nullptr) at = std::min(at, member.source->next_records(now_));
  }
  return at;
}

Duration ScriptedBroker::random_below(Duration bound) {
  return Duration(static_cast<int64_t>(random_.below(static_cast<uint64_t>(bound.count()))));
}

void ScriptedBroker::note_poll(size_t number) {
  Member& member = members_[number];
  member.last_poll = now_;
  if (member.is_in_group || member.is_leaving || !owned_by(number).empty()) return;
  if (!member.source->owns_nothing()) return;
  member.is_in_group = true;
  wants_rebalance_ = true;
}

void ScriptedBroker::leave(size_t number) {
  Member& member = members_[number];
  if (member.is_leaving) return mistake(number, "leaves twice");
  member.is_leaving = true;
  wants_rebalance_ = true;
  std::vector<int32_t> still;
  for (const int32_t partition : owned_by(number)) {
    if (!at(partition).is_revoked) still.push_back(partition);
  }
  revoke(number, still, /*is_lost=*/false);
}

bool ScriptedBroker::has_left(size_t number) const {
  const Member& member = members_[number];
  return member.is_leaving && owned_by(number).empty() && member.source->owns_nothing();
}

void ScriptedBroker::gone(size_t number) {
  Member& member = members_[number];
  if (has_left(number)) {
    member.is_in_group = false;
    wants_rebalance_ = true;
  }
  member.source = nullptr;  // else its partitions are its own until the session is over
}

void ScriptedBroker::release(size_t member, int32_t partition, bool is_lost) {
  if (!is_lost) {
    Partition& its = at(partition);
    its.owner.reset();
    its.is_revoked = false;
  }
  if (watch_.released) watch_.released(member, partition, is_lost);
}

auto ScriptedBroker::send(size_t member, std::span<const PartitionOffset> offsets) -> Commit& {
  Commit commit{.member = member, .offsets = {offsets.begin(), offsets.end()}};
  for (const PartitionOffset& one : offsets) {
    commit.ownerships.push_back(at(one.partition).ownership);
  }
  commit.is_refused = random_.chance(commit_faults_.refused);
  commit.is_unanswered = random_.chance(commit_faults_.unanswered);
  commit.at = now_ + std::chrono::milliseconds(1) +
              random_below(commit_faults_.slowest + std::chrono::milliseconds(10));
  if (is_away()) {
    commit.is_refused = true;
    commit.at = now_ + kAnswerOfAbsentBroker;
  }
  // One connection: in the order sent.
  for (const Commit& earlier : commits_) {
    if (earlier.member == member) commit.at = std::max(commit.at, earlier.at);
  }
  const auto place = std::ranges::upper_bound(commits_, commit.at, {}, &Commit::at);
  return *commits_.insert(place, std::move(commit));
}

Result<void, CommitFailure> ScriptedBroker::wait_for_commit(
    size_t member, std::span<const PartitionOffset> offsets, Duration at_most) {
  Commit& commit = send(member, offsets);
  commit.is_waited_for = true;
  const Instant at = commit.at;
  members_[member].blocked_until = now_ + std::min(at - now_, at_most);
  if (at - now_ > at_most) return CommitFailure{"commit: the broker did not answer in time"};
  // Time stands still for whoever waits: what it sent is stored before it goes on.
  Result<void, CommitFailure> result;
  for (auto next = commits_.begin(); next != commits_.end();) {
    if (next->member != member || next->at > at) {
      ++next;
      continue;
    }
    const Commit one = std::move(*next);
    next = commits_.erase(next);
    Result<void, CommitFailure> end = store(one);
    if (one.is_waited_for) result = std::move(end);
  }
  if (watch_.proven && (result || result.error().is_of_member)) watch_.proven(member);
  return result;
}

Result<void, CommitFailure> ScriptedBroker::store(const Commit& commit) {
  std::vector<PartitionOffset> stored;
  std::vector<PartitionOffset> refused;
  bool is_of_member = false;
  for (size_t i = 0; i < commit.offsets.size(); ++i) {
    const bool is_taken = !commit.is_refused && !is_away();
    const bool is_stored = is_taken && store(commit, i) && !commit.is_unanswered;
    is_of_member |= is_taken && !commit.is_unanswered && is_of_owner(commit, i);
    (is_stored ? stored : refused).push_back(commit.offsets[i]);
  }
  ScriptedMember* source = members_[commit.member].source;
  if (source != nullptr && !commit.is_waited_for) {
    if (!stored.empty()) source->push(CommitEnded{.offsets = stored});
    if (!refused.empty()) source->push(CommitEnded{.offsets = refused, .error = "refused"});
  }
  if (refused.empty()) return {};
  return CommitFailure{.message = "commit: the broker refused it", .is_of_member = is_of_member};
}

// As generations do: what was sent in a former ownership counts no more, though it came back.
bool ScriptedBroker::is_of_owner(const Commit& commit, size_t index) const {
  const Partition& its = at(commit.offsets[index].partition);
  return its.owner == commit.member && its.ownership == commit.ownerships[index];
}

bool ScriptedBroker::store(const Commit& commit, size_t index) {
  const PartitionOffset& offset = commit.offsets[index];
  const size_t member = commit.member;
  Partition& its = at(offset.partition);
  if (!is_of_owner(commit, index) || its.refuses) return false;
  if (offset.offset < its.committed) mistake(member, "commits less than it had committed");
  if (offset.offset > its.end) mistake(member, "commits what does not exist");
  const int64_t before = std::exchange(its.committed, offset.offset);
  if (watch_.committed) watch_.committed(offset.partition, before, offset.offset);
  return true;
}

void ScriptedBroker::drop(size_t number) {
  const std::vector<int32_t> lost = owned_by(number);
  for (const int32_t partition : lost) {
    Partition& its = at(partition);
    its.owner.reset();
    its.is_revoked = false;
  }
  Member& member = members_[number];
  member.is_in_group = false;
  wants_rebalance_ = true;
  revoke(number, lost, /*is_lost=*/true);
}

void ScriptedBroker::drop_the_silent() {
  for (size_t i = 0; i < members_.size(); ++i) {
    const Member& member = members_[i];
    if (!member.is_in_group) continue;
    if (now_ - member.last_poll >= options_.session_timeout) drop(i);
  }
  for (size_t p = 0; p < partitions_.size(); ++p) {
    const Partition& its = partitions_[p];
    // It polls, but does not release: the interval of polls is bounded as the session is.
    if (its.is_revoked && now_ - its.revoked_at >= 2 * options_.session_timeout) {
      mistake(*its.owner, "does not release what was revoked");
      drop(*its.owner);
    }
  }
}

void ScriptedBroker::begin_rebalance() {
  wants_rebalance_ = false;
  is_rebalancing_ = true;
  const std::vector<size_t> members = members_in_group();
  for (size_t i = 0; i < members_.size(); ++i) {
    std::vector<int32_t> leaves;
    for (const int32_t partition : owned_by(i)) {
      const bool stays = !options_.is_eager && !members.empty() &&
                         members[(static_cast<size_t>(partition) + shift_) % members.size()] == i;
      if (!stays && !at(partition).is_revoked) leaves.push_back(partition);
    }
    revoke(i, leaves, /*is_lost=*/false);
  }
}

void ScriptedBroker::end_rebalance() {
  if (std::ranges::any_of(partitions_, &Partition::is_revoked)) return;
  is_rebalancing_ = false;
  const std::vector<size_t> members = members_in_group();
  if (members.empty()) return;
  std::vector<std::vector<PartitionOffset>> assigned(members_.size());
  for (size_t p = 0; p < partitions_.size(); ++p) {
    Partition& its = partitions_[p];
    if (its.owner.has_value()) continue;
    const size_t member = members[(p + shift_) % members.size()];
    its.owner = member;
    ++its.ownership;
    assigned[member].push_back({static_cast<int32_t>(p), its.committed});
    if (watch_.assigned) watch_.assigned(member, assigned[member].back());
  }
  for (size_t i = 0; i < members_.size(); ++i) {
    if (assigned[i].empty() || members_[i].source == nullptr) continue;
    const Instant from = now_ + random_below(options_.slowest_records + Duration(1));
    members_[i].source->push_assigned({.partitions = assigned[i]}, from);
  }
}

void ScriptedBroker::revoke(size_t number, const std::vector<int32_t>& partitions, bool is_lost) {
  if (partitions.empty()) return;
  for (const int32_t partition : partitions) {
    if (watch_.revoked) watch_.revoked(number, partition, is_lost);
    if (is_lost) continue;
    at(partition).is_revoked = true;
    at(partition).revoked_at = now_;
  }
  ScriptedMember* source = members_[number].source;
  if (source != nullptr) source->push(Revoked{.partitions = partitions, .is_lost = is_lost});
}

// Who leaves gets nothing more.
std::vector<size_t> ScriptedBroker::members_in_group() const {
  std::vector<size_t> numbers;
  for (size_t i = 0; i < members_.size(); ++i) {
    if (members_[i].is_in_group && !members_[i].is_leaving) numbers.push_back(i);
  }
  return numbers;
}

std::vector<int32_t> ScriptedBroker::owned_by(size_t member) const {
  std::vector<int32_t> owned;
  for (size_t p = 0; p < partitions_.size(); ++p) {
    if (partitions_[p].owner == member) owned.push_back(static_cast<int32_t>(p));
  }
  return owned;
}

void ScriptedBroker::mistake(size_t member, const std::string& text) {
  mistakes_.push_back("member " + std::to_string(member) + " " + text);
}

}  // namespace awps
