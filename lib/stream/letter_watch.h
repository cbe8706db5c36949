#pragma once

// LetterWatch: dead letters in the stores of hubs that are not on disk yet. A record is settled
// only once they are.
//
// One thread, the stream's. A turn costs a look at each hub that has some, and O(log n) for each
// letter that became safe.

#include <map>
#include <string>
#include <vector>

#include "stream/record_letters.h"
#include "stream/stream_hubs.h"

namespace awps {

class LetterWatch {
 public:
  void await(LetterId id, const StreamHubHandle& hub, uint64_t letter);
  void turn(std::vector<LetterId>& safe);
  void forget(uint64_t producer);
  bool is_empty() const { return hubs_.empty(); }
  std::string trouble() const;

 private:
  struct AtHub {
    StreamHubHandle hub;
    std::multimap<uint64_t, LetterId> letters;  // by number; not empty
  };
  std::vector<AtHub> hubs_;
};

}  // namespace awps
