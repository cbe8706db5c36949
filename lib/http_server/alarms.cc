#include "http_server/alarms.h"

#include <algorithm>
#include <utility>

namespace awps::http_server {

namespace {

// The timer's clock stands still while the machine sleeps.
constexpr Duration kLongestSleep = std::chrono::seconds(1);

}  // namespace

void Alarms::set(Instant at, std::function<void()> work) {
  if (ended_) return;
  works_.emplace(at, std::move(work));
  arm();
}

void Alarms::end() {
  ended_ = true;
  works_.clear();
  timer_.cancel();
}

void Alarms::arm() {
  if (works_.empty() || works_.begin()->first >= armed_for_) return;
  armed_for_ = works_.begin()->first;
  const Duration wait =
      std::clamp<Duration>(armed_for_ - SystemClock().now(), Duration::zero(), kLongestSleep);
  timer_.expires_after(std::chrono::duration_cast<boost::asio::steady_timer::duration>(wait));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || ended_) return;
    armed_for_ = kNever;
    call_due();
    arm();
  });
}

void Alarms::call_due() {
  const Instant now = SystemClock().now();
  // What they set anew has its turn the next time, also if it is due already.
  std::multimap<Instant, std::function<void()>> due;
  while (!works_.empty() && works_.begin()->first <= now) {
    due.insert(due.end(), works_.extract(works_.begin()));
  }
  for (const auto& [at, work] : due) {
    if (!ended_) work();
  }
}

}  // namespace awps::http_server
