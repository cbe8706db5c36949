#include "tests/simulation/stream_service.h"

namespace awps {

namespace {

using std::chrono::milliseconds;

HttpMethod method_of(ActionKind kind) {
  if (kind == ActionKind::kAddUserToGroup) return HttpMethod::kPut;
  const bool removes = kind == ActionKind::kRemoveUserFromGroup;
  return removes ? HttpMethod::kDelete : HttpMethod::kPost;
}

}  // namespace

StreamService::StreamService(const Options& options)
    : options_(options),
      model_(options.faults, options.well_from, options.seed),
      random_(options.seed ^ 0x51c4U) {}

ServiceModel::Answer StreamService::answer(const Action& action, bool is_poisoned, Instant now) {
  const bool is_sick = options_.has_sick_group && action.group == kSickGroup &&
                       (options_.is_sick_for_good || now < options_.well_from);
  if (is_sick && !is_down(now)) {
    if (random_.chance(0.8)) return {HttpResponse{.status = 500}, milliseconds(20)};
    return {HttpResponse{.error = TransportError::kTimeout}, std::chrono::seconds(10)};
  }
  ServiceModel::Answer answer = model_.answer(method_of(action.kind), is_poisoned, now);
  if (now < options_.well_from && random_.chance(options_.slow)) {
    answer.after += milliseconds(500 + random_.below(8000));
  }
  return answer;
}

}  // namespace awps
