#include "daemon/awpsctl/commands/send_account.h"

#include <algorithm>
#include <iterator>

#include "base/terminal_text.h"
#include "daemon/awpsctl/figures.h"
#include "daemon/awpsctl/wire/producer_connection.h"

namespace awps {

namespace {

constexpr uint64_t kMostActions = uint64_t{1} << 32U;  // beyond this a seq is nonsense

bool is_failure(ReplyStatus status) {
  return status == ReplyStatus::kRejected || status == ReplyStatus::kExpired ||
         status == ReplyStatus::kDeadLettered || status == ReplyStatus::kAbandoned;
}

}  // namespace

std::optional<SendAccount::Trouble> SendAccount::take(const Reply& reply) {
  if (reply.status == ReplyStatus::kUnknown || reply.status == ReplyStatus::kReady) {
    return std::nullopt;
  }
  const bool whole = reply.from == 0;
  if (reply.status == ReplyStatus::kAccepted) {
    accepted_to_ = std::max(accepted_to_, reply.to);
  } else if (reply.status != ReplyStatus::kWarning && !whole && settle(reply.from, reply.to)) {
    counts_[static_cast<size_t>(reply.status)] += reply.to - reply.from + 1;
  }
  if (!is_failure(reply.status) && reply.status != ReplyStatus::kWarning) return std::nullopt;
  Trouble trouble{reply.from, reply.status, reply.code, reply.message};
  if (is_failure(reply.status)) {
    const bool passes = exit_code_of_refusal(reply.code) == ExitCode::kTempFail;
    all_troubles_pass_ = all_troubles_pass_ && passes;
    one_trouble_passes_ = one_trouble_passes_ || passes;
    if (troubles_.size() < kMostTroubles)
      troubles_.push_back(trouble);
    else
      ++troubles_left_out_;
  }
  return trouble;
}

bool SendAccount::settle(uint64_t from, uint64_t to) {
  if (to > kMostActions || from > to) return false;
  if (settled_.size() < to) settled_.resize(to);
  for (uint64_t seq = from; seq <= to; ++seq) settled_[seq - 1] = true;
  return true;
}

uint64_t SendAccount::open(uint64_t actions) const {
  uint64_t open = 0;
  const uint64_t first = ack_ == Ack::kAccepted ? std::min(accepted_to_, actions) : 0;
  for (uint64_t seq = first + 1; seq <= actions; ++seq) {
    open += seq > settled_.size() || !settled_[seq - 1] ? 1 : 0;
  }
  return open;
}

uint64_t SendAccount::first_open() const {
  uint64_t seq = ack_ == Ack::kAccepted ? accepted_to_ + 1 : 1;
  while (seq <= settled_.size() && settled_[seq - 1]) ++seq;
  return seq;
}

ExitCode SendAccount::exit_code(uint64_t actions) const {
  if (!troubles_.empty() && !all_troubles_pass_) return kNegative;
  return troubles_.empty() && open(actions) == 0 ? ExitCode::kOk : ExitCode::kTempFail;
}

bool SendAccount::is_final(uint64_t actions) const {
  return open(actions) == 0 && !one_trouble_passes_;
}

SendAccount::Sums SendAccount::sums(uint64_t actions) const {
  Sums sums{.actions = actions, .open = open(actions)};
  std::ranges::copy(counts_, sums.counts);
  if (ack_ == Ack::kAccepted) {
    const uint64_t known = count(ReplyStatus::kRejected) + sums.open;
    sums.accepted = actions - std::min(actions, known);
  }
  return sums;
}

SendAccount::Sums& SendAccount::Sums::operator+=(const Sums& more) {
  actions += more.actions;
  if (more.accepted) accepted = accepted.value_or(0) + *more.accepted;
  for (size_t i = 0; i < std::size(counts); ++i) counts[i] += more.counts[i];
  open += more.open;
  return *this;
}

std::string SendAccount::summary(const Sums& sums) {
  std::string text = counted(sums.actions, "action");
  std::string_view between = ": ";
  const auto add = [&](uint64_t number, std::string_view name) {
    if (number == 0) return;
    text.append(between).append(count_text(number)).append(" ").append(name);
    between = ", ";
  };
  add(sums.accepted.value_or(0), "accepted");
  for (const ReplyStatus status :
       {ReplyStatus::kDelivered, ReplyStatus::kSuperseded, ReplyStatus::kRejected,
        ReplyStatus::kExpired, ReplyStatus::kDeadLettered, ReplyStatus::kAbandoned}) {
    std::string name(name_of(status));
    std::ranges::replace(name, '_', ' ');
    add(sums.counts[static_cast<size_t>(status)], name);
  }
  add(sums.open, "without an answer");
  return text;
}

Json SendAccount::json(const SentLines& lines) const {
  const uint64_t actions = lines.actions();
  const Sums total = sums(actions);
  Json result{{"actions", actions}};
  if (total.accepted) result["accepted"] = *total.accepted;
  result["delivered"] = count(ReplyStatus::kDelivered);
  result["superseded"] = count(ReplyStatus::kSuperseded);
  result["rejected"] = count(ReplyStatus::kRejected);
  result["expired"] = count(ReplyStatus::kExpired);
  result["deadLettered"] = count(ReplyStatus::kDeadLettered);
  result["abandoned"] = count(ReplyStatus::kAbandoned);
  result["open"] = total.open;
  Json failures = Json::array();
  for (const Trouble& trouble : troubles_) {
    Json failure{{"status", name_of(trouble.status)}};
    const bool known = trouble.seq >= 1 && trouble.seq <= actions;
    if (known) failure["place"] = lines.place_of(trouble.seq);
    failure["error"] = {{"code", trouble.code}, {"message", trouble.message}};
    failures.push_back(std::move(failure));
  }
  result["failures"] = std::move(failures);
  result["failuresLeftOut"] = troubles_left_out_;
  return result;
}

}  // namespace awps
