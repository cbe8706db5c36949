#pragma once

// StreamThread: runs one stream, with its source and its writer of letters. It sleeps until
// somebody wakes it, or a second.
//
// Any thread may call what is here. The source and the writer of letters are made by the owner; the
// thread alone uses and destroys them, once it was started.

#include <functional>
#include <memory>

#include "stream/stream.h"
#include "stream/stream_waker.h"

namespace awps {

class StreamThread {
 public:
  struct Parts {
    std::unique_ptr<RecordSource> source;
    std::unique_ptr<LetterWriter> letters;  // nullptr: the hub keeps them
    const Clock& clock;
    StreamCounters& counters;
    std::function<uint64_t()> next_producer;
    std::function<void(StreamLog level, const std::string& line)> log;
    int slot = 0;
    std::shared_ptr<StreamWaker> waker;  // by which the source and the writer of letters wake it
    std::function<void(const SharedPart& part)> on_part{};  // see Stream::Parts
  };

  StreamThread(StreamOptions options, std::shared_ptr<const HubDirectory> hubs, Parts parts);
  /// Only if it was never started, or has_ended().
  ~StreamThread();
  StreamThread(const StreamThread&) = delete;
  StreamThread& operator=(const StreamThread&) = delete;

  void start();
  void set_options(StreamOptions options);
  void use(std::shared_ptr<const HubDirectory> hubs);
  void room_again();
  /// Gives back all partitions and leaves the group.
  void begin_stop();
  /// Likewise, without waiting for what is under way.
  void hurry_stop();
  bool has_stopped() const;
  /// Then its thread closes the source and the writer of letters, which may take as long as a
  /// broker does, and waits until no hub has anything of it.
  bool has_ended() const;
  /// When it turned last, or was made. It turns each second, unless a commit is waited for.
  AwakeInstant last_turn() const;
  /// As of the last turn that was a second after the one before, or changed its state.
  StreamStatus status() const;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace awps
