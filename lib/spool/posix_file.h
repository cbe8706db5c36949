#pragma once

// PosixFileSystem: the kernel's files and folders, as file.h wants them.
//
// 1. A call that a signal interrupted is made again, a sync never: see file.h.
// 2. A write that takes less than it was given, without a reason, is ENOSPC.
// 3. Folders that cannot be synced (EINVAL) are as safe there as names can be.
// 4. Where the disk has no fallocate(2), allocate() writes the zeros.
// 5. Ours is what belongs to the effective user of the process, or to whom its maker says, and only
//    the owner may write to.
//
// Any thread may call the FileSystem; for what it opens, see file.h.

#include <sys/types.h>
#include <unistd.h>

#include <optional>

#include "spool/file.h"

namespace awps {

class PosixFileSystem final : public FileSystem {
 public:
  /// `owner`: whose files are ours; nullopt: anybody's, for those who only look.
  explicit PosixFileSystem(std::optional<uid_t> owner = ::geteuid()) : owner_(owner) {}

  /// The last name of `path` may be no symbolic link; those above it may.
  Result<std::unique_ptr<Folder>, IoError> open_folder(const std::string& path) override;
  /// It syncs the names also of folders that were there: the process that made them may have been
  /// killed before it did so.
  Result<std::unique_ptr<Folder>, IoError> make_folder(const std::string& path) override;
  /// A folder that is not there yet is on the disk of the one above.
  Result<uint64_t, IoError> free_bytes(const std::string& path) override;

 private:
  const std::optional<uid_t> owner_;
};

}  // namespace awps
