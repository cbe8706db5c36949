#pragma once

// StreamHarness: a DaemonHarness whose streams read the test's topics, of which each owns partition
// 0. Belongs to the test's thread.

#include <map>
#include <string>
#include <vector>

#include "tests/daemon/daemon_harness.h"
#include "tests/daemon/test_topic.h"

namespace awps {

using Names = std::vector<std::string>;

inline std::string stream(const std::string& name, const std::string& more = "") {
  return "[streams." + name + "]\nbrokers = \"127.0.0.1:1\"\ntopic = \"" + name + "\"\n" + more;
}

inline const std::string kHubs =
    "service.hub = \"chat\"\n[hubs.chat]\ncoalesce.enabled = false\n[hubs.news]\n";

class StreamHarness : public DaemonHarness {
 protected:
  StreamHarness() {
    make_stream_ends_ = [this](const StreamPlan& plan, const StreamTies& ties) {
      return StreamEnds{.source = topics_[plan.name].make_source(ties.wake), .letters = {}};
    };
  }
  ~StreamHarness() override {
    for (auto& [name, topic] : topics_) topic.release();
    end_streams();
  }

  TestTopic& topic(const std::string& name) { return topics_[name]; }
  Names stream_names() const {
    Names names;
    for (const StreamView& view : streams_->views()) names.push_back(view.name + ":" + view.state);
    return names;
  }
  StreamView view(const std::string& name) const {
    for (const StreamView& view : streams_->views()) {
      if (view.name == name) return view;
    }
    return {};
  }
  /// What a second does: commits, and what is shown.
  void second() {
    pass(std::chrono::seconds(1));
    for (auto& [name, topic] : topics_) topic.wake();
  }
  void until_committed(const std::string& name, int64_t offset) {
    until([&] {
      second();
      return topic(name).committed() == offset;
    });
  }
  void until_retired() {
    until([this] { return !streams_->retire(); });
  }

  std::map<std::string, TestTopic> topics_;
};

}  // namespace awps
