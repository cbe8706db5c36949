#include "daemon/awpsd/explain/reason.h"

#include <algorithm>

#include "base/pattern.h"
#include "base/terminal_text.h"
#include "coalesce/bulk_membership.h"
#include "coalesce/fan_out.h"
#include "coalesce/merge.h"
#include "daemon/awpsd/explain/words.h"

namespace awps {

namespace {

std::string in_quotes(std::string_view name) {
  return "'" + printable(name) + "'";
}

const CoalesceOptions::Merge* rule_of_group(const CoalesceOptions& rules, std::string_view group) {
  const auto found = std::ranges::find_if(rules.merge, [&](const CoalesceOptions::Merge& rule) {
    return matches_pattern(rule.groups, group);
  });
  return found == rules.merge.end() ? nullptr : &*found;
}

Reason slash_in_name() {
  return {"slash_in_name", "its name has a '/', which no filter of ours may hold"};
}

Reason permits_sufficed(const SimulatedRequest& request) {
  return {"permits_sufficed", "permits sufficed: " + crowd_of(request)};
}

// A send to a user or a connection that went alone.
Reason why_no_fan_out(const SimulatedRequest& request) {
  using FanOut = CoalesceOptions::FanOut;
  const Action action = request.operation.action();
  const CoalesceOptions& rules = request.rules;
  if (rules.fan_out == FanOut::kOff) return {"rule_off", "coalesce.fan_out is off"};
  if (action.kind == ActionKind::kSendToConnection && rules.fan_out == FanOut::kUsers) {
    return {"rule_off", "coalesce.fan_out takes users only"};
  }
  if (action.options->filter) return {"own_filter", "it has a filter of its own"};
  if (!may_be_named(action.member)) return slash_in_name();
  if (!may_fan_out(action, rules)) return {"not_fanned_out", "it never goes by filter"};
  if (request.waiting <= request.permits) return permits_sufficed(request);
  const size_t alike = 1 + request.pipeline.gatherer().ready_alike(action);
  const std::string least = "fan_out_min is " + std::to_string(rules.fan_out_min);
  if (alike < rules.fan_out_min) {
    return {"too_few_alike", number_of(alike, "send") + " of this message " +
                                 (alike == 1 ? "was" : "were") + " ready, and " + least};
  }
  if (request.pipeline.gatherer().next_fan_out() > request.at) {
    return {"fan_out_rate",
            "fan_out_per_second (" + number_text(rules.fan_out_per_second) +
                ") permits the next at " +
                time_text(request.pipeline.gatherer().next_fan_out() - Simulation::kStart)};
  }
  return {"too_few_names",
          "one request takes too few of the ready sends of this message (each name once, "
          "max_members, max_url_bytes), and " +
              least};
}

// A change of membership that went alone.
Reason why_no_bulk(const SimulatedRequest& request) {
  const Action action = request.operation.action();
  if (!request.rules.bulk_membership) {
    return {"rule_off", "coalesce.bulk_membership is off"};
  }
  if (!may_be_bulk(action, request.rules)) return slash_in_name();
  if (request.waiting <= request.permits) return permits_sufficed(request);
  if (request.pipeline.gatherer().ready_alike(action) == 0) {
    return {"too_few_alike", "no other " + std::string(name_of(action.kind)) + " of group " +
                                 in_quotes(action.group) + " was ready"};
  }
  return {"too_few_names", "no other ready change fits into its filter"};
}

// A group's message that is under no rule.
Reason why_no_merge(const SimulatedRequest& request) {
  const Action action = request.operation.action();
  const CoalesceOptions::Merge* rule = rule_of_group(request.rules, action.group);
  if (rule == nullptr) {
    return {"no_merge_rule", "no merge rule fits group " + in_quotes(action.group)};
  }
  const std::string_view wants = rule->format == MergeFormat::kJsonArray
                                     ? "takes dataType json alone"
                                     : "takes dataType text without line feeds alone";
  return {"other_data", "the merge rule " + in_quotes(rule->groups) + " " + std::string(wants)};
}

Reason why_single(const SimulatedRequest& request) {
  using enum ActionKind;
  const ActionKind kind = request.operation.action().kind;
  if (!request.rules.enabled) return {"coalescing_off", "coalesce.enabled is false"};
  switch (kind) {
    case kSendToUser:
    case kSendToConnection:
      return why_no_fan_out(request);
    case kSendToGroup:
      return why_no_merge(request);
    case kAddUserToGroup:
    case kRemoveUserFromGroup:
    case kAddConnectionToGroup:
    case kRemoveConnectionFromGroup:
      return why_no_bulk(request);
    case kSendToAll:
    case kRemoveUserFromAllGroups:
    case kCloseAllConnections:
    case kCloseClientConnection:
    case kCloseGroupConnections:
    case kGrantPermission:
    case kRevokePermission:
    case kCloseUserConnections:
    case kRemoveConnectionFromAllGroups:
    case kAddConnectionsToGroups:
    case kRemoveConnectionsFromGroups:
      break;
  }
  return {"always_single", "no rule puts " + std::string(name_of(kind)) + " together with others"};
}

// What kept the next one of the lane out of the merged message; empty: there is none.
std::string end_of_merge(const SimulatedRequest& request, const ExplainInput& input) {
  const Entry& last = *request.operation.members.back().entry;
  const CoalesceOptions::Merge& rule = *last.merge_rule();
  if (last.links().empty()) return "unordered: it waits for no other";
  const LaneLink* link = last.links()[0].next;
  if (link == nullptr) return {};
  const Entry& next = *link->entry();
  const std::string line = "line " + place_text(input, next.accepted->seq) + ", the next one, ";
  if (next.merge_rule() != &rule) return line + "is under another rule or none";
  if (!merges_with(request.operation.action(), next.action())) {
    return line + "differs in excluded, filter or messageTtlSeconds";
  }
  if (next.blocked_by != 1) return line + "waits for something else, too";
  return line + "would exceed max_bytes (" + size_text(rule.max_bytes) + ")";
}

Reason why_merged(const SimulatedRequest& request, const ExplainInput& input) {
  const size_t count = request.operation.members.size();
  const std::string end = end_of_merge(request, input);
  const std::string group = "group " + in_quotes(request.operation.action().group);
  if (count > 1) {
    return {"merge", std::to_string(count) + " consecutive messages of " + group +
                         (end.empty() ? "" : "; " + end)};
  }
  const bool is_array =
      request.operation.members.front().entry->merge_rule()->format == MergeFormat::kJsonArray;
  return {"merge_of_one", "one message of " + group + (is_array ? ", in an array of one; " : "; ") +
                              (end.empty() ? "no other waited behind it" : end)};
}

Reason why_by_filter(const SimulatedRequest& request) {
  const Operation& operation = request.operation;
  const size_t count = operation.members.size();
  const std::string_view most = count == request.rules.max_members ? " (max_members)" : "";
  if (operation.form == OperationForm::kFanOut) {
    return {"fan_out",
            number_of(count, "send") + std::string(most) + " of one message; " + crowd_of(request)};
  }
  return {"bulk_membership", std::to_string(count) + std::string(most) + " " +
                                 std::string(name_of(operation.action().kind)) + " of group " +
                                 in_quotes(operation.action().group) + "; " + crowd_of(request)};
}

}  // namespace

std::string crowd_of(const SimulatedRequest& request) {
  return std::to_string(request.waiting) + (request.waiting == 1 ? " was" : " were") +
         " ready and " + number_of(request.permits, "permit") + " free";
}

Reason reason_of(const SimulatedRequest& request, const ExplainInput& input) {
  switch (request.operation.present_form()) {
    case OperationForm::kFanOut:
    case OperationForm::kBulkMembership:
      return why_by_filter(request);
    case OperationForm::kMerge:
      return why_merged(request, input);
    case OperationForm::kSingle:
      break;
  }
  return why_single(request);
}

}  // namespace awps
