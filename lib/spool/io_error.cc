#include "spool/io_error.h"

#include <cerrno>
#include <cstring>

namespace awps {

bool means_full(const IoError& error) {
  return error.code == ENOSPC || error.code == EDQUOT;
}

std::string to_text(const IoError& error) {
  return error.call + " '" + error.path + "': " + std::strerror(error.code);
}

}  // namespace awps
