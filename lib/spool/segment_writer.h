#pragma once

// SegmentWriter: the segment that is written to. Its header goes out with its first frames, in one
// write. After a failure nothing more may be asked of it but where it was synced last.
//
// One thread.

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "spool/file.h"
#include "spool/segment_header.h"

namespace awps {

class SegmentWriter {
 public:
  /// `bytes`: as it was allocated.
  SegmentWriter(std::unique_ptr<File> file, const SegmentHeader& header, uint64_t bytes)
      : file_(std::move(file)), header_(header), bytes_(bytes) {}

  const SegmentHeader& header() const { return header_; }
  uint64_t bytes() const { return bytes_; }
  /// Where the next frame begins.
  uint64_t end() const { return written_ == 0 ? SegmentHeader::kBytes : written_; }
  uint64_t room() const { return bytes_ - end(); }
  bool is_half_full() const { return end() > bytes_ / 2; }
  bool has_unsynced() const { return written_ > synced_; }
  /// Up to where all is safe; 0: nothing is, not even the header.
  uint64_t synced_end() const { return synced_; }

  Result<void, IoError> write(std::string_view frames);
  Result<void, IoError> sync();

 private:
  std::unique_ptr<File> file_;
  const SegmentHeader header_;
  const uint64_t bytes_;
  uint64_t written_ = 0;
  uint64_t synced_ = 0;
};

}  // namespace awps
