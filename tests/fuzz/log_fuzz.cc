// A log's folder from any bytes: it opens, or says why not; what it gives back is in order; and
// what is committed behind is there at the next opening. So are the ids that it found, whether or
// not they had to be written once more; of damaged segments some may be gone then, and no others
// are there unless a segment without its header is still there, too.
//
// The bytes are a list of orders: each makes a piece of a segment. Checksums are right where frames
// and headers are made whole, or nothing behind them would ever be tried.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "spool/frame.h"
#include "spool/id_frames.h"
#include "spool/log.h"
#include "spool/segment_header.h"
#include "spool/space.h"
#include "tests/support/disk_model.h"

namespace {

const std::string kFolder = "/spool/spool/chat";
constexpr awps::WallTime kNow{std::chrono::hours(24 * 365 * 56)};
constexpr size_t kMostSegments = 12;
constexpr uint64_t kNoRoom = uint64_t{1} << 40U;
constexpr size_t kMostIds = 4096;  // more than there can be

// What is left of the input, from which numbers and bytes are taken.
class Orders {
 public:
  explicit Orders(std::string_view bytes) : left_(bytes) {}

  bool empty() const { return left_.empty(); }
  uint8_t byte() {
    const std::string_view taken = bytes(1);
    return taken.empty() ? uint8_t{0} : static_cast<uint8_t>(taken[0]);
  }
  std::string_view bytes(size_t most) {
    const std::string_view taken = left_.substr(0, most);
    left_.remove_prefix(taken.size());
    return taken;
  }
  /// Mostly a small one, and at the borders where code goes wrong.
  uint64_t number() {
    const uint8_t kind = byte();
    if (kind < 128) return kind;
    if (kind < 160) return (uint64_t{1} << (kind - 128U)) + byte();
    if (kind < 192) return UINT64_MAX - byte();
    uint64_t number = 0;
    for (int i = 0; i < 8; ++i) number = number << 8U | byte();
    return number;
  }

 private:
  std::string_view left_;
};

awps::LogOptions options() {
  return {.folder = kFolder,
          .store = awps::store_id_of("chat", "example.webpubsub.azure.com"),
          .segment_bytes = 16 << 10U,
          .first_segment_bytes = 8 << 10U,
          .max_ids = kMostIds,
          .id_window = kNow.time_since_epoch(),
          .opened_at = kNow};
}

awps::SegmentHeader header_of(Orders& orders, uint64_t number) {
  awps::SegmentHeader header{.number = number, .store = options().store};
  header.next = orders.number();
  header.previous_end = orders.number() * 8;
  header.first_group = orders.number();
  header.run = orders.byte();
  if (header.run > 250)
    header.begun = header.run % 2 == 0 ? awps::WallTime::max() : awps::WallTime::min();
  return header;
}

void append_order(Orders& orders, std::string& segment, uint32_t salt) {
  const uint8_t order = orders.byte();
  if (order < 16) {
    segment += orders.bytes(order * 16U);
  } else if (order < 32) {
    segment.append((order - 16U) * 64U, '\0');
  } else {
    awps::FrameHeader header{.type = static_cast<awps::FrameType>(order % 9),
                             .flags = orders.byte()};
    header.count = static_cast<uint32_t>(orders.number());
    header.group = static_cast<uint32_t>(orders.number());
    header.first = orders.number();
    segment.resize((segment.size() + 7) & ~size_t{7});
    std::string_view payload = orders.bytes(orders.byte());
    if (header.type == awps::FrameType::kKnownIds && header.flags < 128) {
      header.count = static_cast<uint32_t>(payload.size() / awps::IdFrames::kIdBytes);
      payload = payload.substr(0, header.count * awps::IdFrames::kIdBytes);
    }
    awps::append_frame(segment, header, payload, salt);
  }
}

void put_segments(Orders& orders, awps::DiskModel& disk) {
  uint64_t number = 1;
  for (size_t i = 0; i < kMostSegments && !orders.empty(); ++i) {
    const awps::SegmentHeader header = header_of(orders, number);
    std::string segment = awps::to_bytes(header);
    if (orders.byte() > 200) segment = std::string(orders.bytes(64)) + std::string(4032, '\0');
    for (uint8_t left = orders.byte() % 16; left > 0; --left) {
      append_order(orders, segment, header.salt());
    }
    segment.append(orders.byte() * 8U, '\0');
    disk.put(kFolder + "/" + awps::segment_name(number), segment);
    number += 1 + orders.byte() / 200;
  }
}

using Live = std::vector<std::pair<awps::Position, std::string>>;

Live read_all(awps::Log& log) {
  Live live;
  log.begin_reading(0);
  for (awps::Position before = UINT64_MAX; before != log.read_up_to();) {
    before = log.read_up_to();
    const auto read = log.read(4'000, [&](awps::Position position, std::string_view bytes) {
      AWPS_CHECK(live.empty() || live.back().first < position);
      live.emplace_back(position, std::string(bytes));
    });
    AWPS_CHECK(read.ok());
  }
  return live;
}

// In the order accepted, and each hash once.
std::vector<awps::KnownId> ids_of(awps::Log& log) {
  std::vector<awps::KnownId> ids = log.take_known_ids();
  AWPS_CHECK(std::ranges::is_sorted(ids, {}, &awps::KnownId::accepted_at));
  std::vector<awps::IdHash> hashes;
  for (const awps::KnownId& id : ids) hashes.push_back(id.hash);
  std::ranges::sort(hashes);
  AWPS_CHECK(std::ranges::adjacent_find(hashes) == hashes.end());
  return ids;
}

std::vector<awps::KnownId> in_order(std::vector<awps::KnownId> ids) {
  std::ranges::sort(ids, {}, &awps::KnownId::hash);
  return ids;
}

awps::Result<std::unique_ptr<awps::Log>, awps::LogOpenError> open(awps::DiskModel& disk,
                                                                  awps::SpoolSpace& space) {
  return awps::Log::open(disk, space, options(),
                         [](uint64_t done, uint64_t all) { AWPS_CHECK(done <= all); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  Orders orders(std::string_view(reinterpret_cast<const char*>(bytes), size));
  awps::DiskModel disk;
  disk.put_folder(kFolder);
  put_segments(orders, disk);
  awps::SpoolSpace space(disk, {.path = "/spool", .min_free_bytes = 0});
  auto opened = open(disk, space);
  if (!opened) return 0;
  std::unique_ptr<awps::Log> log = std::move(*opened);
  const bool is_damaged = !log->recovery().damaged.empty();
  const Live live = read_all(*log);
  std::vector<awps::KnownId> expected = ids_of(*log);
  log->count_ids_known_to([&](const awps::IdHash& hash) {
    return std::ranges::find(expected, hash, &awps::KnownId::hash) != expected.end();
  });
  // Those of a segment in which nothing lives are moved.
  for (const auto& [position, record] : live) log->release({position, 1});
  const awps::Position added = log->add(std::string_view("\5\0\0\0hello", 9), 1);
  const awps::KnownId id{.hash = {.high = 1, .low = 2}, .accepted_at = kNow};
  log->know(id, added);
  AWPS_CHECK(log->commit(kNow).ok());
  std::erase_if(expected, [&](const awps::KnownId& known) { return known.hash == id.hash; });
  expected.push_back(id);
  space.took(kNoRoom);
  for (int i = 0; i < 20; ++i) log->tend(kNow, i % 2 == 0);
  space.gave_back(kNoRoom);
  log.reset();
  auto again = open(disk, space);
  AWPS_CHECK(again.ok());
  const Live found = read_all(**again);
  AWPS_CHECK(std::ranges::find(found, std::pair(added, std::string("hello"))) != found.end());
  const std::vector<awps::KnownId> ids = in_order(ids_of(**again));
  AWPS_CHECK(std::ranges::find(ids, id) != ids.end());
  // A segment without a good header is judged by what stands before it, which may have gone.
  const auto has_no_header = [](const auto& damage) { return damage.offset == 0; };
  const bool is_judged_anew =
      is_damaged && std::ranges::any_of((*again)->recovery().damaged, has_no_header);
  AWPS_CHECK(is_judged_anew || std::ranges::includes(in_order(expected), ids, {},
                                                     &awps::KnownId::hash, &awps::KnownId::hash));
  if (!is_damaged) AWPS_CHECK(in_order(expected) == ids);
  return 0;
}
