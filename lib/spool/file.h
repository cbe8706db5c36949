#pragma once

// FileSystem, Folder, File: what the log needs of a disk. PosixFileSystem (posix_file.h) is the
// kernel's; the tests have a model of a disk that loses what was not synced.
//
// 1. What write() took is safe once sync() of the same file has returned success. A file's name is
//    safe once sync() of its folder has; a folder's name, once that of the folder above has.
// 2. A call that failed may have done a part of its work. After a sync that failed nothing is known
//    of what was written since the last good one, and another sync says nothing about it: the
//    kernel may have thrown the pages away (Rebello et al., "Can Applications Recover from fsync
//    Failures?", USENIX ATC 2020).
// 3. Names are followed through no symbolic link.
//
// One thread at a time for each Folder and what was opened from it.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "spool/io_error.h"

namespace awps {

class File {
 public:
  virtual ~File() = default;  // closes

  /// Less than `into` only at the end of the file.
  virtual Result<size_t, IoError> read(uint64_t offset, std::span<char> into) = 0;
  /// All of `bytes`, or an error.
  virtual Result<void, IoError> write(uint64_t offset, std::string_view bytes) = 0;
  /// The data, and the size that is needed to read it.
  virtual Result<void, IoError> sync() = 0;
  /// Gives an empty file this size in zeros, so that writing there needs no room any more.
  virtual Result<void, IoError> allocate(uint64_t bytes) = 0;
  virtual Result<uint64_t, IoError> size() = 0;
};

class Folder {
 public:
  virtual ~Folder() = default;

  /// What lies in it, in no order; without "." and "..".
  virtual Result<std::vector<std::string>, IoError> list() = 0;
  /// An existing file, for reading. One that is not a plain file of ours, or that others may write
  /// to, is an error (EPERM).
  virtual Result<std::unique_ptr<File>, IoError> open(const std::string& name) = 0;
  /// A new file, mode 0600. EEXIST if the name is taken.
  virtual Result<std::unique_ptr<File>, IoError> make(const std::string& name) = 0;
  virtual Result<void, IoError> unlink(const std::string& name) = 0;
  /// Replaces what `to` was.
  virtual Result<void, IoError> rename(const std::string& from, const std::string& to) = 0;
  virtual Result<void, IoError> sync() = 0;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  /// An existing folder. ENOENT: there is none. EPERM: it is another user's, or others may write
  /// to it.
  virtual Result<std::unique_ptr<Folder>, IoError> open_folder(const std::string& path) = 0;
  /// The same, made before if it is missing, mode 0700, up to two missing folders above it
  /// included; each name is synced.
  virtual Result<std::unique_ptr<Folder>, IoError> make_folder(const std::string& path) = 0;
  /// What an ordinary user may still write on the disk of `path`, in bytes.
  virtual Result<uint64_t, IoError> free_bytes(const std::string& path) = 0;
};

}  // namespace awps
