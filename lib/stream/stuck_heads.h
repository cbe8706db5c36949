#pragma once

// StuckHeads: partitions that are not read because one record holds them up: why they wait, and
// what operators are told of it.
//
// 1. Back-pressure alone is no news: a head is stuck once it has stayed the same for kStuck.
// 2. A line a minute names the partition that has waited longest, and how many do.
//
// Belongs to the stream's thread.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "stream/offsets.h"
#include "stream/stream_posts.h"

namespace awps {

class StuckHeads {
 public:
  static constexpr Duration kStuck = std::chrono::seconds(10);

  struct Parts {
    const StreamOptions& options;
    const RecordSource& source;
    std::shared_ptr<StreamPosts> posts;
    /// The partition of a producer; nullptr: it is gone.
    std::function<Partition*(uint64_t producer)> find;
    std::function<void(const std::string& line)> warn;
    std::function<void(const std::string& line)> inform;
  };
  explicit StuckHeads(Parts parts) : parts_(std::move(parts)) {}

  /// Once a second.
  void look(const Partitions& partitions, Instant now);

 private:
  struct Head {
    int64_t offset = 0;
    Instant since;  // it holds its partition up
  };
  void ask_why(const Partitions& partitions, Instant now);
  void tell(const Partitions& partitions, Instant now);

  const Parts parts_;
  std::map<int32_t, Head> heads_;  // of partitions that wait
  Instant asked_at_ = Instant::min();
  Instant told_at_ = Instant::min();
  bool is_told_ = false;
  std::shared_ptr<int> open_questions_ = std::make_shared<int>(0);
};

}  // namespace awps
