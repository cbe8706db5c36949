#pragma once

// UndeliveredFile: what a stop leaves, as lines of PROTOCOL.md that can be sent again:
// DIRECTORY/undelivered-<UTC time of the stop>.ndjson, mode 0600.
//
// 1. The file is made with the first line, and named by that time. A folder that is missing is
//    made, 0700, if the one above it is there.
// 2. A line is safe once sync() has returned a position that is not before its end; until then
//    nothing is promised. Behind a line that cannot be written none becomes safe. The file ends
//    with a whole line.
// 3. From try_folder() on descriptors are kept in reserve, for the file and for its folder's sync,
//    so that it can be made when no others are left.
// 4. It is nobody else's: if the name is taken, by another stop in the same second, a number is
//    added. While it is open it has a shared flock(2): nobody sends it before it is whole.
//
// Any thread: several hubs stop at once.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace awps {

/// undelivered-*.ndjson
bool is_undelivered_name(std::string_view name);

class UndeliveredFile {
 public:
  /// `clock` outlives this object.
  UndeliveredFile(std::string directory, const Clock& clock)
      : directory_(std::move(directory)), clock_(clock) {}

  /// Makes the folder, and writes a file there that goes again. An Error says what cannot be done,
  /// and what is at stake.
  Result<void> try_folder();

  /// `line` without its '\n'. Returns the position where the line ends.
  uint64_t append(std::string_view line);
  /// Makes what was appended durable. Returns up to which position it is.
  uint64_t sync();

  /// "" before the first line.
  std::string path() const;
  /// Why lines are lost; "": none is.
  std::string failure() const;

 private:
  void open() REQUIRES(mutex_);
  UniqueFd make_file(const std::string& name) REQUIRES(mutex_);
  void write_out() REQUIRES(mutex_);
  void cut_torn_line(std::string_view written) REQUIRES(mutex_);
  void fail(std::string_view what) REQUIRES(mutex_);

  const std::string directory_;
  const Clock& clock_;
  mutable Mutex mutex_;
  UniqueFd reserve_ GUARDED_BY(mutex_);  // for the file
  UniqueFd folder_ GUARDED_BY(mutex_);   // for the sync of its name
  std::string path_ GUARDED_BY(mutex_);
  UniqueFd file_ GUARDED_BY(mutex_);
  std::string buffer_ GUARDED_BY(mutex_);
  uint64_t appended_ GUARDED_BY(mutex_) = 0;
  uint64_t written_ GUARDED_BY(mutex_) = 0;  // in whole lines
  uint64_t safe_ GUARDED_BY(mutex_) = 0;
  std::string failure_ GUARDED_BY(mutex_);
};

/// The same trial for a folder that is used later, by another process: it leaves nothing behind.
Result<void> try_spool_folder(const std::string& directory);

}  // namespace awps
