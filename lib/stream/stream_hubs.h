#pragma once

// StreamHubs: the hubs of one stream, of which each partition holds those that have something of
// it. So a hub that a reload took out stays reachable until all that it had of the stream is
// settled.
//
// One thread, the stream's. The directory that it follows is the slot's.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "intake/hub_directory.h"

namespace awps {

struct StreamHub {
  std::string name;
  const HubQueue* queue = nullptr;
  HubForStreams* for_streams = nullptr;  // nullptr: it is read from its disk, and takes nothing
  std::shared_ptr<const void> lease;
};
using StreamHubHandle = std::shared_ptr<const StreamHub>;

class StreamHubs {
 public:
  /// `home`: canonical name of the hub of records that name none; empty: the directory's default.
  StreamHubs(const HubDirectory& directory, std::string home);

  void follow(const HubDirectory& directory);
  /// The hub of this queue, which the directory leads to.
  StreamHubHandle at(const HubQueue& queue) const;
  bool has(const HubQueue& queue) const;
  /// nullptr: there is none.
  const StreamHubHandle& home() const { return home_; }
  const std::string& home_name() const { return home_name_; }

 private:
  const std::string wanted_home_;
  std::string home_name_;
  std::vector<StreamHubHandle> hubs_;
  StreamHubHandle home_;
};

}  // namespace awps
