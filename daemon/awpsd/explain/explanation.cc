#include "daemon/awpsd/explain/explanation.h"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <utility>

#include "daemon/awpsd/explain/words.h"

namespace awps {

namespace {

ExplainedRequest explained(const SimulatedRequest& simulated, const ExplainInput& input) {
  const Operation& operation = simulated.operation;
  const ServiceRequest& request = simulated.request;
  ExplainedRequest result{.at = simulated.at - Simulation::kStart,
                          .method = name_of(request.method),
                          .url = request.url,
                          .body_bytes = request.body.size(),
                          .form = operation.present_form(),
                          .kind = operation.action().kind,
                          .was_held = simulated.was_held,
                          .reason = reason_of(simulated, input)};
  const bool is_bulk = result.form == OperationForm::kBulkMembership || is_bulk_change(result.kind);
  if (is_bulk) result.written_body = request.body;
  for (const Member& member : operation.members) {
    result.seqs.push_back(member.entry->accepted->seq);
  }
  std::ranges::sort(result.seqs);
  if (simulated.was_held) {
    const bool lingers = simulated.rules.linger > Duration::zero();
    result.reason.text +=
        lingers ? "; until now order or linger held it back" : "; until now order held it back";
  }
  return result;
}

void count_superseded(ExplainedHub& hub) {
  boost::unordered_flat_map<uint64_t, size_t> counts;
  for (const auto& [earlier, last] : last_successors(hub.with.ends)) ++counts[last];
  for (ExplainedRequest& request : hub.requests) {
    for (const uint64_t seq : request.seqs) {
      const auto count = counts.find(seq);
      if (count != counts.end()) request.superseded += count->second;
    }
    if (request.superseded == 0) continue;
    request.reason.text +=
        "; in the place of " + std::to_string(request.superseded) + " superseded";
  }
}

Plan without_coalescing(Plan plan) {
  for (HubPlan& hub : plan.hubs) hub.config.coalesce.enabled = false;
  return plan;
}

}  // namespace

std::vector<ExplainedHub> explain_input(const ExplainInput& input, const Plan& plan,
                                        Duration round_trip) {
  std::vector<ExplainedHub> hubs;
  for (const HubPlan& hub : plan.hubs) {
    hubs.push_back({.hub = hub.hub,
                    .url = hub.endpoint_url + "/api/hubs/" + hub.hub,
                    .rules = rules_text(pipeline_options(hub))});
  }
  std::vector<SimulatedHub> with =
      Simulation(plan, round_trip).run(input, [&](const SimulatedRequest& request) {
        hubs[request.hub].requests.push_back(explained(request, input));
      });
  std::vector<SimulatedHub> without =
      Simulation(without_coalescing(plan), round_trip).run(input, nullptr);
  for (size_t i = 0; i < hubs.size(); ++i) {
    hubs[i].with = std::move(with[i]);
    hubs[i].without = std::move(without[i]);
    count_superseded(hubs[i]);
  }
  return hubs;
}

std::string_view replacing_rule(const ExplainInput& input, const SimulatedEnd& end) {
  return is_send(input.actions[end.seq - 1]->kind) ? "conflate" : "supersede";
}

std::vector<std::pair<uint64_t, uint64_t>> last_successors(const std::vector<SimulatedEnd>& ends) {
  std::vector<std::pair<uint64_t, uint64_t>> pairs;
  for (const SimulatedEnd& end : ends) {
    if (end.kind == OutcomeKind::kSuperseded) pairs.emplace_back(end.seq, end.by_seq);
  }
  std::ranges::sort(pairs);
  // A successor was accepted later: seen from the last, each one's own end is known before it.
  boost::unordered_flat_map<uint64_t, uint64_t> last_of;
  for (auto pair = pairs.rbegin(); pair != pairs.rend(); ++pair) {
    const auto next = last_of.find(pair->second);
    if (next != last_of.end()) pair->second = next->second;
    last_of.emplace(pair->first, pair->second);
  }
  return pairs;
}

}  // namespace awps
