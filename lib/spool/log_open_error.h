#pragma once

// LogOpenError: why a hub cannot have its log.

#include <cstdint>
#include <string>

#include "spool/io_error.h"

namespace awps {

struct LogOpenError {
  enum class Kind : uint8_t { kIo, kNotOurs, kNewerVersion };
  Kind kind = Kind::kIo;
  std::string message;  // with the remedy
};

/// The disk does not answer.
LogOpenError unreadable_log(const IoError& error);
/// A newer version has written the file.
LogOpenError newer_log(const std::string& name);
/// `path` is not ours, or others may write to it.
LogOpenError not_ours_error(const std::string& path);

}  // namespace awps
