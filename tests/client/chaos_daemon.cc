#include "tests/client/chaos_daemon.h"

#include <charconv>

#include "tests/support/unix_client.h"

namespace awps::client {

namespace {

constexpr size_t kMoodyConnections = 40;
constexpr std::string_view kData = R"("data":")";
constexpr std::string_view kId = R"("id":")";
constexpr std::string_view kNewer =
    R"({"status":"ready","protocol":1,"features":["deduplicate"],"dedupeWindowSeconds":120})"
    "\n";
constexpr std::string_view kRefusal =
    R"({"status":"rejected","seq":0,"line":1,"error":{"code":"invalid_action","message":)"
    R"("'deduplicate' is unknown"}})"
    "\n";

// What follows `key` up to the next quote; empty: the key is not there.
std::string_view text_behind(std::string_view key, std::string_view line) {
  const size_t place = line.find(key);
  if (place == std::string_view::npos) return {};
  const std::string_view rest = line.substr(place + key.size());
  return rest.substr(0, rest.find('"'));
}

uint64_t number_of(std::string_view line) {
  const std::string_view data = text_behind(kData, line);
  AWPS_CHECK(!data.empty() && line.ends_with("}"));
  uint64_t number = 0;
  std::from_chars(data.data(), data.data() + data.size(), number);
  return number;
}

}  // namespace

std::string numbered_data(uint64_t number, size_t bytes) {
  return std::to_string(number) + ":" + std::string(bytes, 'x');
}

ChaosDaemon::ChaosDaemon(uint64_t seed, Ack ack, ChaosVersion version)
    : random_(seed), ack_(ack), version_(version), thread_([this] { run(); }) {}

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
    if (!is_moody(0.2)) continue;
    daemon_.stop();
    daemon_.listen();
  }
}

// Whether actions follow.
bool ChaosDaemon::greet(Peer& peer) {
  const std::string hello = peer.read_line();
  if (hello.empty() || is_moody(0.1)) return false;
  ChaosVersion version = version_;
  if (version == ChaosVersion::kAnyOfThese) version = static_cast<ChaosVersion>(random_.below(3));
  const bool is_asked = hello.find(R"("deduplicate":true)") != std::string::npos;
  deduplicates_ = is_asked && version == ChaosVersion::kDeduplicates;
  const bool refuses = is_asked && version == ChaosVersion::kRefusesTheKey;
  const std::string_view answer = refuses ? kRefusal : deduplicates_ ? kNewer : kReady;
  const bool answers_whole = !is_moody(0.1);
  peer.write(answer.substr(0, answers_whole ? answer.size() : 20));
  return answers_whole && !refuses;
}

void ChaosDaemon::serve(Peer peer) {
  if (is_moody(0.1) || !greet(peer)) return;
  arrived_.emplace_back();
  unread_.clear();
  unwritten_.clear();
  owed_.clear();
  committed_ = 0;
  while (!is_moody(0.05)) {
    const bool may_wait = owed_.empty() && unwritten_.empty();
    const bool reads = may_wait || (peer.has_input(std::chrono::milliseconds(0)) && !is_moody(0.3));
    if (reads && !read(peer)) return;
    if (!is_moody(0.3)) commit();
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
  const std::string id(text_behind(kId, line));
  ids_[number].insert(id);
  arrived_.back().push_back(number);
  owed_.push_back({arrived_.back().size(), number, id});
}

// In the order of arrival.
void ChaosDaemon::commit() {
  const size_t waiting = owed_.size() - committed_;
  for (size_t count = is_calm_ ? waiting : random_.below(waiting + 1); count > 0; --count) {
    owed_[committed_].fate = commit(owed_[committed_]);
    ++committed_;
  }
}

ChaosDaemon::Fate ChaosDaemon::commit(const Owed& owed) {
  if (deduplicates_ && known_.contains(owed.id)) {
    ++duplicates_;
    return Fate::kDuplicate;
  }
  if (random_.chance(0.05)) return Fate::kRefused;
  if (deduplicates_) known_.insert(owed.id);
  ++effects_[owed.number];
  return Fate::kDone;
}

void ChaosDaemon::settle() {
  if (ack_ == Ack::kAccepted) return settle_in_order();
  for (uint64_t count = is_calm_ ? committed_ : random_.below(committed_ + 1); count > 0; --count) {
    settle_one();
  }
}

// All up to one of them: refusals first, then the acceptance, which covers duplicates, too.
void ChaosDaemon::settle_in_order() {
  const size_t count = is_calm_ ? committed_ : random_.below(committed_ + 1);
  if (count == 0) return;
  for (size_t i = 0; i < count; ++i) {
    if (owed_[i].fate == Fate::kRefused) {
      reject(owed_[i]);
    } else {
      told_[owed_[i].number].insert(OutcomeKind::kAccepted);
    }
  }
  unwritten_ += "{\"status\":\"accepted\",\"seq\":" + std::to_string(owed_[count - 1].seq) + "}\n";
  owed_.erase(owed_.begin(), owed_.begin() + static_cast<ptrdiff_t>(count));
  committed_ -= count;
}

void ChaosDaemon::settle_one() {
  const size_t place = random_.below(committed_);
  const Owed owed = owed_[place];
  owed_.erase(owed_.begin() + static_cast<ptrdiff_t>(place));
  --committed_;
  if (owed.fate == Fate::kRefused) return reject(owed);
  if (owed.fate == Fate::kDuplicate) return tell(owed, "duplicate", OutcomeKind::kDuplicate);
  if (random_.chance(0.9)) return tell(owed, "delivered", OutcomeKind::kDelivered);
  tell(owed, "dead_lettered", OutcomeKind::kDeadLettered);
}

void ChaosDaemon::tell(const Owed& owed, std::string_view status, OutcomeKind kind) {
  told_[owed.number].insert(kind);
  unwritten_ +=
      "{\"status\":\"" + std::string(status) + "\",\"seq\":" + std::to_string(owed.seq) + "}\n";
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
