#pragma once

// Why a Unix socket of the daemon cannot be reached, and what to do about it. Any thread.

#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "daemon/awpsctl/failure.h"

namespace awps {

/// What messages call the sockets of awpsd.
inline constexpr std::string_view kAdminSocket = "the admin socket";

/// A connected, non-blocking stream socket. `what` it is (kAdminSocket) is for the message.
Result<UniqueFd, Failure> connect_unix(const std::string& path, std::string_view what);

/// The socket, or the first of its folders, that lets a user no further.
struct ClosedPath {
  std::string path;
  std::string owner;
  std::string group;
  bool has_group = false;  // it is open to the group, and the group is one to be in
  bool is_admin = false;   // it is the admin socket, which an option opens to a group
};
/// Of the asking user in the path's group.
enum class Membership { kNone, kAtNextLogin, kNow };
/// To whom it is open, and what the user can do.
std::string permission_advice(const ClosedPath& closed, const std::string& user,
                              Membership membership);

/// The Failure of a connect() that ended with `error`.
Failure connect_failure(const std::string& path, int error, std::string_view what);

}  // namespace awps
