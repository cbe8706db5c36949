#pragma once

// LogFolder: the files of one log. The folder is made with the first segment, and open only while
// it is needed.
//
// 1. A segment that was made is allocated, and its name is safe.
// 2. Segments are taken away one after another: the name of the one before is gone for good before
//    the next one goes, so that none comes back whose releases stood in one that went.
//
// One thread.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "spool/file.h"
#include "spool/segment_header.h"

namespace awps {

class LogFolder {
 public:
  LogFolder(FileSystem& files, std::string path, uint32_t kind = SegmentHeader::kLog)
      : files_(files), path_(std::move(path)), kind_(kind) {}

  /// `put_aside`: names of damaged segments that are there, in any order.
  void know(std::vector<std::string> put_aside);

  Result<std::unique_ptr<File>, IoError> make_segment(uint64_t number, uint64_t bytes);
  Result<std::unique_ptr<File>, IoError> open_segment(uint64_t number);
  /// Whoever has it open may go on reading.
  Result<void, IoError> remove(uint64_t number);
  /// Gives it a name with ".damaged" behind. Of such ones the latest 4 stay, and at most 256 MiB.
  Result<void, IoError> put_aside(uint64_t number);
  /// What was removed is gone for good.
  Result<void, IoError> sync_removals();
  /// Until the next call of another.
  void close() { folder_.reset(); }

 private:
  Result<Folder*, IoError> folder();  // as it is
  Result<Folder*, IoError> made_folder();
  Result<void, IoError> drop_put_aside();

  FileSystem& files_;
  std::string path_;
  uint32_t kind_;  // of its segments
  std::unique_ptr<Folder> folder_;
  bool has_removed_ = true;             // the process before may have, without a sync
  std::vector<std::string> put_aside_;  // by number
};

}  // namespace awps
