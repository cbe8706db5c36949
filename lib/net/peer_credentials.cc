#include "net/peer_credentials.h"

#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

namespace awps {

namespace {

std::optional<uint32_t> as_number(const std::string& text) {
  uint32_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  // The highest number means "nobody changes" to chown(2), so it is no user and no group.
  if (error != std::errc{} || stop != end || number == UINT32_MAX) return std::nullopt;
  return number;
}

// getpwnam_r and getgrnam_r say ERANGE until their buffer is large enough.
template <typename Lookup>
int look_up(std::vector<char>& buffer, Lookup lookup) {
  static constexpr size_t kMostBytes = size_t{1} << 20U;
  buffer.resize(1024);
  int error = lookup();
  while (error == ERANGE && buffer.size() < kMostBytes) {
    buffer.resize(buffer.size() * 2);
    error = lookup();
  }
  return error;
}

Error unknown(const char* kind, const std::string& name, int error) {
  const std::string reason = error == 0 ? "there is no such one" : std::strerror(error);
  return {std::string("look up ") + kind + " '" + name + "': " + reason +
          "; create it, or correct the name"};
}

Result<std::vector<gid_t>> supplementary_groups(int fd) {
  std::vector<gid_t> groups(32);
  auto bytes = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &bytes) != 0) {
    if (errno != ERANGE) return Error{std::string("read SO_PEERGROUPS: ") + std::strerror(errno)};
    groups.resize(bytes / sizeof(gid_t));  // the kernel said how many there are
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &bytes) != 0) {
      return Error{std::string("read SO_PEERGROUPS: ") + std::strerror(errno)};
    }
  }
  groups.resize(bytes / sizeof(gid_t));
  return groups;
}

}  // namespace

Result<PeerCredentials> peer_credentials(int fd) {
  ucred credentials{};
  socklen_t bytes = sizeof credentials;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &bytes) != 0) {
    return Error{std::string("read SO_PEERCRED: ") + std::strerror(errno)};
  }
  Result<std::vector<gid_t>> groups = supplementary_groups(fd);
  if (!groups) return groups.error();
  PeerCredentials peer{credentials.pid, credentials.uid, std::move(*groups)};
  peer.groups.push_back(credentials.gid);
  return peer;
}

bool AccessList::admits(const PeerCredentials& peer) const {
  if (users.empty() && groups.empty()) return true;
  if (std::ranges::find(users, peer.uid) != users.end()) return true;
  return std::ranges::find_first_of(groups, peer.groups) != groups.end();
}

Result<AccessList> resolve_access_list(std::span<const std::string> users,
                                       std::span<const std::string> groups) {
  AccessList list;
  for (const std::string& name : users) {
    const Result<uid_t> user = resolve_user(name);
    if (!user) return user.error();
    list.users.push_back(*user);
  }
  for (const std::string& name : groups) {
    const Result<gid_t> group = resolve_group(name);
    if (!group) return group.error();
    list.groups.push_back(*group);
  }
  return list;
}

Result<uid_t> resolve_user(const std::string& name) {
  if (const auto number = as_number(name)) return uid_t{*number};
  passwd entry{};
  passwd* found = nullptr;
  std::vector<char> buffer;
  const int error = look_up(buffer, [&] {
    return ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  });
  if (found == nullptr) return unknown("user", name, error);
  return entry.pw_uid;
}

Result<gid_t> resolve_group(const std::string& name) {
  if (const auto number = as_number(name)) return gid_t{*number};
  group entry{};
  group* found = nullptr;
  std::vector<char> buffer;
  const int error = look_up(buffer, [&] {
    return ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  });
  if (found == nullptr) return unknown("group", name, error);
  return entry.gr_gid;
}

}  // namespace awps
