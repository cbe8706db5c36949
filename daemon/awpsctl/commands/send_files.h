#pragma once

// The files that `awpsctl send` is given: found, opened, and removed once all of them is sent.
//
// One thread.

#include <sys/stat.h>

#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "daemon/awpsctl/failure.h"

namespace awps {

struct SendArguments;

/// What the arguments name, in their order, each file once: of a folder the undelivered-*.ndjson
/// in it, in the order of their time. A Failure where one cannot be read, or could not be removed
/// as is wanted: then nothing was sent.
Result<std::vector<std::string>, Failure> files_to_send(const SendArguments& wanted);

/// A file as it was when it was opened; "-" is standard input. What a stop has left is locked:
/// neither a daemon that still writes it nor another awpsctl has it meanwhile.
class FileToSend {
 public:
  static Result<FileToSend, Failure> open(const std::string& path, const SendArguments& wanted);

  int fd() const;
  const std::string& path() const { return path_; }
  /// A stop has left it.
  bool is_undelivered() const;
  /// A Failure where it has changed since, or cannot be removed: it stays.
  Result<void, Failure> remove() const;

 private:
  explicit FileToSend(std::string path) : path_(std::move(path)) {}

  std::string path_;
  UniqueFd file_;
  struct stat opened_ {};
};

/// The command that removes the file.
std::string remove_command(const std::string& path);

}  // namespace awps
