#pragma once

// TokenFile: the secret that requests over TCP must show, from a file that may be replaced while
// the daemon runs.
//
// 1. A token has at least 16 characters, all printable and none a blank; blanks around it, such as
//    the line's end, do not count.
// 2. The file is a regular one, to which others than its owner and group have no access.
// 3. The file is looked at with each request and read again when it has changed: a new token is
//    taken, and the old one refused, from the next request on. While the file is missing, open to
//    others or holds no token the last one stays, since a writer may be half-way.
// 4. Comparing takes the same time wherever the first difference is.
//
// One thread.

#include <sys/stat.h>

#include <string>
#include <string_view>

#include "base/result.h"

namespace awps::admin {

class TokenFile {
 public:
  static Result<TokenFile> open(const std::string& path);

  bool admits(std::string_view presented);

 private:
  TokenFile(std::string path, std::string token, const struct stat& status)
      : path_(std::move(path)), token_(std::move(token)), status_(status) {}

  std::string path_;
  std::string token_;
  struct stat status_;  // of the file when it was read
};

}  // namespace awps::admin
