#include "hub/gatherer.h"

#include <algorithm>

#include "base/hash.h"
#include "base/release_memory.h"
#include "coalesce/bulk_membership.h"
#include "coalesce/fan_out.h"

namespace awps {

Gatherer::Gatherer(const CoalesceOptions& options, size_t url_prefix_bytes,
                   const EndpointState& endpoint)
    : options_(options),
      url_prefix_bytes_(url_prefix_bytes),
      endpoint_(endpoint),
      merge_rules_(options.merge),
      fan_outs_({.units_per_second = options.fan_out_per_second}) {}

void Gatherer::options_changed() {
  merge_rules_ = MergeRules(options_.merge);
  fan_outs_.set_options({.units_per_second = options_.fan_out_per_second});
}

const CoalesceOptions::Merge* Gatherer::merge_rule_for(const Action& action) const {
  const bool is_under_rules = options_.enabled && !options_.merge.empty();
  return is_under_rules ? merge_rules_.rule_for(action) : nullptr;
}

// A change of membership is worth its moment: it never waits for the sake of a batch.
bool Gatherer::gains_by_waiting(const Entry& entry) const {
  const Action action = entry.action();
  return options_.enabled && is_send(action.kind) &&
         (entry.merge_rule() != nullptr || entry.is_remembered || may_fan_out(action, options_));
}

// 0: it never goes by filter.
uint64_t Gatherer::group_key_of(const Action& action) const {
  if (!options_.enabled) return 0;
  if (may_fan_out(action, options_)) return message_hash(action);
  return may_be_bulk(action, options_) ? change_hash(action) : 0;
}

void Gatherer::add_ready(Entry& entry) {
  if (!addresses_member(entry.kind())) return;  // a filter would name nobody
  const uint64_t key = group_key_of(entry.action());
  if (key != 0) groups_.add(entry, key);
}

size_t Gatherer::ready_alike(const Action& action) const {
  return groups_.count_of(group_key_of(action));
}

const Gathered& Gatherer::gather(Entry& lead, bool crowded, Instant now) {
  gathered_.form = OperationForm::kSingle;
  gathered_.entries.assign(1, &lead);
  gathered_.url_bytes = 0;
  if (lead.merge_rule() != nullptr) {
    gather_lane(lead, now);
    gathered_.form = OperationForm::kMerge;
  } else if (crowded && lead.turn->group_key != 0 && group_key_of(lead.action()) != 0) {
    const bool is_message = is_send(lead.kind());
    const bool found = is_message ? gather_fan_out(lead, now) : gather_bulk(lead, now);
    if (found) {
      gathered_.form = is_message ? OperationForm::kFanOut : OperationForm::kBulkMembership;
    } else {
      gathered_.entries.resize(1);
    }
  }
  return gathered_;
}

void Gatherer::gather_lane(Entry& lead, Instant now) {
  if (lead.links().empty() || endpoint_.bounds().is_off(CoalescingRule::kMerge, now)) return;
  const CoalesceOptions::Merge& rule = *lead.merge_rule();
  const size_t most = endpoint_.bounds().body_bytes.limit(rule.max_bytes, now);
  size_t bytes = lead.accepted->data_size();
  const LaneLink* link = lead.links()[0].next;
  for (; link != nullptr; link = link->next) {
    Entry& entry = *link->entry();
    const bool waits_here_alone =
        entry.state == EntryState::kQueued && !link->open && entry.blocked_by == 1;
    if (!waits_here_alone || entry.merge_rule() != &rule) return;
    if (!merges_with(lead.action(), entry.action())) return;
    bytes += entry.accepted->data_size();
    if (merged_size(rule.format, gathered_.entries.size() + 1, bytes) > most) return;
    gathered_.entries.push_back(&entry);
  }
}

bool Gatherer::gather_fan_out(Entry& lead, Instant now) {
  if (endpoint_.bounds().is_off(CoalescingRule::kFanOut, now)) return false;
  if (groups_.group_of(lead).count < options_.fan_out_min || fan_outs_.earliest() > now) {
    return false;
  }
  gather_group(lead, url_prefix_bytes_ + encoded_filter_frame(receivers_of(lead.action())), now);
  return gathered_.entries.size() >= options_.fan_out_min && fan_outs_.take(1, now);
}

bool Gatherer::gather_bulk(Entry& lead, Instant now) {
  if (endpoint_.bounds().is_off(CoalescingRule::kBulkMembership, now)) return false;
  gather_group(lead, encoded_filter_frame(receivers_of(lead.action())), now);
  return gathered_.entries.size() > 1;
}

bool Gatherer::alike(const Entry& a, const Entry& b) const {
  return is_send(a.kind()) ? same_message(a.action(), b.action())
                           : same_change(a.action(), b.action());
}

void Gatherer::gather_group(Entry& lead, size_t frame_bytes, Instant now) {
  static constexpr size_t kPassedOver = 8;  // of those that do not fit, more than of those that do
  const LearntBounds& bounds = endpoint_.bounds();
  const size_t most_names = bounds.filter_names.limit(options_.max_members, now);
  const size_t most_bytes = bounds.url_bytes.limit(options_.max_url_bytes, now);
  size_t bytes = frame_bytes + encoded_filter_item(lead.action().member);
  names_.clear();
  names_.insert(hash_of(lead.action().member, 0));
  size_t passed_over = 0;
  for (Entry* entry = groups_.group_of(lead).first;
       entry != nullptr && gathered_.entries.size() < most_names &&
       passed_over < gathered_.entries.size() + kPassedOver;
       entry = entry->turn->next_alike) {
    if (entry == &lead) continue;
    const std::string_view name = entry->action().member;
    const size_t more = encoded_filter_item(name);
    const bool fits =
        bytes + more <= most_bytes && alike(lead, *entry) && names_.insert(hash_of(name, 0)).second;
    if (!fits) {
      ++passed_over;
      continue;
    }
    bytes += more;
    gathered_.entries.push_back(entry);
  }
  gathered_.url_bytes = bytes;
}

void Gatherer::release_memory() {
  groups_.release_memory();
  release_memory_of(gathered_.entries);
  release_memory_of(names_);
}

}  // namespace awps
