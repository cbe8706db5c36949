#include "daemon/awpsctl/socket_failure.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "daemon/awpsctl/admin_address.h"

namespace awps {

namespace {

std::string group_name(gid_t id) {
  const group* found = ::getgrgid(id);
  return found == nullptr ? std::to_string(id) : found->gr_name;
}

std::string user_name(uid_t id) {
  const passwd* found = ::getpwuid(id);
  return found == nullptr ? std::to_string(id) : found->pw_name;
}

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// The socket itself, or the first of its folders that lets us look no further.
std::string what_is_closed(std::string path, struct stat& status) {
  while (::stat(path.c_str(), &status) != 0 && path != "/" && path != ".") path = folder_of(path);
  return path;
}

Failure no_permission(const std::string& path, std::string_view what) {
  struct stat status {};
  const std::string closed = what_is_closed(path, status);
  const std::string user = user_name(::geteuid());
  std::string message = "no permission for " + std::string(what) + " '" + path + "'";
  const bool for_its_group = (status.st_mode & S_IRWXG) != 0;
  if (!for_its_group) {
    return {ExitCode::kNoPermission, "no_permission",
            message + ": '" + closed + "' is open to user '" + user_name(status.st_uid) +
                "' alone, and you are '" + user + "'; run this with sudo"};
  }
  const std::string group = group_name(status.st_gid);
  message += ": '" + closed + "' is open to group '" + group + "', and you ('" + user +
             "') are not in it; `sudo usermod -aG " + group + " " + user +
             "` and log in again, or run this with sudo";
  return {ExitCode::kNoPermission, "no_permission", message};
}

}  // namespace

Failure connect_failure(const std::string& path, int error, std::string_view what) {
  const std::string name = std::string(what) + " '" + path + "'";
  switch (error) {
    case EACCES:
    case EPERM:
      return no_permission(path, what);
    case ENOENT:
    case ENOTDIR:
      return {ExitCode::kUnavailable, "unreachable",
              "awpsd is not running, or listens elsewhere: " + name +
                  " does not exist; see `systemctl status awpsd`, or name the socket (--admin, "
                  "AWPSD_ADMIN; "
                  "--socket)"};
    case ECONNREFUSED:
      return {ExitCode::kUnavailable, "unreachable",
              "awpsd is not running: nobody listens on " + name +
                  ", which another run left; see `systemctl status awpsd`"};
    case EAGAIN:
      return {ExitCode::kTempFail, "busy",
              name + " takes no further connection now; try again in a moment"};
    default:
      return {
          ExitCode::kUnavailable, "unreachable",
          "connect to " + name + ": " + std::strerror(error) + "; see `systemctl status awpsd`"};
  }
}

Result<UniqueFd, Failure> connect_unix(const std::string& path, std::string_view what) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() > kLongestSocketPath) {
    return Failure{ExitCode::kUsage, "usage",
                   std::string(what) + " '" + path + "': a socket's path has 1 to " +
                       std::to_string(kLongestSocketPath) + " bytes; correct it"};
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return connect_failure(path, errno, what);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return connect_failure(path, errno, what);
  }
  return socket;
}

}  // namespace awps
