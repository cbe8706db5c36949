#pragma once

// IoError: a call of the system that failed, on what, and why.

#include <string>

namespace awps {

struct IoError {
  std::string call;  // "write", "sync", "allocate", "open", "make", "unlink", "rename", "read", …
  std::string path;
  int code = 0;  // errno

  friend bool operator==(const IoError&, const IoError&) = default;
};

/// There is no room for more: on the disk, or for its owner.
bool means_full(const IoError& error);

/// "write '/var/lib/awpsd/spool/chat/log-0000000000000001.seg': Input/output error"
std::string to_text(const IoError& error);

}  // namespace awps
