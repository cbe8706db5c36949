#pragma once

// SpoolLock: FOLDER/spool.lock, by which one daemon at a time has the folder. It holds two lines,
// "pid 4711" and "version 0.2.0", of whoever holds it or held it last.
//
// 1. It is a lock of the open file (F_OFD_SETLK in fcntl(2)): it goes with the process, however
//    that ends.
// 2. The file is never deleted: somebody may wait to lock it.
//
// One thread.

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "base/unique_fd.h"

namespace awps {

class SpoolLock {
 public:
  struct LockError {
    bool is_held = false;  // by another; else the file cannot be made or locked
    std::string message;   // with the remedy
  };

  /// The folder is there. `version` is ours.
  static Result<SpoolLock, LockError> take(const std::string& folder, std::string_view version);

  /// Who holds it: "pid 4711, version 0.2.0"; nullopt: nobody does, or it cannot be looked at.
  static std::optional<std::string> holder(const std::string& folder);

 private:
  explicit SpoolLock(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

}  // namespace awps
