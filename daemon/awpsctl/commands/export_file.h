#pragma once

// ExportFile: where an export writes its lines: a new file, or standard output.
//
// 1. A file that was there is left alone, since what it holds may be all that is left of an action.
// 2. A file that is not finished is removed: who finds one has the whole export.
//
// One thread.

#include <string>

#include "base/unique_fd.h"
#include "daemon/awpsctl/failure.h"

namespace awps {

class ExportFile {
 public:
  /// Empty: standard output.
  explicit ExportFile(std::string path);
  ~ExportFile();
  ExportFile(const ExportFile&) = delete;
  ExportFile& operator=(const ExportFile&) = delete;

  /// Nothing was refused yet.
  bool ok() const { return error_ == 0; }
  /// `line` without its '\n'.
  void append(const std::string& line);
  /// Once all is there, and on the disk, the file stays.
  Result<void, Failure> finish();

 private:
  void flush();

  const std::string path_;
  UniqueFd file_;
  int error_ = 0;
  bool is_finished_ = false;
  std::string text_;
};

}  // namespace awps
