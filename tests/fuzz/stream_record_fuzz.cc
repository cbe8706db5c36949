// Records of any bytes through a stream into a hub. The first byte says how much the hub holds and
// how far the stream reads ahead, the second is the seed of what happens; the rest are records,
// separated by 0x1e. One of a single 0x00 is a tombstone.
//
// 1. Every record settles in the end: as delivered, as a letter, or since it says nothing.
// 2. Each element is an action at the hub or is refused, once in an ownership, as many as the
//    decoder tells of; no seq comes twice.
// 3. What is committed is never past a record with an action at the hub, or a letter not safe.

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "action/decoder.h"
#include "base/check.h"
#include "base/random.h"
#include "intake/hub_directory.h"
#include "metrics/counters.h"
#include "queue/hub_queue.h"
#include "stream/stream.h"
#include "tests/stream/played_hub.h"
#include "tests/support/scripted_source.h"

namespace awps {
namespace {

class FuzzClock final : public Clock {
 public:
  Instant now() const override { return now_; }
  WallTime wall_now() const override { return WallTime(now_.time_since_epoch()); }
  void advance(Duration by) { now_ += by; }

 private:
  Instant now_{std::chrono::hours(1)};
};

/// What the decoder tells of a record.
class ElementCount final : public LineVisitor {
 public:
  void on_action(const Action&) override { ++elements; }
  void on_rejected(const Rejection&) override { ++elements; }
  void on_warning(std::string) override {}
  void on_hello(const Hello&) override { ++elements; }
  void on_bad_hello(const Rejection&) override { ++elements; }
  void begin_ordered_batch() override {}
  void end_ordered_batch() override {}

  uint64_t elements = 0;
};

uint64_t elements_of(std::string_view value) {
  std::string padded(value);
  padded.append(kLinePadding, ' ');
  ActionDecoder decoder;
  LinesBefore none;
  ElementCount count;
  decoder.decode(std::string_view(padded).substr(0, value.size()), none, count);
  return count.elements;
}

class World {
 public:
  World(uint8_t bounds, uint64_t seed)
      : random_(seed),
        hub_("chat", uint64_t{500} << (bounds % 8U)),
        stream_({.name = "fuzz",
                 .topic = "t",
                 .group = "g",
                 .hubs = {"*"},
                 .max_ahead = uint64_t{1} + bounds / 8U},
                std::make_shared<const HubDirectory>(std::vector<IntakeHub>{hub_.door()}, "chat"),
                {.clock = clock_,
                 .source = source_,
                 .counters = counters_,
                 .next_producer = [this] { return ++producer_; },
                 .log = [](StreamLog, const std::string&) {},
                 .wake = [] {}}),
        revokes_(bounds % 2 == 1) {
    hub_.safe_up_to = 0;
    source_.assign({0});
  }
  ~World() { hub_.leave(); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  void add(std::string_view value) {
    ++records_;
    if (value == std::string_view("\0", 1)) {
      source_.write(0, {.offset = 0, .key = {}, .value = {}, .written_at = {}});
      return;
    }
    elements_ += elements_of(value);
    source_.produce(0, std::string(value));
  }

  void run() {
    for (uint64_t step = 0; source_.committed(0) < records_ && records_ > 0; ++step) {
      AWPS_CHECK(step < 200000);
      if (step % 4 == 3) clock_.advance(std::chrono::milliseconds(500));
      look_at_hub();
      if (random_.below(4) != 0 && !hub_.items().empty()) {
        hub_.end(random_.below(hub_.items().size()), {.kind = OutcomeKind::kDelivered});
        ++ended_;
      }
      if (random_.below(3) == 0 && hub_.safe_up_to < hub_.letters) ++hub_.safe_up_to;
      if (revokes_ && random_.below(64) == 0 && source_.owns(0)) revoke();
      stream_.room_again();
      stream_.turn(clock_.now());
      check_commit();
    }
    if (!revokes_) AWPS_CHECK(arrived_ + counters_.rejected.value() == elements_);
    AWPS_CHECK(counters_.records.value() >= static_cast<uint64_t>(records_));
  }

 private:
  void look_at_hub() {
    for (const PlayedHub::Item& item : hub_.items()) {
      if (item.producer == producer_ && item.seq > last_seq_) {
        last_seq_ = item.seq;
        ++arrived_;
      }
      AWPS_CHECK(item.producer <= producer_ && item.seq <= last_seq_);
    }
    std::set<std::pair<uint64_t, uint64_t>> seqs;
    for (const PlayedHub::Item& item : hub_.items()) {
      AWPS_CHECK(seqs.emplace(item.producer, item.seq).second);
    }
  }
  void revoke() {
    source_.revoke({0});
    while (source_.owns(0)) {
      stream_.turn(clock_.now());
      clock_.advance(std::chrono::seconds(1));
      hub_.safe_up_to = hub_.letters;
    }
    AWPS_CHECK(hub_.items().empty());
    last_seq_ = 0;
    source_.assign({0});
    stream_.turn(clock_.now());
  }
  // The stream's own books against what this test knows: what is open at the hub is never passed.
  void check_commit() {
    const std::vector<PartitionStatus> partitions = stream_.status().partitions;
    if (partitions.empty()) return;
    AWPS_CHECK(source_.committed(0) <= partitions[0].settled || partitions[0].settled < 0);
    const bool is_open = !hub_.items().empty() || hub_.safe_up_to < hub_.letters;
    if (is_open) AWPS_CHECK(source_.committed(0) < records_);
  }

  Random random_;
  FuzzClock clock_;
  ScriptedSource source_;
  StreamCounters counters_;
  uint64_t producer_ = 0;
  PlayedHub hub_;
  Stream stream_;
  const bool revokes_;
  int64_t records_ = 0;
  uint64_t elements_ = 0;
  uint64_t arrived_ = 0;
  uint64_t ended_ = 0;
  uint64_t last_seq_ = 0;
};

}  // namespace
}  // namespace awps

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data) + 2, size - 2);
  awps::World world(data[0], data[1]);
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\x1e'), rest.size());
    world.add(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  world.run();
  return 0;
}
