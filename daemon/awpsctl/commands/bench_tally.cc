#include "daemon/awpsctl/commands/bench_tally.h"

#include <algorithm>
#include <array>

#include "base/terminal_text.h"
#include "daemon/awpsctl/figures.h"

namespace awps {

namespace {

constexpr size_t kMostReasons = 10;
constexpr double kWorthSaying = 0.1;  // seconds of lag

struct Share {
  const char* name;
  const char* key;
  double share;
};
constexpr std::array<Share, 4> kShares = {
    {{"p50", "p50", 0.5}, {"p90", "p90", 0.9}, {"p99", "p99", 0.99}, {"p99.9", "p999", 0.999}}};

std::string duration_text(Duration value) {
  return seconds_text(to_seconds(value));
}

}  // namespace

BenchTally::BenchTally(const BenchPlan& plan) : plan_(plan) {}

void BenchTally::sent(uint32_t c, uint64_t n, Duration since_start) {
  ++sent_;
  most_lag_ = std::max(most_lag_, since_start - plan_.intended(c, n));
}

void BenchTally::take(uint32_t c, const Reply& reply, Duration since_start) {
  const bool is_outcome =
      reply.status != ReplyStatus::kReady && reply.status != ReplyStatus::kWarning &&
      reply.status != ReplyStatus::kAccepted && reply.status != ReplyStatus::kUnknown;
  // Beyond what was sent there is nothing to speak of.
  if (!is_outcome || reply.from == 0 || reply.to > plan_.actions_of(c)) return;
  for (uint64_t seq = reply.from; seq <= reply.to; ++seq) {
    ++settled_;
    ++counts_[static_cast<size_t>(reply.status)];
    last_outcome_ = std::max(last_outcome_, since_start);
    if (reply.status != ReplyStatus::kDelivered) continue;
    const Duration latency = since_start - plan_.intended(c, seq - 1);
    all_.add(latency);
    recent_.add(latency);
  }
  if (reply.code.empty()) return;
  const std::string reason = reply.code + ": " + reply.message;
  if (reasons_.size() < kMostReasons || reasons_.contains(reason)) ++reasons_[reason];
}

uint64_t BenchTally::failed() const {
  return plan_.actions() - std::min(plan_.actions(), count(ReplyStatus::kDelivered) +
                                                         count(ReplyStatus::kSuperseded));
}

std::string BenchTally::progress(double seconds) {
  const double span = std::max(seconds - progress_before_, 1e-3);
  const auto rate = [&](uint64_t count) {
    return compact_text(static_cast<double>(count) / span) + "/s";
  };
  std::string text = padded_left(std::to_string(static_cast<uint64_t>(seconds + 0.5)), 4) +
                     " s  sent " + padded_left(rate(sent_ - sent_before_), 8) + "  delivered " +
                     padded_left(rate(recent_.count()), 8) + "  open " +
                     padded_left(count_text(sent_ - std::min(sent_, settled_)), 7) + "  p50 " +
                     padded_left(duration_text(recent_.percentile(0.5)), 6) + "  p99 " +
                     padded_left(duration_text(recent_.percentile(0.99)), 6);
  sent_before_ = sent_;
  progress_before_ = seconds;
  recent_.reset();
  return text;
}

std::vector<std::string> BenchTally::lines(double asked_rate, double seconds) const {
  std::vector<std::string> lines;
  lines.push_back("sent        " + counted(sent_, "action") + " in " + seconds_text(seconds) +
                  ": " + compact_text(static_cast<double>(sent_) / std::max(seconds, 1e-3)) +
                  "/s, asked for " + compact_text(asked_rate) + "/s");
  std::string outcomes = "outcomes    " + count_text(count(ReplyStatus::kDelivered)) + " delivered";
  for (const ReplyStatus status :
       {ReplyStatus::kSuperseded, ReplyStatus::kRejected, ReplyStatus::kExpired,
        ReplyStatus::kDeadLettered, ReplyStatus::kAbandoned}) {
    if (count(status) == 0) continue;
    std::string name(name_of(status));
    std::ranges::replace(name, '_', ' ');
    outcomes += ", " + count_text(count(status)) + " " + name;
  }
  const uint64_t open = sent_ - std::min(sent_, settled_);
  if (open > 0) outcomes += ", " + count_text(open) + " without an outcome";
  if (sent_ < plan_.actions()) {
    outcomes += ", " + count_text(plan_.actions() - sent_) + " not sent";
  }
  lines.push_back(std::move(outcomes));
  std::string latency = "latency     ";
  for (const Share& share : kShares) {
    latency += std::string(share.name) + " " + duration_text(all_.percentile(share.share)) + "  ";
  }
  lines.push_back(latency + "max " + duration_text(all_.most()) +
                  "  (from the intended time to the reply that it is delivered)");
  if (to_seconds(most_lag_) > kWorthSaying) {
    lines.push_back("back-pressure: lines were written up to " + duration_text(most_lag_) +
                    " late; the latency counts this");
  }
  for (const auto& [reason, times] : reasons_) {
    lines.push_back(count_text(times) + " x " + printable(reason));
  }
  return lines;
}

Json BenchTally::json(double asked_rate, double seconds) const {
  Json latency = Json::object();
  for (const Share& share : kShares) latency[share.key] = to_seconds(all_.percentile(share.share));
  latency["max"] = to_seconds(all_.most());
  latency["mean"] = all_.mean_seconds();
  latency["count"] = all_.count();
  return Json{{"askedPerSecond", asked_rate},
              {"sent", sent_},
              {"planned", plan_.actions()},
              {"seconds", seconds},
              {"delivered", count(ReplyStatus::kDelivered)},
              {"superseded", count(ReplyStatus::kSuperseded)},
              {"rejected", count(ReplyStatus::kRejected)},
              {"expired", count(ReplyStatus::kExpired)},
              {"deadLettered", count(ReplyStatus::kDeadLettered)},
              {"abandoned", count(ReplyStatus::kAbandoned)},
              {"open", sent_ - std::min(sent_, settled_)},
              {"mostLagSeconds", to_seconds(most_lag_)},
              {"latencySeconds", std::move(latency)}};
}

}  // namespace awps
