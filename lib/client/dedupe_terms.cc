#include "client/dedupe_terms.h"

#include <chrono>
#include <string_view>
#include <utility>

namespace awps::client {

namespace {

constexpr std::string_view kUpgrade = "install a newer awpsd";

std::string seconds_of(std::chrono::milliseconds duration) {
  std::string text = std::to_string(duration.count() / 1000);
  const auto rest = duration.count() % 1000;
  if (rest != 0) text += '.' + std::to_string(1000 + rest).substr(1);
  return text + " s";
}

std::string without(const std::string& socket_path, const std::string& reason,
                    std::string_view remedy) {
  return "awpsd at '" + socket_path + "' does not deduplicate: " + reason +
         "; an action that is sent again may be carried out twice: " + std::string(remedy);
}

}  // namespace

// The hello has no other key that could be wrong.
void DedupeTerms::take_refusal(const Outcome& refusal) {
  if (!asks() || refusal.error_code != "invalid_action") return;
  refusal_ = refusal.error_message;
  is_refused_ = true;
}

std::string DedupeTerms::take_ready(const Reply& ready, const std::string& socket_path) {
  if (!is_wanted_) return {};
  std::string problem;
  if (refusal_) {
    problem = without(socket_path, "it refused the hello (" + *refusal_ + ")", kUpgrade);
  } else if (!ready.dedupe_window) {
    problem = without(socket_path, "it is an older version", kUpgrade);
  } else if (ready.dedupe_window->count() == 0) {
    problem = without(socket_path, "its hub has dedupe_window = \"0s\"", "raise that option");
  }
  if (problem == told_) return {};
  told_ = problem;
  if (!problem.empty()) return problem;
  return "awpsd at '" + socket_path + "' deduplicates again: it knows an action for " +
         seconds_of(*ready.dedupe_window) + " after it was first accepted";
}

bool DedupeTerms::end_connection() {
  if (!is_refused_) refusal_.reset();
  return std::exchange(is_refused_, false);
}

}  // namespace awps::client
