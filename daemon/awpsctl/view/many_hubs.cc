#include "daemon/awpsctl/view/many_hubs.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <numeric>
#include <optional>
#include <utility>

#include "base/terminal_text.h"
#include "daemon/awpsctl/figures.h"

namespace awps {

namespace {

constexpr size_t kNamesShown = 3;

// The places that by_trouble() gives a hub.
enum class Rank { kOwnFault, kBehindEndpoint, kWarning, kWell };

bool is_behind_held_endpoint(const HubReading& hub, const StatusReading& status) {
  return std::ranges::any_of(status.endpoints, [&](const EndpointReading& endpoint) {
    return endpoint.url == hub.endpoint && endpoint.state == "held";
  });
}

Rank rank_of(const HubReading& hub, const StatusReading& status) {
  Rank rank = Rank::kWell;
  for (const Note& note : hub_notes(hub)) {
    if (note.severity == Colour::kBad) {
      return is_behind_held_endpoint(hub, status) ? Rank::kBehindEndpoint : Rank::kOwnFault;
    }
    if (note.severity == Colour::kWarning) rank = Rank::kWarning;
  }
  return rank;
}

std::vector<Rank> ranks_of(const StatusReading& status) {
  std::vector<Rank> ranks;
  for (const HubReading& hub : status.hubs) ranks.push_back(rank_of(hub, status));
  return ranks;
}

// Of another form: it counts nothing.
void add(HistogramReading& sum, const HistogramReading& more) {
  if (sum.bounds_seconds.empty()) {
    sum = more;
    return;
  }
  if (sum.bounds_seconds != more.bounds_seconds || sum.counts.size() != more.counts.size()) return;
  for (size_t i = 0; i < sum.counts.size(); ++i) sum.counts[i] += more.counts[i];
}

void add(ActionReading& sum, const ActionReading& more) {
  for (const auto member :
       {&ActionReading::accepted, &ActionReading::queued, &ActionReading::active,
        &ActionReading::deferred, &ActionReading::delivered, &ActionReading::superseded,
        &ActionReading::dead_lettered, &ActionReading::expired, &ActionReading::abandoned,
        &ActionReading::returned, &ActionReading::target_gone}) {
    sum.*member += more.*member;
  }
}

void add(RequestReading& sum, const RequestReading& more) {
  for (const auto member :
       {&RequestReading::started, &RequestReading::in_flight, &RequestReading::throttled,
        &RequestReading::retries, &RequestReading::splits, &RequestReading::answers_4xx,
        &RequestReading::answers_5xx, &RequestReading::answers_other,
        &RequestReading::transport_errors, &RequestReading::charged_answered,
        &RequestReading::charged_healthy}) {
    sum.*member += more.*member;
  }
}

// Of those that have one: the worst state, and what all have on disk.
std::optional<LogReading> sum_of_logs(const std::vector<HubReading>& hubs) {
  std::optional<LogReading> sum;
  for (const HubReading& hub : hubs) {
    if (!hub.log) continue;
    if (!sum) sum.emplace();
    sum->bytes += hub.log->bytes;
    sum->tail_records += hub.log->tail_records;
    if (sum->state != "failed" && hub.log->state != "direct") sum->state = hub.log->state;
  }
  return sum;
}

// Notes with one text for several hubs.
struct Group {
  size_t first = 0;  // its place among all notes
  std::vector<std::string> hubs;
};

}  // namespace

std::vector<size_t> by_trouble(const StatusReading& status) {
  const std::vector<Rank> ranks = ranks_of(status);
  std::vector<size_t> places(status.hubs.size());
  std::iota(places.begin(), places.end(), 0);
  std::ranges::stable_sort(places, {}, [&](size_t place) { return ranks[place]; });
  return places;
}

size_t in_trouble(const StatusReading& status) {
  const auto is_in_trouble = [](Rank rank) { return rank != Rank::kWell; };
  return static_cast<size_t>(std::ranges::count_if(ranks_of(status), is_in_trouble));
}

HubReading sum_of(const std::vector<HubReading>& hubs) {
  HubReading sum;
  sum.name = "all " + counted(hubs.size(), "hub");
  sum.worker_answered = !hubs.empty();
  for (const HubReading& hub : hubs) {
    add(sum.actions, hub.actions);
    add(sum.requests, hub.requests);
    add(sum.delivery, hub.delivery);
    add(sum.request, hub.request);
    sum.concurrency += hub.concurrency;
    sum.max_in_flight += hub.max_in_flight;
    sum.held_bytes += hub.held_bytes;
    sum.max_bytes += hub.max_bytes;
    sum.lanes += hub.lanes;
    sum.blocked_lanes += hub.blocked_lanes;
    sum.dead_letters += hub.dead_letters;
    sum.busy_seconds += hub.busy_seconds;
  }
  sum.log = sum_of_logs(hubs);
  return sum;
}

std::vector<Note> notes_of_hubs(const std::vector<HubReading>& hubs) {
  std::vector<Note> all;
  std::map<std::string, Group> groups;  // by what is said of all
  for (const HubReading& hub : hubs) {
    for (Note& note : hub_notes(hub)) {
      if (note.severity == Colour::kPlain && hubs.size() > kFew) continue;
      Group& group = groups[note.of_many];
      if (group.hubs.empty()) group.first = all.size();
      group.hubs.push_back(printable(hub.name));
      all.push_back(std::move(note));
    }
  }
  std::vector<Note> notes;
  for (size_t i = 0; i < all.size(); ++i) {
    const Group& group = groups[all[i].of_many];
    if (all[i].of_many.empty() || group.hubs.size() <= kFew) {
      notes.push_back(std::move(all[i]));
    } else if (group.first == i) {
      notes.push_back(
          {all[i].severity, "hubs " + some_of(group.hubs), all[i].of_many, all[i].remedy_of_many});
    }
  }
  return notes;
}

std::string some_of(const std::vector<std::string>& names) {
  if (names.size() <= kNamesShown + 1) return joined(names, ", ");
  const std::vector<std::string> shown(names.begin(), names.begin() + kNamesShown);
  return joined(shown, ", ") + " and " + count_text(names.size() - kNamesShown) + " more";
}

}  // namespace awps
