#pragma once

// TestTopic: a topic with its group, and sources that read it in threads of their own, while the
// test writes. A source that is made owns partition 0 until it leaves.
//
// Any thread.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "stream/record_source.h"
#include "tests/support/scripted_source.h"

namespace awps {

class TestTopic {
 public:
  std::unique_ptr<RecordSource> make_source(std::function<void()> wake);

  void produce(std::string value);
  int64_t committed() const;
  bool was_left() const;
  /// Of sources that were made, or closed.
  int made() const;
  int closed() const;

  void tell(SourceEvent event);
  void wake();
  /// The next call of a source hangs until release(); or the end of one.
  void hang();
  void hang_at_the_end();
  void release();

 private:
  class Reader;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  ScriptedSource source_;
  std::function<void()> wake_ = [] {};
  bool hangs_ = false;
  bool hangs_at_the_end_ = false;
  int made_ = 0;
  int closed_ = 0;
};

}  // namespace awps
