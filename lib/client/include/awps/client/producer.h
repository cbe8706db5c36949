#pragma once

// Producer: hands Azure Web PubSub actions to awpsd over its Unix socket.
//
// A call writes nothing: it puts a line into a buffer, which a thread of the producer's own writes,
// while it reads the replies. After a lost connection it connects again and sends, in their order,
// all actions that have no outcome yet.
//
// 1. Every action that a call took has exactly one outcome, told to Options::on_outcome.
// 2. At least once: an action is sent until its outcome is known. What was sent, but not confirmed,
//    when a connection was lost is sent again, and may arrive twice, unless Options::deduplicate
//    prevents it. No action is lost but with the process: close() tells which were not confirmed.
// 3. Actions leave in the order of the calls, those sent again before newer ones.
// 4. Actions without an outcome take at most Options::max_buffered_bytes.
// 5. In the child of a fork() every call fails with kForked, and the destructor does nothing: the
//    parent's connection is left alone. One that was forked in a callback must not return from it:
//    it would be ended by abort().
// 6. No call raises SIGPIPE or throws (but a lack of memory ends the process). The thread blocks
//    all signals.
//
// Any thread may call anything but the destructor at any time.

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include <awps/client/fields.h>
#include <awps/client/options.h>
#include <awps/client/result.h>

namespace awps::client {

class Producer {
 public:
  using Milliseconds = std::chrono::milliseconds;
  /// The number of the action: the first is 1.
  using Sent = Result<uint64_t>;

  /// Does not wait for the daemon: actions are buffered until it can be reached.
  static Result<std::unique_ptr<Producer>> open(Options options) noexcept;

  /// As close(options.close_timeout). Not in a callback.
  ~Producer();
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  Sent send_to_all(const Message& message, const Fields& fields = {});
  Sent send_to_group(std::string_view group, const Message& message, const Fields& fields = {});
  Sent send_to_user(std::string_view user, const Message& message, const Fields& fields = {});
  Sent send_to_connection(std::string_view connection, const Message& message,
                          const Fields& fields = {});

  Sent add_user_to_group(std::string_view user, std::string_view group, const Fields& fields = {});
  Sent remove_user_from_group(std::string_view user, std::string_view group,
                              const Fields& fields = {});
  Sent remove_user_from_all_groups(std::string_view user, const Fields& fields = {});
  Sent add_connection_to_group(std::string_view connection, std::string_view group,
                               const Fields& fields = {});
  Sent remove_connection_from_group(std::string_view connection, std::string_view group,
                                    const Fields& fields = {});

  Sent close_all_connections(const Fields& fields = {});
  Sent close_connection(std::string_view connection, const Fields& fields = {});
  Sent close_group_connections(std::string_view group, const Fields& fields = {});

  Sent close_user_connections(std::string_view user, const Fields& fields = {});
  Sent remove_connection_from_all_groups(std::string_view connection, const Fields& fields = {});

  /// To all of `groups`, or from them, for each connection that `filter` selects. It is not said in
  /// the fields, too.
  Sent add_connections_to_groups(std::span<const std::string_view> groups, std::string_view filter,
                                 const Fields& fields = {});
  Sent remove_connections_from_groups(std::span<const std::string_view> groups,
                                      std::string_view filter, const Fields& fields = {});

  /// `target_name`: the group.
  Sent grant_permission(std::string_view connection, Permission permission,
                        std::string_view target_name, const Fields& fields = {});
  Sent revoke_permission(std::string_view connection, Permission permission,
                         std::string_view target_name, const Fields& fields = {});

  /// One action of your own making: a JSON object as PROTOCOL.md has it, without a line feed.
  /// Arrays and batches are refused, since each of their elements would have an outcome of its own.
  /// With Options::deduplicate a line without `id` gets one: one more of its 64 members at most.
  Sent send_line(std::string_view json, uint64_t tag = 0) noexcept;

  /// Waits until every action taken before has its outcome, and on_outcome has returned for it.
  Result<Nothing> flush(Milliseconds timeout) noexcept;

  /// Takes no more actions, waits like flush(), and ends the connection. What is then without an
  /// outcome becomes kUnconfirmed: an error says how many and why. A second call repeats the
  /// answer.
  Result<Nothing> close(Milliseconds timeout) noexcept;

  Status status() const noexcept;

 private:
  struct Parts;
  explicit Producer(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace awps::client
