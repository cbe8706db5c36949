#include "spool/segment_writer.h"

#include <string>

#include "base/fault_point.h"

namespace awps {

Result<void, IoError> SegmentWriter::write(std::string_view frames) {
  Result<void, IoError> written;
  if (written_ == 0) {
    std::string bytes = to_bytes(header_);
    bytes += frames;
    written = file_->write(0, bytes);
    pass(FaultPoint::kHeaderWritten);
  } else {
    written = file_->write(written_, frames);
  }
  if (written) written_ = end() + frames.size();
  return written;
}

Result<void, IoError> SegmentWriter::sync() {
  Result<void, IoError> synced = file_->sync();
  if (synced) synced_ = written_;
  return synced;
}

}  // namespace awps
