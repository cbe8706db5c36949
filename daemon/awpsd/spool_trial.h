#pragma once

// SpoolTrial: whether what a stop cannot deliver could be kept. It is tried when that can still be
// mended, at the start and at each reload, and said in the log; status shows what was found last.
//
// Any thread.

#include <spdlog/logger.h>

#include <string>

#include "base/mutex.h"
#include "spool/undelivered_file.h"

namespace awps {

class SpoolTrial {
 public:
  /// Both outlive it.
  SpoolTrial(UndeliveredFile& file, spdlog::logger& logger) : file_(file), logger_(logger) {}

  void run();
  /// What is wrong, and what is at stake; "": nothing.
  std::string error() const;

 private:
  UndeliveredFile& file_;
  spdlog::logger& logger_;
  mutable Mutex mutex_;
  std::string error_ GUARDED_BY(mutex_);
};

}  // namespace awps
