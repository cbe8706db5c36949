#pragma once

// PartitionHubs: the hubs that have actions of one partition, by number, and how many.
//
// One thread, the stream's.

#include <cstdint>
#include <vector>

#include "stream/stream_hubs.h"

namespace awps {

class PartitionHubs {
 public:
  explicit PartitionHubs(const StreamHubs& hubs) : hubs_(hubs) {}

  /// The hub has one more. Its number, which stays while it has some.
  uint16_t add(const HubQueue& queue);
  /// It has one less. Then at(number) may be another hub, or none.
  void remove(uint16_t number);
  const StreamHubHandle& at(uint16_t number) const { return places_[number].hub; }

  /// Hubs that have some.
  std::vector<StreamHubHandle> used() const;
  bool uses(const StreamHub& hub) const;

  /// The stream's hubs are others now.
  void follow();
  /// What they have is not counted any more.
  void forget() { places_.clear(); }

 private:
  struct Place {
    StreamHubHandle hub;
    uint64_t open = 0;
    bool is_gone = false;  // a reload took it out
  };
  const StreamHubs& hubs_;
  std::vector<Place> places_;
};

}  // namespace awps
