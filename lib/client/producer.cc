// Producer: the calls of the public header; what they do stands in encoder, mailbox and worker.

#include <awps/client/producer.h>

#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <thread>

#include "base/random.h"
#include "client/action_id.h"
#include "client/encoder.h"
#include "client/fork_guard.h"
#include "client/mailbox.h"
#include "client/utf8.h"
#include "client/worker.h"

namespace awps::client {

namespace {

constexpr size_t kMaxNameBytes = 64;

// Far enough for anybody, and no overflow of a clock.
SteadyTime deadline_after(std::chrono::milliseconds timeout) {
  constexpr std::chrono::milliseconds kCentury = std::chrono::hours(24 * 36525);
  return std::chrono::steady_clock::now() +
         std::clamp(timeout, std::chrono::milliseconds(0), kCentury);
}

Error invalid_option(const std::string& problem) {
  return {ErrorCode::kInvalid, "open a producer: " + problem};
}

std::optional<Error> problem_of(const Options& options) {
  constexpr size_t kMaxPath = sizeof(sockaddr_un::sun_path) - 1;
  const std::string& path = options.socket_path;
  if (path.empty() || path.size() > kMaxPath || path.find('\0') != std::string::npos) {
    return invalid_option("socket_path '" + path + "' is no path of 1 to " +
                          std::to_string(kMaxPath) + " bytes: give awpsd's socket");
  }
  if (!is_utf8(options.hub) || !is_utf8(options.name)) {
    return invalid_option("hub or name is not UTF-8: give it in that encoding");
  }
  if (options.name.size() > kMaxNameBytes) {
    return invalid_option("name has more than 64 bytes: use a shorter one");
  }
  if (options.deduplicate && options.name.empty()) {
    return invalid_option(
        "deduplicate needs a name, by which ids are known: give one that the program has after a "
        "restart, too");
  }
  if (options.reconnect_base.count() < 1 || options.reconnect_max < options.reconnect_base) {
    return invalid_option("reconnect_base is below 1 ms, or reconnect_max below it: raise that");
  }
  return std::nullopt;
}

// Longer ones would overflow a clock.
Options bounded(Options options) {
  constexpr std::chrono::milliseconds kLongest = std::chrono::hours(24 * 365);
  options.block_timeout = std::clamp(options.block_timeout, std::chrono::milliseconds(0), kLongest);
  options.reconnect_base = std::min(options.reconnect_base, kLongest);
  options.reconnect_max = std::min(options.reconnect_max, kLongest);
  return options;
}

Error forked() {
  return {
      ErrorCode::kForked,
      "this producer belongs to the parent process, whose connection is left alone: open one of "
      "your own after fork()"};
}

}  // namespace

struct Producer::Parts {
  Parts(Options given, UniqueFd wake)
      : options(bounded(std::move(given))),
        id_start(options.deduplicate
                     ? make_id_start(std::chrono::system_clock::now(), seed_from_system())
                     : std::string()),
        mailbox({.max_bytes = options.max_buffered_bytes,
                 .blocks = options.when_full == WhenFull::kBlock,
                 .block_timeout = options.block_timeout,
                 .socket_path = options.socket_path},
                std::move(wake)),
        worker(options, mailbox, guard) {}

  // The caller's signals are for the caller's threads.
  std::optional<Error> start() {
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    std::optional<Error> problem;
    try {
      thread = std::thread([this] { worker.run(); });
    } catch (const std::system_error& error) {
      problem = Error{ErrorCode::kSystem,
                      std::string("open a producer: no thread can be started: ") + error.what()};
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return problem;
  }

  Sent send(const Call& call, const Fields& fields) noexcept {
    if (guard.is_child()) return forked();
    auto line = encode(call, fields, spare());
    if (!line) return line.error();
    std::optional<size_t> id_place;
    if (options.deduplicate && !fields.id) id_place = add_id(line.value(), id_start);
    return mailbox.put(std::move(line.value()), fields.tag, id_place);
  }

  Sent send_line(std::string_view json, uint64_t tag) noexcept {
    if (guard.is_child()) return forked();
    auto line = encode_line(json, spare());
    if (!line) return line.error();
    std::optional<size_t> id_place;
    if (options.deduplicate) id_place = add_missing_id(line.value(), id_start);
    return mailbox.put(std::move(line.value()), tag, id_place);
  }

  size_t spare() const { return options.deduplicate ? kIdBytes : 0; }

  const ForkGuard guard;
  const Options options;
  const std::string id_start;  // empty: actions get no ids
  Mailbox mailbox;
  Worker worker;
  std::thread thread;
};

Result<std::unique_ptr<Producer>> Producer::open(Options options) noexcept {
  if (auto problem = problem_of(options)) return std::move(*problem);
  UniqueFd wake(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!wake.valid()) {
    return Error{ErrorCode::kSystem, "open a producer: no descriptor is left: " +
                                         std::generic_category().message(errno)};
  }
  auto parts = std::make_unique<Parts>(std::move(options), std::move(wake));
  if (auto problem = parts->start()) return std::move(*problem);
  return std::unique_ptr<Producer>(new Producer(std::move(parts)));
}

Producer::Producer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Producer::~Producer() {
  if (parts_->guard.is_child()) {
    // The lock may be held and the thread is not here: nothing of it can be undone.
    (void)parts_.release();
    return;
  }
  if (parts_->mailbox.is_worker()) {
    std::fputs("awps: a producer was destroyed in its own callback; destroy it elsewhere\n",
               stderr);
    std::abort();
  }
  (void)close(parts_->options.close_timeout);  // on_outcome was told what is not confirmed
  parts_->thread.join();
}

Producer::Sent Producer::send_to_all(const Message& message, const Fields& fields) {
  return parts_->send({.action = "sendToAll", .message = &message}, fields);
}

Producer::Sent Producer::send_to_group(std::string_view group, const Message& message,
                                       const Fields& fields) {
  return parts_->send({.action = "sendToGroup", .group = group, .message = &message}, fields);
}

Producer::Sent Producer::send_to_user(std::string_view user, const Message& message,
                                      const Fields& fields) {
  return parts_->send({.action = "sendToUser", .user = user, .message = &message}, fields);
}

Producer::Sent Producer::send_to_connection(std::string_view connection, const Message& message,
                                            const Fields& fields) {
  return parts_->send({.action = "sendToConnection", .connection = connection, .message = &message},
                      fields);
}

Producer::Sent Producer::add_user_to_group(std::string_view user, std::string_view group,
                                           const Fields& fields) {
  return parts_->send({.action = "addUserToGroup", .user = user, .group = group}, fields);
}

Producer::Sent Producer::remove_user_from_group(std::string_view user, std::string_view group,
                                                const Fields& fields) {
  return parts_->send({.action = "removeUserFromGroup", .user = user, .group = group}, fields);
}

Producer::Sent Producer::remove_user_from_all_groups(std::string_view user, const Fields& fields) {
  return parts_->send({.action = "removeUserFromAllGroups", .user = user}, fields);
}

Producer::Sent Producer::add_connection_to_group(std::string_view connection,
                                                 std::string_view group, const Fields& fields) {
  return parts_->send({.action = "addConnectionToGroup", .connection = connection, .group = group},
                      fields);
}

Producer::Sent Producer::remove_connection_from_group(std::string_view connection,
                                                      std::string_view group,
                                                      const Fields& fields) {
  return parts_->send(
      {.action = "removeConnectionFromGroup", .connection = connection, .group = group}, fields);
}

Producer::Sent Producer::close_all_connections(const Fields& fields) {
  return parts_->send({.action = "closeAllConnections"}, fields);
}

Producer::Sent Producer::close_connection(std::string_view connection, const Fields& fields) {
  return parts_->send({.action = "closeClientConnection", .connection = connection}, fields);
}

Producer::Sent Producer::close_group_connections(std::string_view group, const Fields& fields) {
  return parts_->send({.action = "closeGroupConnections", .group = group}, fields);
}

Producer::Sent Producer::close_user_connections(std::string_view user, const Fields& fields) {
  return parts_->send({.action = "closeUserConnections", .user = user}, fields);
}

Producer::Sent Producer::remove_connection_from_all_groups(std::string_view connection,
                                                           const Fields& fields) {
  return parts_->send({.action = "removeConnectionFromAllGroups", .connection = connection},
                      fields);
}

Producer::Sent Producer::add_connections_to_groups(std::span<const std::string_view> groups,
                                                   std::string_view filter, const Fields& fields) {
  return parts_->send({.action = "addConnectionsToGroups", .groups = groups, .filter = filter},
                      fields);
}

Producer::Sent Producer::remove_connections_from_groups(std::span<const std::string_view> groups,
                                                        std::string_view filter,
                                                        const Fields& fields) {
  return parts_->send({.action = "removeConnectionsFromGroups", .groups = groups, .filter = filter},
                      fields);
}

Producer::Sent Producer::grant_permission(std::string_view connection, Permission permission,
                                          std::string_view target_name, const Fields& fields) {
  return parts_->send({.action = "grantPermission",
                       .connection = connection,
                       .permission = permission,
                       .target_name = target_name},
                      fields);
}

Producer::Sent Producer::revoke_permission(std::string_view connection, Permission permission,
                                           std::string_view target_name, const Fields& fields) {
  return parts_->send({.action = "revokePermission",
                       .connection = connection,
                       .permission = permission,
                       .target_name = target_name},
                      fields);
}

Producer::Sent Producer::send_line(std::string_view json, uint64_t tag) noexcept {
  return parts_->send_line(json, tag);
}

Result<Nothing> Producer::flush(Milliseconds timeout) noexcept {
  if (parts_->guard.is_child()) return forked();
  return parts_->mailbox.flush(deadline_after(timeout));
}

Result<Nothing> Producer::close(Milliseconds timeout) noexcept {
  if (parts_->guard.is_child()) return forked();
  return parts_->mailbox.close(deadline_after(timeout));
}

Status Producer::status() const noexcept {
  if (parts_->guard.is_child()) return {.last_problem = forked().message};
  return parts_->mailbox.status();
}

}  // namespace awps::client
