#include "spool/log_open_error.h"

namespace awps {

LogOpenError unreadable_log(const IoError& error) {
  return {.kind = LogOpenError::Kind::kIo,
          .message = "the hub's log cannot be read: " + to_text(error) +
                     "; once the disk is well, start again: what was accepted is there"};
}

LogOpenError newer_log(const std::string& name) {
  return {.kind = LogOpenError::Kind::kNewerVersion,
          .message = "'" + name +
                     "' was written by a newer version of awpsd, and is left as it is: start that "
                     "version to deliver what it holds"};
}

LogOpenError not_ours_error(const std::string& path) {
  return {
      .kind = LogOpenError::Kind::kNotOurs,
      .message = "'" + path +
                 "' is not awpsd's alone: it must belong to its user, and nobody else may write "
                 "there (chown, chmod go-w)"};
}

}  // namespace awps
