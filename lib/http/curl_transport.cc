#include "http/curl_transport.h"

#include <algorithm>
#include <climits>
#include <iterator>

#include "base/check.h"

namespace awps {

CurlTransport::CurlTransport(const Clock& clock, const Options& options)
    : clock_(clock), options_(options) {
  AWPS_CHECK(options.max_connections > 0);
  AWPS_CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);  // counted, and safe from threads
  multi_ = curl_multi_init();
  AWPS_CHECK(multi_ != nullptr);
  const auto connections = static_cast<long>(options.max_connections);
  AWPS_CHECK(curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections) == CURLM_OK);
  AWPS_CHECK(curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, connections) == CURLM_OK);
  AWPS_CHECK(curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_NOTHING) == CURLM_OK);
  pools_.push_back(std::make_unique<ConnectionPool>());
}

CurlTransport::~CurlTransport() {
  for (const auto& transfer : transfers_) {
    (void)curl_multi_remove_handle(multi_, transfer->handle());  // no harm where it is not in it
  }
  transfers_.clear();
  (void)curl_multi_cleanup(multi_);  // fails on a bad handle only
  pools_.clear();
  curl_global_cleanup();
}

void CurlTransport::start(uint64_t tag, const HttpRequest& request) {
  CurlTransfer& transfer = take_idle();
  transfer.prepare(tag, request);
  if (under_way_ < options_.max_connections) {
    begin(transfer);
  } else {
    waiting_.push_back(&transfer);
  }
}

CurlTransfer& CurlTransport::take_idle() {
  if (idle_.empty()) {
    transfers_.push_back(std::make_unique<CurlTransfer>(options_));
    return *transfers_.back();
  }
  CurlTransfer& transfer = *idle_.back();
  idle_.pop_back();
  return transfer;
}

void CurlTransport::begin(CurlTransfer& transfer) {
  transfer.begin(*pools_.back(), clock_.now());
  AWPS_CHECK(curl_multi_add_handle(multi_, transfer.handle()) == CURLM_OK);
  ++under_way_;
}

void CurlTransport::poll(Duration timeout, std::vector<Completion>& completions) {
  const size_t before = completions.size();
  const Instant end = clock_.now() + std::min<Duration>(timeout, std::chrono::hours(24));
  while (true) {
    int running = 0;
    AWPS_CHECK(curl_multi_perform(multi_, &running) == CURLM_OK);
    collect(completions);
    if (completions.size() > before || woken_.exchange(false)) return;
    const Duration left = end - clock_.now();
    if (left <= Duration::zero()) return;
    const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    AWPS_CHECK(curl_multi_poll(multi_, nullptr, 0, static_cast<int>(milliseconds), nullptr) ==
               CURLM_OK);
  }
}

void CurlTransport::collect(std::vector<Completion>& completions) {
  int left = 0;
  const CURLMsg* message = curl_multi_info_read(multi_, &left);
  if (message == nullptr) return;
  const Instant now = clock_.now();
  const WallTime wall_now = clock_.wall_now();
  for (; message != nullptr; message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode result = message->data.result;  // the message dies with the handle's removal
    CurlTransfer& transfer = CurlTransfer::of(message->easy_handle);
    AWPS_CHECK(curl_multi_remove_handle(multi_, transfer.handle()) == CURLM_OK);
    completions.push_back(transfer.finish(result, now, wall_now));
    if (transfer.pool() != pools_.back().get()) transfer.leave_pool();
    idle_.push_back(&transfer);
    --under_way_;
    if (waiting_.empty()) continue;
    begin(*waiting_.front());
    waiting_.pop_front();
  }
  drop_unused_pools();
}

void CurlTransport::renew_connections() {
  pools_.push_back(std::make_unique<ConnectionPool>());
  for (CurlTransfer* transfer : idle_) transfer->leave_pool();
  drop_unused_pools();
}

void CurlTransport::drop_unused_pools() {
  if (pools_.size() == 1) return;
  const auto current = std::prev(pools_.end());
  const auto kept =
      std::remove_if(pools_.begin(), current, [](const auto& pool) { return pool->is_unused(); });
  pools_.erase(kept, current);
}

void CurlTransport::wake() {
  // The flag is what ends poll(); the library's wake-up only ends its wait, so that one is enough
  // until poll() has seen the flag.
  if (!woken_.exchange(true)) (void)curl_multi_wakeup(multi_);  // full pipe: it is awake anyway
}

}  // namespace awps
