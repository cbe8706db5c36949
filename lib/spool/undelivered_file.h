#pragma once

// UndeliveredFile: what a stop leaves, one action a line as PROTOCOL.md has it, so that it can be
// sent again: DIRECTORY/undelivered-<UTC time>.ndjson, mode 0600.
//
// 1. The file is made with the first line. A folder that is missing is made, 0700.
// 2. finish() makes it durable; before that nothing is promised.
//
// Any thread: several hubs stop at once.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace awps {

class UndeliveredFile {
 public:
  UndeliveredFile(std::string directory, WallTime now);

  /// `line` without its '\n'.
  void append(std::string_view line);
  /// How many lines are safe in the file; an Error says why it holds less than was appended.
  Result<uint64_t> finish();

  const std::string& path() const { return path_; }

 private:
  void open() REQUIRES(mutex_);
  void write_out() REQUIRES(mutex_);
  void fail(std::string_view what) REQUIRES(mutex_);

  const std::string directory_;
  const std::string path_;
  Mutex mutex_;
  UniqueFd file_ GUARDED_BY(mutex_);
  std::string buffer_ GUARDED_BY(mutex_);
  uint64_t lines_ GUARDED_BY(mutex_) = 0;
  std::string failure_ GUARDED_BY(mutex_);
};

}  // namespace awps
