#pragma once

// HealthAsked: one question about the service's health for all who ask at a time. Its answer is
// that of who asks soon after it, too, so that anybody may ask as often as he likes.
//
// Pure; one thread.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "gateway/exchange.h"

namespace awps {

class HealthAsked {
 public:
  static constexpr Duration kFresh = std::chrono::seconds(1);
  static constexpr size_t kMostAskers = 256;  // beyond these one is answered 503 at once

  /// True: the question is to be sent, by this number.
  bool take(Exchange exchange, uint64_t number, Instant now) {
    if (answer_ && !has_passed(answered_at_, kFresh, now)) {
      exchange.answer(*answer_);
    } else if (askers_.size() >= kMostAskers) {
      exchange.answer(busy_answer("too many ask for the health of the service"));
    } else {
      askers_.push_back(std::move(exchange));
      if (!number_) number_ = number;
      return *number_ == number;
    }
    return false;
  }
  /// Is this the one that is under way?
  bool is_asked_by(uint64_t number) const { return number_ == number; }
  /// Whoever asked for it gets this.
  void answer(const GatewayAnswer& answer, Instant now) {
    number_.reset();
    answer_ = answer;
    answered_at_ = now;
    for (Exchange& asker : std::exchange(askers_, {})) asker.answer(answer);
  }
  size_t askers() const { return askers_.size(); }

 private:
  std::optional<uint64_t> number_;  // none: none is under way
  std::vector<Exchange> askers_;
  std::optional<GatewayAnswer> answer_;
  Instant answered_at_{};
};

}  // namespace awps
