#include "tests/simulation/stream_judge.h"

#include <algorithm>

#include "limit/shared_part.h"

namespace awps {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kConfirmation = seconds(2);  // a hub has so long, see stream.h
constexpr Duration kAnotherTurn = milliseconds(1100);
// Once a second, and a look at letters before, and behind a commit that a broker which was away let
// wait: one is under way at a time.
constexpr Duration kMostUntilCommit = seconds(12);
// What a hand-over takes beside waiting for hubs and requests: its commit, and a few turns.
constexpr Duration kMostForRest = seconds(15);

}  // namespace

StreamJudge::StreamJudge(const Options& options, StreamTruth& truth, ScriptedBroker& broker,
                         const Instant& now)
    : options_(options),
      truth_(truth),
      broker_(broker),
      now_(now),
      start_(now),
      partitions_(static_cast<size_t>(broker.partitions())) {
  broker.watch({.read = [this](size_t member, const ScriptedBroker::Record& record,
                               int32_t partition) { read(member, record, partition); },
                .committed = [this](int32_t partition, int64_t before,
                                    int64_t offset) { committed(partition, before, offset); },
                .assigned = [this](size_t member,
                                   const PartitionOffset& offset) { assigned(member, offset); },
                .revoked = [this](size_t member, int32_t partition,
                                  bool is_lost) { revoked(member, partition, is_lost); },
                .released = [this](size_t member, int32_t partition,
                                   bool is_lost) { released(member, partition, is_lost); },
                .proven = [this](size_t member) { members_[member].proven_at = now_; }});
}

void StreamJudge::joined(size_t member, uint64_t max_ahead) {
  members_[member].max_ahead = max_ahead;
  members_[member].last_turn = members_[member].awake_since = now_;
}

void StreamJudge::turned(size_t number) {
  Member& member = members_[number];
  const Duration silence = now_ - member.last_turn;
  if (silence > kAnotherTurn) member.awake_since = now_;
  if (silence >= options_.session_timeout / 2) {
    member.slept_from = member.last_turn;
    member.slept_until = now_;
  }
  member.last_turn = now_;
}

void StreamJudge::died(size_t member) {
  for (Ownership& its : ownerships_) {
    if (its.member != member) continue;
    its.is_over = true;
    its.under_way = 0;
    its.to_be_entered.clear();
  }
}

void StreamJudge::assigned(size_t member, const PartitionOffset& offset) {
  Ownership its{.member = member, .partition = offset.partition, .since = now_};
  its.from = std::max(offset.offset, int64_t{0});
  if (offset.offset >= 0) its.has_offset_since = now_;
  members_[member].latest[offset.partition] = ownerships_.size();
  ownerships_.push_back(std::move(its));
}

StreamJudge::Ownership* StreamJudge::latest(size_t member, int32_t partition) {
  const std::map<int32_t, size_t>& known = members_[member].latest;
  const auto found = known.find(partition);
  return found == known.end() ? nullptr : &ownerships_[found->second];
}

void StreamJudge::read(size_t member, const ScriptedBroker::Record& record, int32_t partition) {
  Ownership& its = *latest(member, partition);
  Partition& known = partitions_[static_cast<size_t>(partition)];
  if (record.offset <= its.read_up_to || record.offset < its.from) {
    mistake(name_of(its) + " reads backwards: the scripted broker's mistake");
  }
  if (record.offset <= known.highest_read) ++read_again_;
  known.highest_read = std::max(known.highest_read, record.offset);
  its.read_up_to = record.offset;
  its.has_offset_since = std::min(its.has_offset_since, now_);
  size_t to_be_entered = 0;
  for (uint32_t index = 0;; ++index) {
    const TruthElement* const element = truth_.find(partition, record.offset, index);
    if (element == nullptr) break;
    its.open[record.offset].insert(index);
    to_be_entered += element->action.has_value() && !element->may_be_refused ? 1 : 0;
  }
  if (to_be_entered > 0) its.to_be_entered[record.offset] = to_be_entered;
  its.ahead.push_back(record.offset);
  const int64_t committed = broker_.committed(partition);
  while (!its.ahead.empty() && its.ahead.front() < committed) its.ahead.pop_front();
  if (its.ahead.size() > members_[member].max_ahead) {
    mistake(name_of(its) + " is " + std::to_string(its.ahead.size()) + " records ahead at offset " +
            std::to_string(record.offset));
  }
}

void StreamJudge::committed(int32_t partition, int64_t before, int64_t offset) {
  const auto open = truth_.first_unsettled(partition, std::max(before, int64_t{0}), offset);
  if (!open.has_value()) return;
  mistake("partition " + std::to_string(partition) + " was committed up to " +
          std::to_string(offset) + ", past " + truth_.what_is_open(partition));
}

void StreamJudge::revoked(size_t member, int32_t partition, bool is_lost) {
  Ownership* const its = latest(member, partition);
  if (its == nullptr) return;
  if (!its->revoked_at.has_value()) its->revoked_at = now_;
  if (!is_lost) return;
  ++losses_;
  its->is_lost = true;
}

bool StreamJudge::was_stalled(const Ownership& its) const {
  const Instant stalled = members_.at(its.member).stalled_at;
  return stalled != Instant::min() && stalled + seconds(60) > its.revoked_at.value_or(its.since);
}

void StreamJudge::released(size_t member, int32_t partition, bool is_lost) {
  Ownership& its = *latest(member, partition);
  its.is_over = true;
  its.is_lost = its.is_lost || is_lost;
  if (!its.is_lost) check_release(its);
}

void StreamJudge::check_release(Ownership& its) {
  const Duration took = now_ - *its.revoked_at;
  if (its.under_way > 0) {
    its.is_excused = true;
    // Frozen, it could not hear what its hubs confirmed.
    const bool was_frozen = now_ - members_.at(its.member).last_turn >= kConfirmation;
    if (took < patience() && !was_stalled(its) && !was_frozen) {
      mistake(name_of(its) + " was given back with requests under way after " +
              std::to_string(to_seconds(took)) + " s");
    }
    return;
  }
  const Partition& partition = partitions_[static_cast<size_t>(its.partition)];
  if (!partition.commits_work || was_stalled(its) || took >= patience()) return;
  const int64_t settled = settled_up_to(its);
  const int64_t committed = std::max(broker_.committed(its.partition), int64_t{0});
  if (broker_.first_record_from(its.partition, committed) < settled) {
    mistake(name_of(its) + " was given back with " + std::to_string(committed) +
            " committed, though all is settled up to " + std::to_string(settled));
  }
}

void StreamJudge::entered(size_t member, uint64_t producer, size_t number) {
  const TruthElement& element = truth_.element(number);
  if (!element.is_of_record()) return;
  std::map<uint64_t, size_t>& known = members_[member].ownership_of;
  if (!known.contains(producer)) known[producer] = members_[member].latest.at(element.partition);
  Ownership& its = ownerships_[known[producer]];
  if (its.partition != element.partition) {
    mistake("producer " + std::to_string(producer) + " of " + name_of(its) + " has element " +
            std::to_string(number) + " of partition " + std::to_string(element.partition));
  }
  if (!element.action.has_value()) mistake("a hub was given what nobody may accept");
  if (its.is_over && !its.is_lost && !was_stalled(its)) {
    mistake(name_of(its) + " gives actions to a hub after it was released");
  }
  const auto found = its.to_be_entered.find(element.offset);
  if (found == its.to_be_entered.end()) return;
  if (--found->second == 0) its.to_be_entered.erase(found);
}

void StreamJudge::refused(int32_t partition, int64_t offset, uint32_t index) {
  const TruthElement* const element = truth_.find(partition, offset, index);
  if (element == nullptr) return mistake("a letter is of an element that there is not");
  if (element->action.has_value() && !element->may_be_refused) {
    mistake("element " + std::to_string(index) + " of offset " + std::to_string(offset) +
            " of partition " + std::to_string(partition) + " was refused, though it is good");
  }
}

void StreamJudge::settled(size_t ownership, TruthElement& element) {
  truth_.settle(element);
  Ownership& its = ownerships_[ownership];
  const auto found = its.open.find(element.offset);
  if (found == its.open.end()) return;
  found->second.erase(element.index);
  if (found->second.empty()) its.open.erase(found);
}

void StreamJudge::started(size_t member, uint64_t producer, size_t number) {
  const TruthElement& element = truth_.element(number);
  if (!element.is_of_record()) return;
  Member& its_member = members_[member];
  Ownership& its = ownerships_[its_member.ownership_of.at(producer)];
  ++its.under_way;
  if (its.is_over && !its.is_lost && !was_stalled(its)) {
    mistake(name_of(its) + " starts a request after it was released");
  }
  if (now_ - its_member.last_turn > options_.session_timeout / 2) {
    mistake(name_of(its) + " starts a request though its stream was silent");
  }
  if (!is_proven(its_member, its)) {
    mistake(name_of(its) + " starts a request after a sleep, and no commit was answered");
  }
  if (its.is_lost) {
    if (its.revoked_at < its_member.last_turn) mistake(name_of(its) + " sends though it is lost");
    return;
  }
  for (const Ownership& other : ownerships_) {
    if (other.partition != its.partition || &other == &its || other.under_way == 0) continue;
    if (other.is_lost || other.is_excused || was_stalled(other) || was_stalled(its)) continue;
    mistake(name_of(its) + " starts a request while " + name_of(other) + " has one under way");
  }
}

// Of a partition of which nothing was committed or read there is no offset to ask with.
bool StreamJudge::can_prove(const Member& member) const {
  return std::ranges::any_of(member.latest, [&](const auto& one) {
    const Ownership& its = ownerships_[one.second];
    const bool was_to_go = its.revoked_at.has_value() && *its.revoked_at <= member.slept_from;
    return its.has_offset_since <= member.slept_from && !was_to_go;
  });
}

// What was assigned in its sleep it hears of after it.
bool StreamJudge::is_proven(const Member& member, const Ownership& its) const {
  return its.since > member.slept_from || member.proven_at >= member.slept_until ||
         !can_prove(member);
}

void StreamJudge::started_with(size_t number, double part) {
  const Member& member = members_[number];
  const bool is_silent = now_ - member.last_turn > options_.session_timeout / 2;
  int owned = 0;
  for (const auto& [partition, ownership] : member.latest) {
    const Ownership& its = ownerships_[ownership];
    const bool is_known_to_go = its.revoked_at.has_value() && *its.revoked_at < member.last_turn;
    if (!its.is_over && !is_known_to_go && !is_silent && is_proven(member, its)) ++owned;
  }
  const double most = std::max(kLeastPart, static_cast<double>(owned) / broker_.partitions());
  if (part > most + 1e-9) {
    mistake("member " + std::to_string(number) + " sends with " + std::to_string(part) +
            " of the limit, though " + std::to_string(owned) + " partitions are its own");
  }
}

void StreamJudge::ended(size_t member, uint64_t producer) {
  const std::map<uint64_t, size_t>& known = members_[member].ownership_of;
  const auto found = known.find(producer);
  if (found != known.end()) --ownerships_[found->second].under_way;
}

void StreamJudge::commits_work(int32_t number, bool work) {
  Partition& partition = partitions_[static_cast<size_t>(number)];
  if (work && !partition.commits_work) partition.work_since = now_;
  partition.commits_work = work;
}

bool StreamJudge::has_settled_what_it_may(int32_t partition) {
  const std::optional<size_t> owner = broker_.owner(partition);
  const Ownership* const its = owner.has_value() ? latest(*owner, partition) : nullptr;
  if (its == nullptr || its->is_over || its->revoked_at.has_value() || !its->open.empty()) {
    return false;
  }
  return its->ahead.size() >= members_[*owner].max_ahead;
}

void StreamJudge::check() {
  for (int32_t p = 0; p < broker_.partitions(); ++p) check_commits(p);
  for (const Ownership& its : ownerships_) {
    if (!its.is_over) check_bounds(its);
  }
}

void StreamJudge::check_bounds(const Ownership& its) {
  if (its.to_be_entered.size() > 1) {
    mistake(name_of(its) + " reads on while " + std::to_string(its.to_be_entered.size()) +
            " records wait for room");
  }
  if (!its.revoked_at.has_value() || was_stalled(its)) return;
  const Member& member = members_[its.member];
  const Instant since = std::max(*its.revoked_at, member.awake_since);
  const bool is_silent = now_ - member.last_turn > kAnotherTurn;
  if (is_silent || now_ - since < kConfirmation + patience() + kMostForRest) return;
  mistake(name_of(its) + " was asked to give its partition back, and does not");
}

void StreamJudge::check_commits(int32_t number) {
  Partition& partition = partitions_[static_cast<size_t>(number)];
  const std::optional<size_t> owner = broker_.owner(number);
  Ownership* const its = owner.has_value() ? latest(*owner, number) : nullptr;
  const bool may_expect = its != nullptr && !its->is_over && !its->revoked_at.has_value() &&
                          partition.commits_work && !was_stalled(*its) &&
                          now_ - members_[its->member].last_turn <= kAnotherTurn;
  if (!may_expect) {
    partition.owed.reset();
    return;
  }
  const int64_t committed = std::max(broker_.committed(number), int64_t{0});
  const int64_t covered = broker_.first_record_from(number, committed);
  if (partition.owed.has_value() && covered >= partition.owed->offset) partition.owed.reset();
  const int64_t settled = settled_up_to(*its);
  if (covered >= settled) return;
  if (!partition.owed.has_value()) partition.owed = {.offset = settled, .since = now_};
  const Instant since =
      std::max({partition.owed->since, partition.work_since, members_[its->member].awake_since});
  if (now_ - since > kMostUntilCommit) {
    mistake(name_of(*its) + " has committed " + std::to_string(committed) +
            ", though all was settled up to " + std::to_string(partition.owed->offset) +
            " for long");
  }
}

std::string StreamJudge::name_of(const Ownership& its) const {
  return "member " + std::to_string(its.member) + "'s partition " + std::to_string(its.partition) +
         " (since " + std::to_string(to_seconds(its.since - start_)) + " s)";
}

void StreamJudge::mistake(const std::string& text) {
  mistakes_.push_back("at " + std::to_string(to_seconds(now_ - start_)) + " s: " + text);
}

}  // namespace awps
