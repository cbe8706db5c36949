#include "gateway/settled_watch.h"

#include <algorithm>
#include <functional>
#include <string_view>

namespace awps {

namespace {

using Target = SettledWatch::Target;

// A hub's name has no blank, so no two targets have one text.
Target target_of(const RoutedRequest& request, std::string_view kind, std::string_view name) {
  std::string text = request.hub;
  text += ' ';
  text += kind;
  text += ' ';
  text += name;
  return std::hash<std::string>()(text);
}

Target any_target_of(const RoutedRequest& request) {
  return target_of(request, "*", "");
}

// At most three.
std::vector<Target> named_targets(const RoutedRequest& request) {
  std::vector<Target> targets;
  if (!request.user.empty()) targets.push_back(target_of(request, "user", request.user));
  if (!request.connection.empty()) {
    targets.push_back(target_of(request, "connection", request.connection));
  }
  if (!request.group.empty()) targets.push_back(target_of(request, "group", request.group));
  return targets;
}

std::vector<Target> places_of(const RoutedRequest& write) {
  if (is_bulk(write.route) || write.route == Route::kCloseAllConnections) {
    return {any_target_of(write)};
  }
  return named_targets(write);
}

}  // namespace

bool SettledWatch::begin(const WriteKey& key, const RoutedRequest& write) {
  const std::vector<Target> targets = places_of(write);
  if (targets.empty()) return false;
  if (marks_.size() >= options_.max_writes) {
    out_of_sight_.insert(write.hub);
    return false;
  }
  Mark mark{.hub = write.hub, .position = next_++, .count = static_cast<uint8_t>(targets.size())};
  std::ranges::copy(targets, mark.targets.begin());
  for (const Target target : targets) open_[target].begin(mark.position);
  return marks_.emplace(key, mark).second;
}

bool SettledWatch::settle(const WriteKey& key) {
  const auto node = marks_.extract(key);
  if (node.empty()) return false;
  leave(node.mapped());
  return true;
}

void SettledWatch::leave(const Mark& mark) {
  for (size_t i = 0; i < mark.count; ++i) {
    const Target target = mark.targets[i];
    const auto found = open_.find(target);
    if (found == open_.end()) continue;  // two of its targets have one hash
    (void)found->second.settle(mark.position);
    if (found->second.open() == 0) open_.erase(found);
    changes_.targets.push_back(target);
  }
}

SettledWatch::Question SettledWatch::ask(const RoutedRequest& read) const {
  Question question{.before = next_, .hub = read.hub, .targets = named_targets(read)};
  question.targets.push_back(any_target_of(read));
  return question;
}

bool SettledWatch::is_settled(const Question& question) const {
  if (out_of_sight_.contains(question.hub)) return false;
  return std::ranges::all_of(question.targets, [&](Target target) {
    const auto found = open_.find(target);
    return found == open_.end() || *found->second.lowest_open() >= question.before;
  });
}

std::vector<WriteKey> SettledWatch::see_again(const std::string& hub) {
  std::vector<WriteKey> known;
  for (auto entry = marks_.begin(); entry != marks_.end();) {
    if (entry->second.hub != hub) {
      ++entry;
      continue;
    }
    known.push_back(entry->first);
    leave(entry->second);
    entry = marks_.erase(entry);
  }
  changes_.is_any |= out_of_sight_.erase(hub) > 0;
  return known;
}

std::set<std::string> SettledWatch::hubs() const {
  std::set<std::string> hubs = out_of_sight_;
  for (const auto& [key, mark] : marks_) hubs.insert(mark.hub);
  return hubs;
}

}  // namespace awps
