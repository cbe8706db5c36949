#include "tests/simulation/stream_records.h"

#include <array>

#include "action/encoder.h"
#include "tests/simulation/stream_service.h"

namespace awps {

namespace {

using enum ActionKind;

constexpr std::array<ActionKind, 8> kKinds = {
    kSendToGroup, kSendToGroup,    kSendToGroup,         kSendToUser,
    kSendToUser,  kAddUserToGroup, kRemoveUserFromGroup, kCloseUserConnections};
constexpr std::array<std::string_view, 2> kKeys = {"k", "l"};
constexpr std::array<std::string_view, 5> kBrokenRecords = {
    "{", "[{\"actionName\":\"sendToAll\"", R"({"actionName":"fly"})", R"({"hello":{"name":"x"}})",
    "\xff\xfe"};
constexpr std::array<std::string_view, 2> kNothing = {"[]", "  "};

}  // namespace

size_t StreamRecords::add(TruthElement element) {
  return truth_.add(std::move(element));
}

Action StreamRecords::random_action(int32_t partition) {
  Action action{.kind = kKinds[random_.below(kKinds.size())]};
  if (random_.chance(0.02)) action.kind = kSendToAll;
  // Targets are a partition's own, as keys demand; a few are shared with sockets and others.
  const std::string of = random_.chance(0.1) ? "" : std::to_string(partition);
  if (has_group(action.kind)) {
    action.group = arena_.copy("g" + std::to_string(random_.below(2)) + "-" + of);
    const bool is_sick = action.kind == kSendToGroup && random_.chance(options_.sick);
    if (is_sick) action.group = StreamService::kSickGroup;
  }
  if (addresses_user(action.kind)) {
    action.member = arena_.copy("u" + std::to_string(random_.below(3)) + "-" + of);
  }
  ActionOptions options;
  if (random_.chance(0.1)) options.ordering_key = kKeys[random_.below(2)];
  if (is_send(action.kind)) {
    action.data = arena_.copy(std::string(random_.below(random_.chance(0.1) ? 1000 : 20), 'x'));
    if (random_.chance(0.2)) options.conflation_key = kKeys[random_.below(2)];
    action.unordered = random_.chance(0.1);
  }
  if (random_.chance(options_.with_time_to_live)) {
    action.time_to_live = std::chrono::seconds(1 + random_.below(30));
  }
  action.options = arena_.make(options);
  return action;
}

size_t StreamRecords::add_action(const TruthElement& where, std::string_view hub) {
  TruthElement element = where;
  Action action = random_action(where.partition);
  ActionOptions options = *action.options;
  // Two targets fail for good, since sockets send to that group of another hub: see trouble.h, 9.
  options.hub = action.group == StreamService::kSickGroup ? "" : hub;
  action.options = arena_.make(options);
  action.id = arena_.copy(std::to_string(truth_.elements()));
  element.action = action;
  element.is_poisoned = random_.chance(options_.poisoned);
  element.may_be_refused = options.hub == kOtherHub && options_.other_hub_may_be_refused;
  return add(std::move(element));
}

std::vector<size_t> StreamRecords::make_actions() {
  std::vector<size_t> elements;
  for (uint64_t n = 1 + random_.below(4); n > 0; --n) elements.push_back(add_action({}, ""));
  return elements;
}

// The elements of an ordered batch must go to one hub.
std::string StreamRecords::random_element(const TruthElement& where, bool may_name_hub,
                                          std::vector<size_t>& elements) {
  if (random_.chance(options_.broken)) {
    elements.push_back(add(where));
    if (!may_name_hub || random_.chance(0.5)) return R"({"actionName":"fly"})";
    return R"({"actionName":"sendToAll","data":"x","hub":")" + std::string(kForbiddenHub) + "\"}";
  }
  const std::string_view hub = may_name_hub && random_.chance(0.2) ? kOtherHub : "";
  elements.push_back(add_action(where, hub));
  std::string text;
  append_action(text, *truth_.element(elements.back()).action);
  return text;
}

StreamRecords::Record StreamRecords::make(int32_t partition, int64_t offset, WallTime written_at) {
  Record record;
  TruthElement where{.partition = partition, .offset = offset, .written_at = written_at};
  if (random_.chance(0.05)) return record;
  if (random_.chance(0.03)) {
    record.value = kNothing[random_.below(kNothing.size())];
    return record;
  }
  if (random_.chance(options_.broken)) {
    record.elements.push_back(add(where));
    record.value = kBrokenRecords[random_.below(kBrokenRecords.size())];
    return record;
  }
  const bool is_array = random_.chance(0.3);
  if (!is_array) {
    record.value = random_element(where, /*may_name_hub=*/true, record.elements);
    return record;
  }
  const bool is_ordered = random_.chance(0.3);
  std::string text = is_ordered ? R"({"ordered":true,"batch":[)" : "[";
  for (uint64_t left = 1 + random_.below(random_.chance(0.1) ? 40 : 6); left > 0; --left) {
    text += random_element(where, !is_ordered, record.elements) + (left > 1 ? "," : "");
    ++where.index;
  }
  record.value = text + (is_ordered ? "]}" : "]");
  return record;
}

}  // namespace awps
