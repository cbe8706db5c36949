#include "emulator/fault/fault_match.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/crypto.h"
#include "base/pattern.h"

namespace awps::emulator {

namespace {

bool is_or_free(std::string_view wanted, std::string_view actual) {
  return wanted.empty() || wanted == actual;
}

/// A request without such a name (a broadcast has no group) fits no pattern, not even "*".
bool fits_any(const Patterns& patterns, std::string_view name) {
  return patterns.empty() ||
         (!name.empty() && std::ranges::any_of(patterns, [name](const std::string& pattern) {
           return matches_pattern(pattern, name);
         }));
}

bool fits(const NamedPattern& wanted, std::optional<std::string_view> value) {
  if (!value) return !wanted.second;
  return wanted.second && matches_pattern(*wanted.second, *value);
}

std::optional<std::string_view> query_value(const Query* query, const std::string& name) {
  const std::string* value = query == nullptr ? nullptr : query->find(name);
  if (value == nullptr) return std::nullopt;
  return *value;
}

bool all_hold(const FaultConditions& when, const FaultSubject& subject) {
  return is_or_free(when.method, subject.method) && is_or_free(when.hub, subject.hub) &&
         subject.raw_path.starts_with(when.path_prefix) &&
         subject.raw_path.find(when.path_contains) != std::string_view::npos &&
         fits_any(when.operations, subject.operation) && fits_any(when.targets, subject.target) &&
         fits_any(when.groups, subject.group) && fits_any(when.users, subject.user) &&
         fits_any(when.connections, subject.connection) &&
         subject.url_bytes >= when.min_url_bytes && subject.body_bytes >= when.min_body_bytes &&
         std::ranges::all_of(when.query,
                             [&](const NamedPattern& wanted) {
                               return fits(wanted, query_value(subject.query, wanted.first));
                             }) &&
         std::ranges::all_of(when.headers,
                             [&](const NamedPattern& wanted) {
                               return fits(wanted, find_field(subject.fields, wanted.first));
                             }) &&
         (!when.target_fraction ||
          (!subject.target.empty() && is_in_fraction(*when.target_fraction, subject.target)));
}

bool matches_one(const FaultMatch& match, const FaultSubject& subject) {
  return all_hold(match.when, subject) && !(match.except && all_hold(*match.except, subject));
}

// None where the body is none that the service would take.
std::vector<std::string> groups_in(std::string_view body) {
  std::vector<std::string> groups;
  const auto text = nlohmann::json::parse(body, nullptr, false);
  if (!text.is_object() || !text.contains("groups")) return groups;
  for (const auto& group : text["groups"]) {
    if (group.is_string()) groups.push_back(group.get<std::string>());
  }
  return groups;
}

}  // namespace

bool has_groups_in_body(Operation operation) {
  return operation == Operation::kAddConnectionsToGroups ||
         operation == Operation::kRemoveConnectionsFromGroups;
}

FaultSubject subject_of(const RequestHead& head, const Route& route, const Query& query,
                        std::string_view body) {
  return {.method = head.method,
          .raw_path = split_target(head.target).path,
          .hub = route.hub,
          .operation = operation_name(route.operation),
          .target = route.target(),
          .group = route.group,
          .user = route.user,
          .connection = route.connection,
          .fields = head.fields,
          .query = &query,
          .url_bytes = head.target.size(),
          .body_bytes = head.content_length.value_or(0),
          .body_groups =
              has_groups_in_body(route.operation) ? groups_in(body) : std::vector<std::string>()};
}

bool matches(const FaultMatch& match, const FaultSubject& subject) {
  if (subject.body_groups.empty()) return matches_one(match, subject);
  FaultSubject one = subject;
  return std::ranges::any_of(subject.body_groups, [&](const std::string& group) {
    one.group = group;
    one.target = group;
    return matches_one(match, one);
  });
}

bool is_in_fraction(const TargetFraction& chosen, std::string_view target) {
  const Sha256Digest digest = sha256(std::to_string(chosen.seed).append(":").append(target));
  constexpr double kTwoTo64 = 18446744073709551616.0;
  uint64_t number = 0;
  for (const char byte : as_view(digest).substr(0, 8)) {
    number = number << 8 | static_cast<unsigned char>(byte);
  }
  return static_cast<double>(number) / kTwoTo64 < chosen.fraction;
}

}  // namespace awps::emulator
