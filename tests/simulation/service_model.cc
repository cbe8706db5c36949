#include "tests/simulation/service_model.h"

#include <chrono>

namespace awps {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

HttpResponse with_status(int status) {
  return HttpResponse{.status = status};
}

HttpResponse broken(TransportError error) {
  return HttpResponse{.error = error};
}

}  // namespace

ServiceModel::ServiceModel(const Faults& faults, Instant well_from, uint64_t seed)
    : faults_(faults), well_from_(well_from), random_(seed) {}

bool ServiceModel::is_down(Instant now) {
  if (!faults_.outages || now >= well_from_) return false;
  if (now >= next_outage_) {
    down_until_ = now + milliseconds(random_.below(5000));
    next_outage_ = down_until_ + milliseconds(random_.below(5000));
  }
  return now < down_until_;
}

ServiceModel::Answer ServiceModel::answer(HttpMethod method, bool poisoned, Instant now) {
  const Duration latency = milliseconds(random_.below(60));
  if (is_down(now)) return {broken(TransportError::kConnect), latency / 4};
  if (poisoned) {
    HttpResponse refused = with_status(random_.chance(0.5) ? 400 : 413);
    refused.error_code = "Error.BadRequest";  // the service's own word: nobody else gives it up
    return {refused, latency};
  }
  if (now < well_from_ && random_.chance(0.3)) {
    Answer answer = unwell(method);
    if (answer.after == Duration::zero()) answer.after = latency;
    if (answer.response.status != 0 || answer.response.error != TransportError::kNone) {
      return answer;
    }
  }
  if (method == HttpMethod::kPut && random_.chance(0.2)) {
    HttpResponse gone = with_status(404);
    gone.error_code = "Warning.User.NotExisted";
    return {gone, latency};
  }
  return {with_status(method == HttpMethod::kPost ? 202 : 204), latency};
}

ServiceModel::Answer ServiceModel::unwell(HttpMethod method) {
  (void)method;
  switch (random_.below(8)) {
    case 0:
    case 1: {
      if (!faults_.throttles) return {};
      HttpResponse throttled = with_status(random_.chance(0.7) ? 429 : 503);
      if (random_.chance(0.6)) throttled.retry_after = milliseconds(random_.below(4000));
      if (throttled.status == 503) throttled.retry_after = seconds(1);
      return {throttled, {}};
    }
    case 2:
      return faults_.fails ? Answer{with_status(500), {}} : Answer{};
    case 3:
      return faults_.fails ? Answer{with_status(503), {}} : Answer{};
    case 4:
      return faults_.fails ? Answer{broken(TransportError::kBroken), {}} : Answer{};
    case 5:
      return faults_.fails ? Answer{broken(TransportError::kTimeout), seconds(10)} : Answer{};
    case 6:
      return faults_.outages ? Answer{broken(TransportError::kNotSent), {}} : Answer{};
    default:
      return {};
  }
}

}  // namespace awps
