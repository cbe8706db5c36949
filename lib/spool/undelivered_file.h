#pragma once

// UndeliveredFile: what a stop leaves, as lines of PROTOCOL.md that can be sent again:
// DIRECTORY/undelivered-<UTC time of the stop>.ndjson, mode 0600.
//
// 1. The file is made with the first line, and named by that time. A folder that is missing is
//    made, 0700.
// 2. finish() makes it durable; before that nothing is promised.
//
// Any thread: several hubs stop at once.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace awps {

class UndeliveredFile {
 public:
  /// `clock` outlives this object.
  UndeliveredFile(std::string directory, const Clock& clock)
      : directory_(std::move(directory)), clock_(clock) {}

  /// `line` without its '\n', with `actions` in it.
  void append(std::string_view line, uint64_t actions);
  /// How many actions are safe in the file; an Error says why it holds less than was appended.
  Result<uint64_t> finish();

  /// "" before the first line.
  std::string path() const;

 private:
  void open() REQUIRES(mutex_);
  void write_out() REQUIRES(mutex_);
  void fail(std::string_view what) REQUIRES(mutex_);

  const std::string directory_;
  const Clock& clock_;
  mutable Mutex mutex_;
  std::string path_ GUARDED_BY(mutex_);
  UniqueFd file_ GUARDED_BY(mutex_);
  std::string buffer_ GUARDED_BY(mutex_);
  uint64_t actions_ GUARDED_BY(mutex_) = 0;
  std::string failure_ GUARDED_BY(mutex_);
};

}  // namespace awps
