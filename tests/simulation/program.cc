#include "tests/simulation/program.h"

#include <algorithm>
#include <array>

#include "action/encoder.h"
#include "tests/simulation/coalesce_rules.h"

namespace awps {

namespace {

using enum ActionKind;
using std::chrono::milliseconds;

constexpr std::array<std::string_view, 8> kUsers = {"Ann", "ann",     "o'hara",  "true) or (true",
                                                    "a/b", "日本 語", "x','Ann", "a%2Fb"};
constexpr std::array<std::string_view, 8> kConnections = {"c1", "C1",  "c'2", "c/4",
                                                          "c5", "c 6", "c7",  "c%2F4"};
constexpr std::array<std::string_view, 6> kGroups = {"tele", "log 1", "g", "G", "room'1", "live/1"};
constexpr std::array<std::string_view, 3> kKeys = {"k", "K", "k2"};
constexpr std::array<std::string_view, 4> kFilters = {"'g' in groups",
                                                      "userId eq 'Ann' or 'tele' in Groups",
                                                      "userId eq 'o''hara'", "true) or (true"};
constexpr std::array<std::string_view, 4> kBulkFilters = {
    "'g' in groups", "userId in ('Ann','a/b')", "connectionId ne 'c1'", "true) or (true"};
constexpr std::array<std::string_view, 4> kTexts = {"hi", "two\nlines", "", "[1,2]"};
constexpr std::array<std::string_view, 4> kJsons = {"1", " [1, [2]] ", R"({"a":"],\"}"})",
                                                    R"("a,b")"};

std::vector<model::Client> all_clients() {
  std::vector<model::Client> clients;
  for (size_t i = 0; i < kConnections.size(); ++i) {
    clients.push_back({.id = std::string(kConnections[i]), .user = std::string(kUsers[i])});
  }
  clients.push_back({.id = "second of Ann", .user = "Ann"});
  clients.push_back({.id = "anonymous"});
  return clients;
}

}  // namespace

Program::Program(uint64_t seed) : seed_(seed), random_(seed) {
  choose_options();
  choose_coalescing();
  choose_moods();
  choose_traffic();
  add_steps();
  choose_withdrawn();
  relate();
}

std::vector<model::Client> Program::clients() const {
  Random random(seed_ ^ 0xc11e7U);
  std::vector<model::Client> clients = all_clients();
  for (model::Client& client : clients) {
    for (const std::string_view group : kGroups) {
      if (random.chance(0.5)) client.groups.emplace(group);
    }
  }
  return clients;
}

void Program::choose_options() {
  hub_.hub = "chat";
  if (random_.chance(0.08)) hub_.order.ordering = Ordering::kStrict;
  if (random_.chance(0.08)) hub_.order.ordering = Ordering::kNone;
  hub_.give_up_ambiguous = random_.chance(0.1);
  hub_.max_in_flight = random_.chance(0.5) ? 1 : static_cast<uint32_t>(2 + random_.below(3));
  if (random_.chance(0.2)) hub_.requests_per_second = static_cast<double>(5 + random_.below(60));
  hub_.retry.max_attempts = random_.chance(0.15) ? 3 : 100'000;
  hub_.retry.max_age = std::chrono::hours(100);
  hub_.retry.max = milliseconds(200 + random_.below(3000));
}

void Program::choose_coalescing() {
  CoalesceOptions& rules = hub_.coalesce;
  rules.supersede = random_.chance(0.85);
  rules.conflate = random_.chance(0.85);
  using FanOut = CoalesceOptions::FanOut;
  rules.fan_out = random_.chance(0.8) ? FanOut::kUsersAndConnections
                                      : (random_.chance(0.5) ? FanOut::kUsers : FanOut::kOff);
  rules.fan_out_min = static_cast<uint32_t>(2 + random_.below(random_.chance(0.7) ? 2 : 7));
  rules.fan_out_per_second = random_.chance(0.8) ? 1e6 : 5;
  rules.bulk_membership = random_.chance(0.7);
  rules.max_members = static_cast<uint32_t>(2 + random_.below(19));
  rules.max_url_bytes = random_.chance(0.5) ? 6144 : 150 + random_.below(250);
  if (random_.chance(0.2)) rules.linger = milliseconds(1 + random_.below(300));
  if (random_.chance(0.7)) {
    const bool all = random_.chance(0.2);
    rules.merge.push_back({.groups = all ? "*" : "tele",
                           .format = MergeFormat::kJsonArray,
                           .max_bytes = 4 + random_.below(60)});
  }
  if (random_.chance(0.6)) {
    rules.merge.push_back(
        {.groups = "log*", .format = MergeFormat::kLines, .max_bytes = 4 + random_.below(60)});
  }
  hub_.url_prefix_bytes = kBroadcastPrefix.size() + sizeof "&messageTtlSeconds=300" - 1;
}

void Program::choose_moods() {
  if (random_.chance(0.6)) moods_.failure_chance = 0.05 + 0.4 * random_.unit();
  if (random_.chance(0.15)) moods_.most_url_bytes = 120 + random_.below(200);
  if (random_.chance(0.15)) moods_.most_body_bytes = 12 + random_.below(40);
  if (random_.chance(0.15)) moods_.most_names = 2 + random_.below(3);
  moods_.forbids_filters = random_.chance(0.08);
  moods_.most_latency_ms = random_.chance(0.2) ? 0 : 1 + random_.below(60);
}

void Program::choose_traffic() {
  kind_weights_.assign(kActionKinds, 1);
  const auto weigh = [&](ActionKind kind, double weight) {
    kind_weights_[static_cast<size_t>(kind)] = weight;
  };
  weigh(kCloseAllConnections, 0.15);
  weigh(kCloseGroupConnections, 0.3);
  weigh(kCloseClientConnection, 0.4);
  weigh(kCloseUserConnections, 0.4);
  for (const ActionKind kind :
       {kRemoveConnectionFromAllGroups, kAddConnectionsToGroups, kRemoveConnectionsFromGroups}) {
    weigh(kind, 0.5);
  }
  switch (random_.below(6)) {
    case 0:  // notifications
      weigh(kSendToUser, 40);
      weigh(kSendToConnection, 10);
      break;
    case 1:  // memberships
      for (const ActionKind kind : {kAddUserToGroup, kRemoveUserFromGroup, kAddConnectionToGroup,
                                    kRemoveConnectionFromGroup}) {
        weigh(kind, 12);
      }
      weigh(kRemoveUserFromAllGroups, 3);
      weigh(kRemoveConnectionFromAllGroups, 3);
      weigh(kAddConnectionsToGroups, 2);
      weigh(kRemoveConnectionsFromGroups, 2);
      break;
    case 2:  // telemetry
      weigh(kSendToGroup, 40);
      break;
    case 3:  // permissions, and other things of one connection
      weigh(kGrantPermission, 6);
      weigh(kRevokePermission, 6);
      weigh(kSendToConnection, 4);
      break;
    default:
      break;
  }
  names_ = 2 + random_.below(kUsers.size() - 1);
  groups_ = 1 + random_.below(random_.chance(0.5) ? 2 : kGroups.size());
  repeated_payload_ = random_.chance(0.4) ? 0.95 : random_.unit();
  json_ = random_.chance(0.4) ? 0.5 : static_cast<double>(random_.below(2));
  with_key_ = random_.chance(0.5) ? 0.7 * random_.unit() : 0;
  with_time_to_live_ = random_.chance(0.4) ? 0.5 * random_.unit() : 0;
  with_order_ = random_.chance(0.4) ? 0.3 * random_.unit() : 0;
  with_poison_ = random_.chance(0.3) ? 0.1 * random_.unit() : 0;
  producers_ = 1 + random_.below(3);
  arrivals_within_ = milliseconds(random_.chance(0.5) ? 5 : 50 + random_.below(3000));
  if (random_.chance(0.25)) choose_trouble();
}

// Much that is parked together while what could take its place arrives.
void Program::choose_trouble() {
  hub_.retry.base = milliseconds(500);
  hub_.max_in_flight = static_cast<uint32_t>(1 + random_.below(2));
  moods_.failure_chance = 0.6;
  with_key_ = 0.6;
  with_order_ = 0;
  groups_ = 1;
  names_ = 3 + random_.below(3);
  producers_ = 1;
  arrivals_within_ = milliseconds(100 + random_.below(900));
}

// From a stream of chance of its own: the programs stay what they were.
void Program::choose_withdrawn() {
  Random random(seed_ ^ 0x57eaU);
  if (!random.chance(0.2)) return;
  const Duration within = arrivals_within_ + milliseconds(random.below(3000));
  withdrawn_ = {
      .producer = 1 + random.below(producers_),
      .at = Duration(static_cast<int64_t>(random.below(static_cast<uint64_t>(within.count()))))};
}

std::string_view Program::random_data(const Action& action) {
  const bool is_json = action.data_type == DataType::kJson;
  if (random_.chance(repeated_payload_)) {
    const size_t which = random_.chance(0.8) ? 0 : random_.below(kTexts.size());
    return is_json ? kJsons[which] : kTexts[which];
  }
  const std::string number = std::to_string(steps_.size());
  return arena_.copy(is_json ? number : "m" + number);
}

const ActionOptions& Program::random_options(ActionKind kind) {
  ActionOptions options;
  if (random_.chance(with_order_)) options.ordering_key = kKeys[random_.below(2)];
  if (kind == kGrantPermission || kind == kRevokePermission) {
    options.target_name = kGroups[random_.below(groups_)];
  }
  if (is_bulk_change(kind)) {
    options.filter = kBulkFilters[random_.below(random_.chance(0.1) ? 4 : 3)];
    const size_t first = random_.below(groups_);
    options.groups = std::span(kGroups).subspan(first, 1 + random_.below(groups_ - first));
  }
  if (takes_excluded(kind) && random_.chance(kind == kCloseAllConnections ? 0.9 : 0.15)) {
    std::array<std::string_view, 4> list;
    for (std::string_view& id : list) id = kConnections[random_.below(kConnections.size())];
    auto* copy =
        static_cast<std::string_view*>(arena_.allocate(sizeof list, alignof(std::string_view)));
    std::ranges::uninitialized_copy(list, std::span(copy, list.size()));
    options.excluded = {copy, 1 + random_.below(list.size())};
  }
  if (!is_send(kind)) {
    const bool has_reason = is_close(kind) && kind != kCloseClientConnection;
    if (has_reason && random_.chance(0.2)) options.reason = "enough";
    return *arena_.make(options);
  }
  if (random_.chance(with_key_)) options.conflation_key = kKeys[random_.below(kKeys.size())];
  if (random_.chance(0.1)) {
    options.message_ttl_seconds = static_cast<uint16_t>(random_.below(2) * 300);
  }
  if (kind != kSendToConnection && random_.chance(0.12)) {
    options.filter = kFilters[random_.below(kFilters.size())];
  }
  return *arena_.make(options);
}

Action Program::random_action() {
  double sum = 0;
  for (const double weight : kind_weights_) sum += weight;
  double point = random_.unit() * sum;
  size_t kind = 0;
  while (kind + 1 < kActionKinds && point >= kind_weights_[kind]) point -= kind_weights_[kind++];
  Action action{.kind = static_cast<ActionKind>(kind)};
  if (addresses_user(action.kind)) action.member = kUsers[random_.below(names_)];
  if (addresses_connection(action.kind)) action.member = kConnections[random_.below(names_)];
  if (has_group(action.kind)) action.group = kGroups[random_.below(groups_)];
  if (is_send(action.kind)) {
    action.data_type = random_.chance(json_) ? DataType::kJson : DataType::kText;
    if (random_.chance(0.02)) action.data_type = DataType::kBinary;
    action.data = random_data(action);
  }
  action.unordered = may_be_unordered(action.kind) && random_.chance(0.08);
  if (random_.chance(0.3)) action.permission = Permission::kJoinLeaveGroup;
  if (random_.chance(with_time_to_live_)) {
    action.time_to_live = milliseconds(1 + random_.below(2000));
  }
  action.options = &random_options(action.kind);
  return action;
}

void Program::add_steps() {
  const size_t count = 8 + random_.below(random_.chance(0.1) ? 90 : 40);
  uint32_t batches = 0;
  while (steps_.size() < count) {
    Step step;
    step.at = Duration(
        static_cast<int64_t>(random_.below(static_cast<uint64_t>(arrivals_within_.count()))));
    step.batch = ++batches;
    step.producer = 1 + random_.below(producers_);
    if (random_.chance(0.2 * with_order_)) step.ordered_batch = batches;
    for (uint64_t left = 1 + random_.below(8); left > 0; --left) {
      step.action = random_action();
      step.poisoned = random_.chance(with_poison_);
      steps_.push_back(step);
    }
  }
  std::ranges::stable_sort(steps_, {}, &Step::at);
}

void Program::relate() {
  relations_.assign(steps_.size() * steps_.size(), kNone);
  for (size_t later = 0; later < steps_.size(); ++later) {
    const OrderedAction of_later = steps_[later].ordered();
    for (size_t earlier = 0; earlier < later; ++earlier) {
      const OrderedAction of_earlier = steps_[earlier].ordered();
      if (!must_wait(of_later, of_earlier, hub_.order.ordering)) continue;
      uint8_t relation = kMustWait;
      if (wait_only_as_values(of_later, of_earlier, hub_)) relation |= kValues;
      if (hub_.order.ordering == Ordering::kTarget &&
          waits_only_as_logout_barrier(of_later, of_earlier)) {
        relation |= kLogoutOnly;
      }
      if (hub_.order.ordering != Ordering::kStrict && of_later.producer != of_earlier.producer &&
          !asked_for_order(of_later, of_earlier)) {
        relation |= kStrangers;
      }
      relations_[later * steps_.size() + earlier] = relation;
    }
  }
}

std::string Program::text_of(const std::vector<bool>& kept) const {
  std::string text;
  if (withdrawn_.producer != 0) {
    text = "# producer " + std::to_string(withdrawn_.producer) + " is withdrawn at " +
           std::to_string(to_seconds(withdrawn_.at)) + " s\n";
  }
  uint32_t batch = 0;
  for (size_t i = 0; i < steps_.size(); ++i) {
    if (!kept[i]) continue;
    const Step& step = steps_[i];
    if (step.batch != batch) {
      text += "# at " + std::to_string(to_seconds(step.at)) + " s, producer " +
              std::to_string(step.producer) +
              (step.ordered_batch != 0 ? ", an ordered batch\n" : "\n");
    }
    batch = step.batch;
    text += std::to_string(i) + (step.poisoned ? " (poison) " : " ");
    append_action(text, step.action);
    text += '\n';
  }
  return text;
}

}  // namespace awps
