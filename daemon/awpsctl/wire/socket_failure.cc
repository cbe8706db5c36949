#include "daemon/awpsctl/wire/socket_failure.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "daemon/awpsctl/wire/admin_address.h"

namespace awps {

namespace {

// A unit that failed too often is not started again, and its socket is closed, until it is reset.
constexpr const char* kSeeUnit =
    "see `systemctl status awpsd`; a unit that has failed starts again after `systemctl "
    "reset-failed awpsd.service awpsd.socket`";

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

bool is_in_group_now(gid_t group) {
  if (::getegid() == group) return true;
  std::vector<gid_t> groups(static_cast<size_t>(std::max(0, ::getgroups(0, nullptr))));
  const int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
  groups.resize(static_cast<size_t>(std::max(0, count)));
  return std::ranges::count(groups, group) > 0;
}

// As the database of groups says, which a login that is older does not know.
bool is_in_group_at_next_login(gid_t group) {
  const passwd* user = ::getpwuid(::geteuid());
  if (user == nullptr) return false;
  int count = 0;
  (void)::getgrouplist(user->pw_name, user->pw_gid, nullptr, &count);  // says how many
  std::vector<gid_t> groups(static_cast<size_t>(std::max(0, count)));
  if (::getgrouplist(user->pw_name, user->pw_gid, groups.data(), &count) < 0) return false;
  groups.resize(static_cast<size_t>(count));
  return std::ranges::count(groups, group) > 0;
}

Membership membership_in(gid_t group) {
  if (is_in_group_now(group)) return Membership::kNow;
  return is_in_group_at_next_login(group) ? Membership::kAtNextLogin : Membership::kNone;
}

Failure no_permission(const std::string& path, std::string_view what) {
  struct stat status {};
  ClosedPath closed{.path = what_is_closed(path, status)};
  closed.owner = user_name(status.st_uid);
  closed.group = group_name(status.st_gid);
  // A folder is passed with the right to search it, a socket taken with the one to write.
  const mode_t needed = S_ISDIR(status.st_mode) ? S_IXGRP : S_IWGRP;
  // Nobody is to join the group of root for this.
  closed.has_group = (status.st_mode & needed) != 0 && status.st_gid != 0;
  closed.is_admin = what == kAdminSocket && S_ISSOCK(status.st_mode);
  return {ExitCode::kNoPermission, "no_permission",
          "no permission for " + std::string(what) + " '" + path + "': " +
              permission_advice(closed, user_name(::geteuid()), membership_in(status.st_gid))};
}

}  // namespace

std::string permission_advice(const ClosedPath& closed, const std::string& user,
                              Membership membership) {
  const std::string place = "'" + closed.path + "' is open to ";
  const std::string you = "you ('" + user + "')";
  const std::string join = "`sudo adduser " + user + " " + closed.group + "` and log in again";
  if (!closed.has_group) {
    return place + "user '" + closed.owner + "' alone, and not to " + you + "; run this with sudo" +
           (closed.is_admin ? ", or set admin.group in awpsd.toml and reload" : "");
  }
  const std::string group = place + "group '" + closed.group + "', and " + you;
  switch (membership) {
    case Membership::kNone:
      return group + " are not in it; " + join + ", or run this with sudo";
    case Membership::kAtNextLogin:
      return group + " are in it since after this login; log in again, or run this with sudo";
    case Membership::kNow:
      break;
  }
  return group + " are in it, but something else forbids it; see `namei -l " + closed.path +
         "`, or run this with sudo";
}

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
                  " does not exist; name the socket (--admin, AWPSD_ADMIN; --socket), or " +
                  kSeeUnit};
    case ECONNREFUSED:
      return {ExitCode::kUnavailable, "unreachable",
              "awpsd is not running: nobody listens on " + name + ", which another run left; " +
                  kSeeUnit};
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
