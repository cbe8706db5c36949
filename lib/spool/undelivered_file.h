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
// 5. While a sync is under way others can write: if it never returns, their lines are in the file
//    all the same, for a system that lives on.
//
// Any thread: several hubs stop at once.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "spool/disk_wait.h"

namespace awps {

/// undelivered-*.ndjson
bool is_undelivered_name(std::string_view name);

class UndeliveredFile {
 public:
  /// `clock` outlives this object.
  UndeliveredFile(std::string directory, const Clock& clock)
      : directory_(std::move(directory)), clock_(clock), writes_(clock), syncs_(clock) {}

  /// Makes the folder, and writes a file there that goes again. An Error says what cannot be done,
  /// and what is at stake.
  Result<void> try_folder();

  /// `line` without its '\n'. Returns the position where the line ends.
  uint64_t append(std::string_view line);
  /// Makes what was appended durable. Returns up to which position it is.
  uint64_t sync();
  /// How long the disk has not answered by now. path() and failure() may wait for it, too.
  Duration waits_for_disk() const { return std::max(writes_.lasts(), syncs_.lasts()); }
  bool hangs() const { return waits_for_disk() >= DiskWait::kLongestAnswer; }
  const std::string& directory() const { return directory_; }

  /// "" before the first line.
  std::string path() const;
  /// Why lines are lost; "": none is.
  std::string failure() const;

 private:
  struct ToSync {
    int file = -1;       // -1: there is nothing to do
    int folder = -1;     // of its name; -1: by its path
    uint64_t bytes = 0;  // of the file
  };

  Result<void> prepare_folder();
  ToSync write_rest();
  bool sync_both(const ToSync& what);
  uint64_t note_synced(const ToSync& what, bool is_synced);
  void open() REQUIRES(mutex_);
  UniqueFd make_file(const std::string& name) REQUIRES(mutex_);
  void write_out() REQUIRES(mutex_);
  void cut_torn_line(std::string_view written) REQUIRES(mutex_);
  void fail(std::string_view what) REQUIRES(mutex_);

  const std::string directory_;
  const Clock& clock_;
  DiskWait writes_;  // of whoever holds mutex_
  DiskWait syncs_;   // of whoever holds sync_mutex_
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
  Mutex sync_mutex_;
  bool is_folder_synced_ GUARDED_BY(sync_mutex_) = false;
  int sync_error_ GUARDED_BY(sync_mutex_) = 0;
};

/// The same trial for a folder that is used later, by another process: it leaves nothing behind.
Result<void> try_spool_folder(const std::string& directory);

}  // namespace awps
