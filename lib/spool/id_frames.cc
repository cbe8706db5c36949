#include "spool/id_frames.h"

#include <algorithm>

#include "spool/bytes.h"

namespace awps {

namespace {

// What a frame of records has at most: each has its length.
constexpr size_t kMostRecords = kMostPayloadBytes / sizeof(uint32_t);

// Those who write them never write more into a frame, nor more ids than there are positions.
bool are_ids(const FrameHeader& header, std::string_view payload) {
  if (header.count == 0 || payload.size() > kMostPayloadBytes) return false;
  if (header.first != 0 && header.first <= header.count) return false;
  return payload.size() == header.count * uint64_t{IdFrames::kIdBytes};
}

KnownId id_at(std::string_view payload, size_t place) {
  KnownId id;
  id.hash.high = get_number<uint64_t>(payload, place);
  id.hash.low = get_number<uint64_t>(payload, place + sizeof(uint64_t));
  id.accepted_at = WallTime(Duration(get_number<int64_t>(payload, place + sizeof(IdHash))));
  return id;
}

}  // namespace

void append_id(std::string& payload, const KnownId& id) {
  add_number(payload, id.hash.high);
  add_number(payload, id.hash.low);
  add_number(payload, static_cast<int64_t>(id.accepted_at.time_since_epoch().count()));
}

WallTime newest_of_ids(std::string_view payload) {
  WallTime newest{};
  for (size_t place = 0; place < payload.size(); place += IdFrames::kIdBytes) {
    newest = std::max(newest, id_at(payload, place).accepted_at);
  }
  return newest;
}

bool IdFrames::take(const FrameHeader& header, std::string_view payload) {
  counting_.clear();
  if (header.type == FrameType::kRecords) {
    // It is the frame that they stand before, and not one behind a gap.
    const bool is_theirs = header.first + header.count == waiting_for_;
    if (is_theirs && waiting_.size() <= header.count) {
      counting_.swap(waiting_);
      end_ = waiting_for_;
    }
    waiting_.clear();
    return true;
  }
  if (header.type != FrameType::kKnownIds) return true;
  if (!are_ids(header, payload)) return false;
  if (header.first != waiting_for_) waiting_.clear();
  const bool waits = header.first != 0;
  if (waits && waiting_.size() + header.count > kMostRecords) return false;
  waiting_for_ = header.first;
  end_ = 0;
  std::vector<KnownId>& ids = waits ? waiting_ : counting_;
  for (size_t place = 0; place < payload.size(); place += kIdBytes) {
    ids.push_back(id_at(payload, place));
  }
  return true;
}

}  // namespace awps
