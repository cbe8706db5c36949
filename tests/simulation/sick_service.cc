#include "tests/simulation/sick_service.h"

#include <array>
#include <cmath>
#include <numeric>
#include <utility>

namespace awps {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kFast = milliseconds(2);
constexpr Duration kSlow = seconds(2);
constexpr std::string_view kHtml = "<html><body><h1>Not here</h1></body></html>";

// In the order of Sickness.
constexpr std::array<std::string_view, 25> kNames = {
    "none",    "500",      "500_slow", "reset_before", "reset_after", "timeout",   "refused",
    "429",     "429_ra0",  "429_ra1",  "429_ra30",     "503",         "503_ra0",   "503_ra1",
    "504",     "401",      "403_html", "403_role",     "404_html",    "404_empty", "400_old",
    "400_hub", "400_html", "410_html", "302"};

HttpResponse status(int code, std::optional<Duration> retry_after = std::nullopt) {
  HttpResponse response;
  response.status = code;
  response.retry_after = retry_after;
  return response;
}

HttpResponse html(int code) {
  HttpResponse response = status(code);
  response.content_type = "text/html; charset=us-ascii";
  response.body = kHtml;
  return response;
}

HttpResponse json(int code, std::string body) {
  HttpResponse response = status(code);
  response.content_type = "application/json";
  response.body = std::move(body);
  return response;
}

HttpResponse old_shape(const std::string& field) {
  return json(400, R"({"errors":{")" + field + R"(":["The field )" + field +
                       R"( must match the regular expression."]},)"
                       R"("title":"One or more validation errors occurred.","status":400})");
}

HttpResponse broken(TransportError error) {
  HttpResponse response;
  response.error = error;
  return response;
}

HttpResponse forbidden_to_role() {
  HttpResponse response = json(403, R"({"code":"Error.Forbidden","message":"no right to do so"})");
  response.error_code = "Error.Forbidden";
  return response;
}

HttpResponse response_of(Sickness sickness) {
  switch (sickness) {
    case Sickness::kNone:
      return status(202);
    case Sickness::k500Fast:
    case Sickness::k500Slow:
      return status(500);
    case Sickness::kResetBefore:
    case Sickness::kResetAfter:
      return broken(TransportError::kBroken);
    case Sickness::kTimeout:
      return broken(TransportError::kTimeout);
    case Sickness::kRefused:
      return broken(TransportError::kConnect);
    case Sickness::k429:
      return status(429);
    case Sickness::k429After0:
      return status(429, Duration(0));
    case Sickness::k429After1:
      return status(429, seconds(1));
    case Sickness::k429After30:
      return status(429, seconds(30));
    case Sickness::k503:
      return status(503);
    case Sickness::k503After0:
      return status(503, Duration(0));
    case Sickness::k503After1:
      return status(503, seconds(1));
    case Sickness::k504:
      return status(504);
    case Sickness::k401:
      return status(401);
    case Sickness::k403Html:
      return html(403);
    case Sickness::k403Forbidden:
      return forbidden_to_role();
    case Sickness::k404Html:
      return html(404);
    case Sickness::k404Empty:
      return status(404);
    case Sickness::k400Old:
      return old_shape("userId");
    case Sickness::k400OldHub:
      return old_shape("hub");
    case Sickness::k400Html:
      return html(400);
    case Sickness::k410Html:
      return html(410);
    case Sickness::k302:
      return html(302);
  }
  return status(500);
}

}  // namespace

std::string_view name_of(Sickness sickness) {
  return kNames[static_cast<size_t>(sickness)];
}

bool is_throttling(Sickness sickness) {
  return sickness >= Sickness::k429 && sickness <= Sickness::k429After30;
}

bool SickOutage::is_on(Duration at) const {
  if (as == Sickness::kNone || at < from || at >= to) return false;
  return period == Duration::zero() || (at - from) % period < down;
}

SickService::SickService(const SickServicePlan& plan, Instant start)
    : plan_(plan),
      start_(start),
      limits_(plan.limits, start, plan.seed),
      random_(plan.seed),
      is_sick_(plan.targets) {
  std::vector<uint32_t> order(plan.targets);
  std::iota(order.begin(), order.end(), 0U);
  for (size_t left = order.size(); left > 1; --left) {
    std::swap(order[left - 1], order[random_.below(left)]);
  }
  const auto sick = static_cast<size_t>(std::lround(plan.fraction * plan.targets));
  for (size_t i = 0; i < order.size(); ++i) {
    is_sick_[order[i]] = i < sick;
    (i < sick ? sick_ : well_).push_back(order[i]);
  }
}

Sickness SickService::sickness_of(const SickRequest& request, Instant now) const {
  if (plan_.sick_hub == request.hub) return plan_.hub_is;
  if (plan_.sick_kind == request.kind) return plan_.kind_is;
  if (request.has_filter && plan_.filters_are != Sickness::kNone) return plan_.filters_are;
  if (request.poisoned) return plan_.poison_is;
  if (request.to_sick_target && now - start_ < plan_.heals_at) return plan_.targets_are;
  return Sickness::kNone;
}

SickService::Answer SickService::fail(Sickness sickness) const {
  Answer answer{.response = response_of(sickness), .after = kFast};
  if (sickness == Sickness::k500Slow) answer.after = kSlow;
  if (sickness == Sickness::kTimeout) answer.after = plan_.limits.timeout;
  answer.has_effect = sickness == Sickness::kResetAfter;
  return answer;
}

SickService::Answer SickService::answer(const SickRequest& request, Instant now) {
  if (is_out(now)) return fail(plan_.outage.as);
  if (plan_.one_address_dead && ++requests_ % 2 == 0) return fail(Sickness::kRefused);
  LimitService::Answer limited = limits_.answer(request.hub, /*is_send=*/true, now);
  if (limited.response.status != 202) return {std::move(limited.response), limited.after};
  if (plan_.unrelated_429 > 0 && random_.chance(plan_.unrelated_429)) return fail(Sickness::k429);
  const Sickness sickness = sickness_of(request, now);
  if (sickness != Sickness::kNone) return fail(sickness);
  return {std::move(limited.response), limited.after, true};
}

SickService::Health SickService::health(Instant now) const {
  const Duration round_trip = plan_.limits.round_trip;
  if (plan_.health_is_broken) return {.good = false, .after = round_trip};
  if (plan_.health_lies || !is_out(now)) return {.good = true, .after = round_trip};
  const Answer answer = fail(plan_.outage.as);
  return {.reached = answer.response.status != 0, .good = false, .after = answer.after};
}

}  // namespace awps
