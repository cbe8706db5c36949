#pragma once

// StreamRecords: what producers write into the topic of a world of streams, out of one seed: single
// actions, arrays, ordered batches, tombstones, what nobody can read, and what is forbidden. Every
// action's id is the number of its element in the StreamTruth. One thread.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/random.h"
#include "tests/simulation/stream_truth.h"

namespace awps {

class StreamRecords {
 public:
  struct Options {
    double with_time_to_live = 0;
    double poisoned = 0;
    double broken = 0;  // of records and of elements
    double sick = 0;    // sends to the sick group
    bool other_hub_may_be_refused = false;
    uint64_t seed = 0;
  };
  static constexpr std::string_view kOwnHub = "chat";
  static constexpr std::string_view kOtherHub = "news";
  static constexpr std::string_view kForbiddenHub = "private";

  StreamRecords(const Options& options, StreamTruth& truth)
      : options_(options), truth_(truth), random_(options.seed) {}

  struct Record {
    std::optional<std::string> value;  // nothing: a tombstone
    std::vector<size_t> elements;
  };
  Record make(int32_t partition, int64_t offset, WallTime written_at);
  /// Of a socket.
  std::vector<size_t> make_actions();

 private:
  size_t add(TruthElement element);
  size_t add_action(const TruthElement& where, std::string_view hub);
  Action random_action(int32_t partition);
  std::string random_element(const TruthElement& where, bool may_name_hub,
                             std::vector<size_t>& elements);

  const Options options_;
  StreamTruth& truth_;
  Random random_;
  Arena arena_{1 << 14};
};

}  // namespace awps
