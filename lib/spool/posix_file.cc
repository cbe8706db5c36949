#include "spool/posix_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "base/unique_fd.h"

namespace awps {

namespace {

constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr int kMostMissingAbove = 2;

// Without EINTR. A sync is not made by it.
template <typename Call>
auto again(const Call& call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

IoError failed_call(std::string call, const std::string& path, int code = errno) {
  return {.call = std::move(call), .path = path, .code = code};
}

// 0 or an errno.
int not_ours(int fd, mode_t type, std::optional<uid_t> owner) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return errno;
  const bool is_ours = (status.st_mode & S_IFMT) == type && (!owner || status.st_uid == *owner) &&
                       (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
  return is_ours ? 0 : EPERM;
}

class PosixFile final : public File {
 public:
  PosixFile(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<size_t, IoError> read(uint64_t offset, std::span<char> into) override;
  Result<void, IoError> write(uint64_t offset, std::string_view bytes) override;
  Result<void, IoError> sync() override;
  Result<void, IoError> allocate(uint64_t bytes) override;
  Result<uint64_t, IoError> size() override;

 private:
  int write_all(uint64_t offset, std::string_view bytes);
  int write_zeros(uint64_t bytes);

  const UniqueFd fd_;
  const std::string path_;
};

Result<size_t, IoError> PosixFile::read(uint64_t offset, std::span<char> into) {
  size_t done = 0;
  while (done < into.size()) {
    const ssize_t n = again([&] {
      return ::pread(fd_.get(), into.data() + done, into.size() - done,
                     static_cast<off_t>(offset + done));
    });
    if (n < 0) return failed_call("read", path_);
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  return done;
}

// 0 or an errno.
int PosixFile::write_all(uint64_t offset, std::string_view bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = again([&] {
      return ::pwrite(fd_.get(), bytes.data() + done, bytes.size() - done,
                      static_cast<off_t>(offset + done));
    });
    if (n < 0) return errno;
    // After a part the next call says why; if it takes nothing and does not say why, nothing will.
    if (n == 0) return ENOSPC;
    done += static_cast<size_t>(n);
  }
  return 0;
}

Result<void, IoError> PosixFile::write(uint64_t offset, std::string_view bytes) {
  const int code = write_all(offset, bytes);
  if (code != 0) return failed_call("write", path_, code);
  return {};
}

Result<void, IoError> PosixFile::sync() {
  if (::fdatasync(fd_.get()) != 0) return failed_call("sync", path_);
  return {};
}

// 0 or an errno.
int PosixFile::write_zeros(uint64_t bytes) {
  static constexpr std::array<char, size_t{64} << 10U> kZeros{};
  for (uint64_t done = 0; done < bytes; done += kZeros.size()) {
    const size_t count = std::min<uint64_t>(kZeros.size(), bytes - done);
    const int code = write_all(done, std::string_view(kZeros.data(), count));
    if (code != 0) return code;
  }
  return 0;
}

Result<void, IoError> PosixFile::allocate(uint64_t bytes) {
  const int done = again([&] { return ::fallocate(fd_.get(), 0, 0, static_cast<off_t>(bytes)); });
  int code = done == 0 ? 0 : errno;
  if (code == EOPNOTSUPP || code == ENOSYS) code = write_zeros(bytes);
  if (code != 0) return failed_call("allocate", path_, code);
  return {};
}

Result<uint64_t, IoError> PosixFile::size() {
  struct stat status {};
  if (::fstat(fd_.get(), &status) != 0) return failed_call("size", path_);
  return static_cast<uint64_t>(status.st_size);
}

class PosixFolder final : public Folder {
 public:
  PosixFolder(UniqueFd fd, std::string path, std::optional<uid_t> owner)
      : fd_(std::move(fd)), path_(std::move(path)), owner_(owner) {}

  Result<std::vector<std::string>, IoError> list() override;
  Result<std::unique_ptr<File>, IoError> open(const std::string& name) override;
  Result<std::unique_ptr<File>, IoError> make(const std::string& name) override;
  Result<void, IoError> unlink(const std::string& name) override;
  Result<void, IoError> rename(const std::string& from, const std::string& to) override;
  Result<void, IoError> sync() override;

 private:
  std::string path_of(const std::string& name) const { return path_ + "/" + name; }

  const UniqueFd fd_;
  const std::string path_;
  const std::optional<uid_t> owner_;
};

Result<std::vector<std::string>, IoError> PosixFolder::list() {
  // Another description: this one's place in the list is its own.
  UniqueFd fd(again([&] { return ::openat(fd_.get(), ".", kFolderFlags); }));
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(fd.valid() ? ::fdopendir(fd.get()) : nullptr,
                                                    &::closedir);
  if (entries == nullptr) return failed_call("list", path_);
  (void)fd.release();  // closedir() closes it
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(entries.get());
    if (entry == nullptr) break;
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  if (errno != 0) return failed_call("list", path_);
  return names;
}

Result<std::unique_ptr<File>, IoError> PosixFolder::open(const std::string& name) {
  // O_NONBLOCK: the open of a pipe would wait for its other end.
  UniqueFd fd(again([&] {
    return ::openat(fd_.get(), name.c_str(),
                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  }));
  int code = fd.valid() ? not_ours(fd.get(), S_IFREG, owner_) : errno;
  if (code == ELOOP || code == ENXIO) code = EPERM;  // a link, a socket
  if (code != 0) return failed_call("open", path_of(name), code);
  return std::unique_ptr<File>(std::make_unique<PosixFile>(std::move(fd), path_of(name)));
}

Result<std::unique_ptr<File>, IoError> PosixFolder::make(const std::string& name) {
  UniqueFd fd(again([&] {
    return ::openat(fd_.get(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                    0600);
  }));
  if (!fd.valid()) return failed_call("make", path_of(name));
  return std::unique_ptr<File>(std::make_unique<PosixFile>(std::move(fd), path_of(name)));
}

Result<void, IoError> PosixFolder::unlink(const std::string& name) {
  if (::unlinkat(fd_.get(), name.c_str(), 0) != 0) return failed_call("unlink", path_of(name));
  return {};
}

Result<void, IoError> PosixFolder::rename(const std::string& from, const std::string& to) {
  if (::renameat(fd_.get(), from.c_str(), fd_.get(), to.c_str()) != 0) {
    return failed_call("rename", path_of(from));
  }
  return {};
}

Result<void, IoError> PosixFolder::sync() {
  if (::fsync(fd_.get()) != 0 && errno != EINVAL) return failed_call("sync", path_);
  return {};
}

// Of a folder above ours, which may be another user's and a link.
Result<void, IoError> sync_above(const std::string& path) {
  std::string above = std::filesystem::path(path).parent_path();
  if (above.empty()) above = ".";
  const UniqueFd fd(
      again([&] { return ::open(above.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!fd.valid()) return failed_call("open", above);
  if (::fsync(fd.get()) != 0 && errno != EINVAL) return failed_call("sync", above);
  return {};
}

// True: it was missing.
Result<bool, IoError> make_missing(const std::string& path, int most_above) {
  const int done = ::mkdir(path.c_str(), 0700);
  if (done == 0) return true;
  if (errno == EEXIST) return false;
  const std::string above = std::filesystem::path(path).parent_path();
  if (errno != ENOENT || most_above == 0 || above.empty()) return failed_call("make", path);
  if (const auto made = make_missing(above, most_above - 1); !made) return made;
  if (const auto synced = sync_above(above); !synced) return synced.error();
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed_call("make", path);
  return true;
}

// The name of `path`, and of each folder above that may have been made for it.
Result<void, IoError> sync_names(std::string path) {
  for (int above = 0; above <= kMostMissingAbove && !path.empty() && path != "/"; ++above) {
    const auto synced = sync_above(path);
    // Who may not read a folder did not make the one in it now: that would have failed.
    if (!synced && (above == 0 || synced.error().code != EACCES)) return synced.error();
    path = std::filesystem::path(path).parent_path();
  }
  return {};
}

std::string without_last_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace

Result<std::unique_ptr<Folder>, IoError> PosixFileSystem::open_folder(const std::string& path) {
  // O_NOFOLLOW says nothing of a link with a '/' behind.
  const std::string name = without_last_slash(path);
  UniqueFd fd(again([&] { return ::open(name.c_str(), kFolderFlags); }));
  const int code = fd.valid() ? not_ours(fd.get(), S_IFDIR, owner_) : errno;
  if (code != 0) return failed_call("open", name, code);
  return std::unique_ptr<Folder>(std::make_unique<PosixFolder>(std::move(fd), name, owner_));
}

Result<std::unique_ptr<Folder>, IoError> PosixFileSystem::make_folder(const std::string& path) {
  const std::string name = without_last_slash(path);
  if (const auto made = make_missing(name, kMostMissingAbove); !made) return made.error();
  auto folder = open_folder(name);
  if (!folder) return folder;
  if (const auto synced = sync_names(name); !synced) return synced.error();
  return folder;
}

Result<uint64_t, IoError> PosixFileSystem::free_bytes(const std::string& path) {
  std::string at = path.empty() ? "." : path;
  struct statvfs status {};
  while (again([&] { return ::statvfs(at.c_str(), &status); }) != 0) {
    const int code = errno;
    const std::string above = std::filesystem::path(at).parent_path();
    if (code != ENOENT || at == "." || at == "/") return failed_call("free space", at, code);
    at = above.empty() ? "." : above;
  }
  return uint64_t{status.f_bavail} * status.f_frsize;
}

}  // namespace awps
