#pragma once

// SideChannel: texts on their way to a reader who may not read, such as the log or the service
// manager. A thread of its own gives them to the reader, so that nobody else ever waits for it.
//
// 1. put() does not wait. What waits has at most `max_bytes`: where it is full, the oldest goes.
// 2. Every text is written, waits, or is counted in lost(): crowded out, or not taken.
// 3. finish() and the destructor let the reader take what waits: at most `longest_end`, and no
//    longer than `patience` without a text that is taken. Then they leave the thread behind, with
//    all that it uses: a thread that stands in write(2) cannot be ended.
//
// spdlog's own asynchronous logger is bounded by the number of lines, and its end waits for its
// thread without a bound.
//
// Any thread; one of them ends it.

#include <spdlog/common.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"

namespace awps {

class SideChannel {
 public:
  struct Text {
    spdlog::log_clock::time_point time{};
    spdlog::level::level_enum level = spdlog::level::info;
    std::string text{};
  };

  struct Options {
    std::string thread_name;                    // at most 15 bytes
    size_t max_bytes = size_t{1} << 20U;        // of what waits
    size_t max_text_bytes = size_t{64} << 10U;  // of one text: the rest of it is cut off
    Duration patience = std::chrono::seconds(1);
    Duration longest_end = std::chrono::seconds(5);
  };

  /// Called by the channel's thread alone. `lost`: texts lost since the last one that was written.
  /// False: the reader did not take it. It may block, and owns what it touches.
  using Write = std::function<bool(const Text& text, uint64_t lost)>;

  SideChannel(const Options& options, Write write);
  ~SideChannel();
  SideChannel(const SideChannel&) = delete;
  SideChannel& operator=(const SideChannel&) = delete;

  void put(Text text);
  uint64_t lost() const;
  /// What is put afterwards is not written any more.
  void finish();

 private:
  class Queue;

  std::shared_ptr<Queue> queue_;  // the thread's, too
};

}  // namespace awps
