#include "tests/client/chaos_daemon.h"

#include <charconv>

#include "tests/support/unix_client.h"

namespace awps::client {

namespace {

constexpr size_t kMoodyConnections = 40;
constexpr std::string_view kData = R"("data":")";

uint64_t number_of(std::string_view line) {
  const size_t place = line.find(kData);
  AWPS_CHECK(place != std::string_view::npos && line.ends_with("}"));
  uint64_t number = 0;
  std::from_chars(line.data() + place + kData.size(), line.data() + line.size(), number);
  return number;
}

}  // namespace

std::string numbered_data(uint64_t number, size_t bytes) {
  return std::to_string(number) + ":" + std::string(bytes, 'x');
}

ChaosDaemon::ChaosDaemon(uint64_t seed, Ack ack)
    : random_(seed), ack_(ack), thread_([this] { run(); }) {}

ChaosDaemon::~ChaosDaemon() {
  if (thread_.joinable()) stop();
}

void ChaosDaemon::stop() {
  is_over_ = true;
  const UnixClient wakes_it(path());
  thread_.join();
}

void ChaosDaemon::run() {
  while (!is_over_) {
    Peer peer = daemon_.accept();
    is_calm_ = arrived_.size() >= kMoodyConnections;
    if (!is_over_ && peer.is_open()) serve(std::move(peer));
  }
}

void ChaosDaemon::serve(Peer peer) {
  if (is_moody(0.1) || peer.read_line().empty() || is_moody(0.1)) return;
  const bool greets_whole = !is_moody(0.1);
  peer.write(kReady.substr(0, greets_whole ? kReady.size() : 20));
  if (!greets_whole) return;
  arrived_.emplace_back();
  unread_.clear();
  unwritten_.clear();
  owed_.clear();
  while (!is_moody(0.05)) {
    const bool may_wait = owed_.empty() && unwritten_.empty();
    const bool reads = may_wait || (peer.has_input(std::chrono::milliseconds(0)) && !is_moody(0.3));
    if (reads && !read(peer)) return;
    if (!is_moody(0.3)) settle();
    if (!write(peer)) return;
  }
}

bool ChaosDaemon::read(Peer& peer) {
  const std::string bytes = peer.read_bytes(is_calm_ ? 65536 : 1 + random_.below(1000));
  unread_ += bytes;
  for (size_t end = 0; (end = unread_.find('\n')) != std::string::npos;) {
    take_line(unread_.substr(0, end));
    unread_.erase(0, end + 1);
  }
  return !bytes.empty();
}

void ChaosDaemon::take_line(const std::string& line) {
  const uint64_t number = number_of(line);
  arrived_.back().push_back(number);
  owed_.push_back({arrived_.back().size(), number});
}

void ChaosDaemon::settle() {
  if (ack_ == Ack::kAccepted) return settle_in_order();
  for (uint64_t count = is_calm_ ? owed_.size() : random_.below(owed_.size() + 1); count > 0;
       --count) {
    settle_one();
  }
}

// All up to one of them: refusals first, then the acceptance.
void ChaosDaemon::settle_in_order() {
  const size_t count = is_calm_ ? owed_.size() : random_.below(owed_.size() + 1);
  if (count == 0) return;
  for (size_t i = 0; i < count; ++i) {
    if (random_.chance(0.05)) {
      reject(owed_[i]);
    } else {
      told_[owed_[i].number].insert(OutcomeKind::kAccepted);
    }
  }
  unwritten_ += "{\"status\":\"accepted\",\"seq\":" + std::to_string(owed_[count - 1].seq) + "}\n";
  owed_.erase(owed_.begin(), owed_.begin() + static_cast<ptrdiff_t>(count));
}

void ChaosDaemon::settle_one() {
  const size_t place = random_.below(owed_.size());
  const Owed owed = owed_[place];
  owed_.erase(owed_.begin() + static_cast<ptrdiff_t>(place));
  if (random_.chance(0.05)) return reject(owed);
  const bool is_good = random_.chance(0.9);
  told_[owed.number].insert(is_good ? OutcomeKind::kDelivered : OutcomeKind::kDeadLettered);
  unwritten_ += is_good ? "{\"status\":\"delivered\"," : "{\"status\":\"dead_lettered\",";
  unwritten_ += "\"seq\":" + std::to_string(owed.seq) + "}\n";
}

void ChaosDaemon::reject(const Owed& owed) {
  told_[owed.number].insert(OutcomeKind::kRejected);
  unwritten_ += "{\"status\":\"rejected\",\"seq\":" + std::to_string(owed.seq) +
                ",\"error\":{\"code\":\"queue_full\",\"message\":\"m\"}}\n";
}

bool ChaosDaemon::write(Peer& peer) {
  const size_t bytes = is_calm_ ? unwritten_.size() : random_.below(unwritten_.size() + 1);
  const bool is_written = peer.write(std::string_view(unwritten_).substr(0, bytes));
  unwritten_.erase(0, bytes);
  return is_written;
}

}  // namespace awps::client
