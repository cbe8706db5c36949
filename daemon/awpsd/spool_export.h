#pragma once

// SpoolExport: records as lines of the producers' protocol, in a new file, mode 0600.
//
// 1. A file that was there is left alone. One that is not finished is removed.
// 2. What is left of a time to live is what is left now.
// 3. An ordered batch is one line, see record_lines.h. Its records wait for the last of them: until
//    another record of their producer comes, or the end.
//
// One thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "record/record.h"

namespace awps {

class SpoolExport {
 public:
  SpoolExport(std::string path, WallTime now, size_t max_line_bytes);
  ~SpoolExport();
  SpoolExport(const SpoolExport&) = delete;
  SpoolExport& operator=(const SpoolExport&) = delete;

  /// False: the bytes are no record that this version can read; they are left out.
  bool add(std::string_view bytes);
  /// The next records are another log's, whose producers may have the same numbers.
  void end_log();
  /// All is there, and synced. False: error() says why not.
  bool finish();

  uint64_t actions() const { return actions_; }
  /// What could not be done, and on what; empty: nothing.
  const std::string& error() const { return error_; }

 private:
  struct OpenBatch {
    uint32_t number = 0;  // Origin::ordered_batch
    std::vector<std::string> records;
  };

  void write_line(std::string_view line);
  void write_batch(const OpenBatch& batch);
  void end_batch_before(const Record& record);
  void flush();
  void fail(std::string_view what);

  const std::string path_;
  const WallTime now_;
  const size_t max_line_bytes_;
  UniqueFd file_;
  bool is_finished_ = false;
  std::string error_;
  RecordReader reader_;
  std::unordered_map<uint64_t, OpenBatch> batches_;  // by producer
  std::string line_;                                 // scratch
  std::string text_;
  uint64_t actions_ = 0;
};

}  // namespace awps
