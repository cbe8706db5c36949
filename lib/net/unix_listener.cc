#include "net/unix_listener.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string_view>

#include "net/peer_credentials.h"

namespace awps {

namespace {

ExitCode exit_code_of(int error) {
  if (error == EACCES || error == EPERM) return ExitCode::kNoPermission;
  if (error == EADDRINUSE) return ExitCode::kTempFail;
  return ExitCode::kCannotCreate;
}

ListenError failed(const std::string& attempt, const std::string& path, int error) {
  return {exit_code_of(error), attempt + " '" + path + "': " + std::strerror(error)};
}

UniqueFd new_socket() {
  return UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

Result<sockaddr_un, ListenError> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return ListenError{ExitCode::kConfig, "listen on '" + path + "': a socket's path has 1 to " +
                                              std::to_string(sizeof address.sun_path - 1) +
                                              " bytes; choose another path"};
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

int call_with_address(int (*call)(int, const sockaddr*, socklen_t), int fd,
                      const sockaddr_un& address) {
  return call(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

// Makes the path free if what stands there is a dead socket.
Result<void, ListenError> remove_dead_socket(const std::string& path, const sockaddr_un& address) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return {};
    return failed("look at", path, errno);
  }
  if (!S_ISSOCK(status.st_mode)) {
    return ListenError{ExitCode::kCannotCreate,
                       "listen on '" + path +
                           "': something that is no socket stands there and is left alone; remove "
                           "it, or choose another path"};
  }
  const UniqueFd probe = new_socket();
  if (!probe.valid()) return failed("make a socket for", path, errno);
  const int outcome = call_with_address(::connect, probe.get(), address);
  if (outcome == 0 || errno == EAGAIN) {  // EAGAIN: somebody listens, with a full backlog
    return ListenError{ExitCode::kTempFail, "listen on '" + path +
                                                "': another process listens there; stop it, or "
                                                "choose another path"};
  }
  if (errno == ENOENT) return {};
  if (errno != ECONNREFUSED) return failed("try to connect to", path, errno);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return failed("replace", path, errno);
  return {};
}

Result<void, ListenError> give_access(const UnixListener::Options& options) {
  if (!options.group.empty()) {
    const Result<gid_t> group = resolve_group(options.group);
    if (!group) return ListenError{ExitCode::kConfig, group.error().message};
    if (::chown(options.path.c_str(), static_cast<uid_t>(-1), *group) != 0) {
      return failed("give group '" + options.group + "' to", options.path, errno);
    }
  }
  if (::chmod(options.path.c_str(), options.mode) != 0) {
    return failed("set the mode of", options.path, errno);
  }
  return {};
}

// What a person can do who may not write where the socket is to be.
std::string remedy_for(const std::string& folder) {
  const char* const own = std::getenv("XDG_RUNTIME_DIR");
  const bool has_own = ::geteuid() != 0 && own != nullptr && own[0] == '/';
  return "; create '" + folder +
         "' for the daemon's user, or set socket.path and admin.listen to paths in a folder of " +
         (has_own ? std::string("yours, such as '") + own + "'"
                  : "its own, such as $XDG_RUNTIME_DIR");
}

// Only the last folder is made: a longer path that is missing is likely a slip.
UniqueFd open_or_make(const std::string& folder) {
  const auto open = [&folder] {
    return UniqueFd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  };
  UniqueFd fd = open();
  if (fd.valid() || errno != ENOENT) return fd;
  static constexpr mode_t kForAllToEnter = 0755;
  if (::mkdir(folder.c_str(), kForAllToEnter) != 0) {
    return errno == EEXIST ? open() : UniqueFd();
  }
  fd = open();
  // The umask may have taken from it what producers of other users need.
  if (fd.valid() && ::fchmod(fd.get(), kForAllToEnter) != 0) return {};
  return fd;
}

Result<UniqueFd, ListenError> lock_folder_of(const std::string& path) {
  std::string folder = std::filesystem::path(path).parent_path().string();
  if (folder.empty()) folder = ".";
  UniqueFd fd = open_or_make(folder);
  if (!fd.valid()) {
    ListenError error = failed("open or make the folder of the socket,", folder, errno);
    error.message += remedy_for(folder);
    return error;
  }
  int locked = ::flock(fd.get(), LOCK_EX);
  while (locked != 0 && errno == EINTR) locked = ::flock(fd.get(), LOCK_EX);
  if (locked != 0) return failed("lock the folder", folder, errno);
  return fd;
}

int socket_option(int fd, int name) {
  int value = -1;
  socklen_t bytes = sizeof value;
  if (::getsockopt(fd, SOL_SOCKET, name, &value, &bytes) != 0) return -1;
  return value;
}

// As the kernel says. An abstract one begins with '\0', and has no file.
std::string bound_to(int fd) {
  sockaddr_un address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return "";
  const size_t begin = offsetof(sockaddr_un, sun_path);
  const std::string name(address.sun_path, size > begin ? size - begin : 0);
  if (name.starts_with('\0')) return "@" + name.substr(1);
  return name.substr(0, name.find('\0'));
}

}  // namespace

Result<std::unique_ptr<UnixListener>, ListenError> UnixListener::bind(const Options& options) {
  const auto address = address_of(options.path);
  if (!address) return address.error();
  const auto lock = lock_folder_of(options.path);
  if (!lock) return lock.error();
  const auto free = remove_dead_socket(options.path, *address);
  if (!free) return free.error();

  UniqueFd fd = new_socket();
  if (!fd.valid()) return failed("make a socket for", options.path, errno);
  if (call_with_address(::bind, fd.get(), *address) != 0) {
    const bool is_forbidden = errno == EACCES || errno == EROFS;
    ListenError error = failed("bind to", options.path, errno);
    if (is_forbidden) {
      error.message += remedy_for(std::filesystem::path(options.path).parent_path().string());
    }
    return error;
  }
  auto listener = std::unique_ptr<UnixListener>(new UnixListener(std::move(fd)));
  struct stat status {};
  if (::lstat(options.path.c_str(), &status) != 0) return failed("look at", options.path, errno);
  listener->path_ = options.path;  // from here on the destructor removes it
  listener->address_ = options.path;
  listener->device_ = status.st_dev;
  listener->inode_ = status.st_ino;

  const auto access = give_access(options);
  if (!access) return access.error();
  if (::listen(listener->fd(), options.backlog) != 0) {
    return failed("listen on", options.path, errno);
  }
  return listener;
}

Result<std::unique_ptr<UnixListener>, ListenError> UnixListener::adopt(int fd) {
  UniqueFd owned(fd);
  const bool listens = socket_option(fd, SO_ACCEPTCONN) == 1;
  const bool is_unix = socket_option(fd, SO_DOMAIN) == AF_UNIX;
  if (!listens || !is_unix || socket_option(fd, SO_TYPE) != SOCK_STREAM) {
    return ListenError{ExitCode::kConfig,
                       "take over socket " + std::to_string(fd) +
                           ": it is no listening Unix stream socket; correct ListenStream= of the "
                           "socket unit"};
  }
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
      ::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
    return failed("take over", "socket " + std::to_string(fd), errno);
  }
  std::unique_ptr<UnixListener> listener(new UnixListener(std::move(owned)));
  listener->address_ = bound_to(listener->fd());
  listener->remember_file();
  return listener;
}

void UnixListener::remember_file() {
  struct stat status {};
  if (::lstat(address_.c_str(), &status) != 0) return;
  device_ = status.st_dev;
  inode_ = status.st_ino;
}

bool UnixListener::is_lost() const {
  if (inode_ == 0) return false;  // it never had a file
  struct stat status {};
  return ::lstat(address_.c_str(), &status) != 0 || status.st_dev != device_ ||
         status.st_ino != inode_;
}

Result<void, ListenError> UnixListener::set_access(Options options) const {
  options.path = path_;
  // Closed first: nobody of the old group gets in by the new mode, or of the new one by the old.
  if (::chmod(path_.c_str(), S_IRUSR | S_IWUSR) != 0) return failed("close", path_, errno);
  return give_access(options);
}

void UnixListener::close() {
  if (!fd_.valid()) return;
  fd_.reset();
  if (path_.empty()) return;
  struct stat status {};
  const bool still_ours =
      ::lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_;
  if (still_ours) ::unlink(path_.c_str());
}

}  // namespace awps
