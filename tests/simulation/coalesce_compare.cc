// CoalesceHistory::compare: the history against carrying out its actions one by one.

#include <algorithm>

#include "tests/simulation/coalesce_history.h"

namespace awps {

namespace {

using model::Message;

const CoalesceOptions::Merge* rule_of(const std::string& group, const CoalesceOptions& rules) {
  if (group.empty()) return nullptr;
  for (const CoalesceOptions::Merge& rule : rules.merge) {
    const bool is_prefix = rule.groups.ends_with('*');
    const std::string_view text =
        std::string_view(rule.groups).substr(0, rule.groups.size() - (is_prefix ? 1 : 0));
    if (is_prefix ? group.starts_with(text) : group == text) return &rule;
  }
  return nullptr;
}

void split_lines(const Message& message, std::vector<Message>& out) {
  std::string_view rest = message.data;
  for (;;) {
    const size_t end = rest.find('\n');
    out.push_back({message.group, message.type, std::string(rest.substr(0, end))});
    if (end == std::string_view::npos) return;
    rest.remove_prefix(end + 1);
  }
}

// The elements of a JSON array, as they stand in it. False: it is none.
bool split_array(const Message& message, std::vector<Message>& out) {
  std::string_view text = message.data;
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return false;
  text = text.substr(1, text.size() - 2);
  int depth = 0;
  bool in_string = false;
  std::string element;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      element += c;
      if (c == '\\') element += text[++i];
      if (c == '"') in_string = false;
      continue;
    }
    if (c == ',' && depth == 0) {
      out.push_back({message.group, message.type, std::exchange(element, {})});
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    element += c;
  }
  out.push_back({message.group, message.type, element});
  return depth == 0 && !in_string;
}

/// `arrays`: what the service got, where every JSON message under a rule is an array.
bool flatten(const std::vector<Message>& messages, const CoalesceOptions& rules, bool arrays,
             std::vector<Message>& out) {
  for (const Message& message : messages) {
    const CoalesceOptions::Merge* rule = rule_of(message.group, rules);
    const bool is_json = rule != nullptr && rule->format == MergeFormat::kJsonArray &&
                         message.type == DataType::kJson;
    const bool is_lines =
        rule != nullptr && rule->format == MergeFormat::kLines && message.type == DataType::kText;
    if (is_lines) {
      split_lines(message, out);
    } else if (is_json && arrays) {
      if (!split_array(message, out)) return false;
    } else {
      out.push_back(message);
    }
  }
  return true;
}

std::string text_of(const std::vector<Message>& messages) {
  std::string text;
  for (const Message& message : messages) {
    text += (text.empty() ? "" : " | ") + message.group + ":" + message.data;
  }
  return text;
}

}  // namespace

// The action itself, or the first of its successors that was carried out.
size_t CoalesceHistory::carried_by(size_t number) const {
  while (tracks_[number].effects == 0 && tracks_[number].by != kNobody) {
    number = tracks_[number].by;
  }
  return number;
}

std::vector<CoalesceHistory::Done> CoalesceHistory::expanded() const {
  std::vector<std::vector<size_t>> before(tracks_.size());
  for (const size_t number : in_order_) {
    if (tracks_[number].outcome != OutcomeKind::kSuperseded || tracks_[number].effects > 0) {
      continue;
    }
    const size_t by = carried_by(number);
    if (tracks_[by].effects > 0) before[by].push_back(number);
  }
  std::vector<Done> order;
  for (const std::vector<size_t>& members : effects_) {
    for (const size_t number : members) {
      for (const size_t superseded : before[number]) {
        order.push_back({.number = superseded, .is_effect = false});
      }
      before[number].clear();
      order.push_back({.number = number, .is_effect = true});
    }
  }
  return order;
}

bool CoalesceHistory::was_exempt(size_t later, size_t earlier) const {
  for (size_t a = later; a != kNobody; a = tracks_[a].by) {
    for (size_t b = earlier; b != kNobody; b = tracks_[b].by) {
      if (std::ranges::find(exempt_pairs_, std::pair(a, b)) != exempt_pairs_.end()) return true;
    }
  }
  return false;
}

// It left its lanes for a removeUserFromAllGroups, behind which only its own producer waits; order
// between producers is promised by orderingKey alone.
bool CoalesceHistory::is_swept(size_t number) const {
  for (; tracks_[number].by != kNobody && tracks_[number].effects == 0;
       number = tracks_[number].by) {
    if (tracks_[tracks_[number].by].place != tracks_[number].place) return true;
  }
  return false;
}

// A change that was swept is void, and its user is left without memberships: whichever comes first,
// the removal that swept it, or another one, or a close of that user's connections.
bool CoalesceHistory::is_void_beside(size_t change, size_t end) const {
  const Action& action = program_.steps()[end].action;
  const bool ends = action.kind == ActionKind::kRemoveUserFromAllGroups ||
                    action.kind == ActionKind::kCloseUserConnections;
  return ends && action.member == program_.steps()[change].action.member && is_swept(change);
}

// A merged message whose answer was lost is sent again, both parts after both.
bool CoalesceHistory::was_lost_together(size_t later, size_t earlier) const {
  const size_t first = carried_by(earlier);
  const size_t second = carried_by(later);
  return std::ranges::any_of(effects_, [&](const std::vector<size_t>& members) {
    return std::ranges::find(members, first) != members.end() &&
           std::ranges::find(members, second) != members.end();
  });
}

void CoalesceHistory::check_order(const std::vector<Done>& order) {
  std::vector<size_t> first(tracks_.size(), kNobody);
  std::vector<size_t> last(tracks_.size(), kNobody);
  for (size_t i = 0; i < order.size(); ++i) {
    const size_t number = order[i].number;
    if (first[number] == kNobody) first[number] = i;
    last[number] = i;
  }
  for (const size_t later : in_order_) {
    if (first[later] == kNobody) continue;
    for (const size_t earlier : in_order_) {
      if (first[earlier] == kNobody || earlier == later || !waits_for(later, earlier)) continue;
      if (last[earlier] < first[later] || was_exempt(later, earlier)) continue;
      if ((is_swept(earlier) || is_swept(later)) &&
          (program_.relation(later, earlier) & Program::kStrangers) != 0) {
        continue;
      }
      if (is_void_beside(earlier, later) || is_void_beside(later, earlier)) continue;
      if (first[earlier] < first[later] && was_lost_together(later, earlier)) continue;
      report(name(later) + " was carried out before " + name(earlier) +
             ", counting the superseded where their successors stand");
    }
  }
}

void CoalesceHistory::compare(std::vector<model::Client> clients,
                              const model::ServiceWorld& service) {
  const std::vector<Done> order = expanded();
  check_order(order);
  model::ServiceWorld one_by_one(std::move(clients));
  for (const Done& done : order) {
    const Action& action = program_.steps()[done.number].action;
    if (done.is_effect || !is_send(action.kind)) one_by_one.carry_out(action);
  }
  const CoalesceOptions& rules = program_.hub().coalesce;
  for (size_t i = 0; i < service.clients().size(); ++i) {
    const model::Client& seen = service.clients()[i];
    const model::Client& expected = one_by_one.clients()[i];
    if (seen.is_open != expected.is_open) report(seen.id + " is closed in one world only");
    if (seen.groups != expected.groups) report(seen.id + " is in other groups");
    if (seen.permissions != expected.permissions) report(seen.id + " has other permissions");
    std::vector<Message> messages;
    std::vector<Message> expected_messages;
    if (!flatten(seen.received, rules, /*arrays=*/true, messages)) {
      report(seen.id + " received no array under a json_array rule: " + text_of(seen.received));
    }
    (void)flatten(expected.received, rules, /*arrays=*/false, expected_messages);
    if (messages != expected_messages) {
      report(seen.id + " received " + text_of(messages) + " instead of " +
             text_of(expected_messages));
    }
  }
}

}  // namespace awps
