// The functions of awps/client/awps.h: each is its C++ call. Nothing is thrown into C: what could
// be thrown, by a lack of memory alone, meets a noexcept before.

#include <awps/client/awps.h>
#include <awps/client/producer.h>

#include <optional>

#include "client/c_options.h"

using awps::client::Options;
using awps::client::Producer;

struct awps_producer {
  std::unique_ptr<Producer> producer;
};

namespace {

using awps::client::complete_options;
using awps::client::Error;
using awps::client::Fields;
using awps::client::GivenFields;
using awps::client::GivenNames;
using awps::client::message_of;
using awps::client::options_of;
using awps::client::permission_of;
using awps::client::problem_of;
using awps::client::text_of;
using awps::client::texts_of;
using awps::client::write_error;

uint64_t number_of(const Producer::Sent& sent, awps_error* error) {
  if (sent) return sent.value();
  write_error(sent.error(), error);
  return 0;
}

std::optional<Error> problem_of(const awps_producer* producer) {
  if (producer != nullptr) return std::nullopt;
  return Error{awps::client::ErrorCode::kInvalid,
               "the producer is NULL: give what awps_open() returned, if it did not fail"};
}

// The first problem of what a call got. Whatever is thrown within, a lack of memory alone, ends the
// process here.
template <typename... Given>
bool refuse(awps_error* error, const Given&... given) noexcept {
  std::optional<Error> problem;
  const auto look = [&problem](const auto& one) {
    if (!problem) problem = problem_of(one);
  };
  (look(given), ...);
  if (problem) write_error(*problem, error);
  return problem.has_value();
}

// Likewise.
bool refuse_options(const awps_options* options, size_t size, awps_error* error) noexcept {
  const auto problem = problem_of(options, size);
  if (problem) write_error(*problem, error);
  return problem.has_value();
}

// Likewise.
template <typename Call>
uint64_t send(const awps_fields* fields, awps_error* error, Call call) noexcept {
  const GivenFields given(fields);
  return number_of(call(given.fields()), error);
}

int status_of(const awps::client::Result<awps::client::Nothing>& result, awps_error* error) {
  if (result) return 0;
  write_error(result.error(), error);
  return -1;
}

awps_producer* open(const awps_options* options, size_t size, awps_error* error) noexcept {
  auto opened = Producer::open(options_of(complete_options(options, size)));
  if (opened) return new awps_producer{std::move(opened.value())};
  write_error(opened.error(), error);
  return nullptr;
}

}  // namespace

void awps_options_init_sized(awps_options* options, size_t size) {
  if (options != nullptr) awps::client::write_default_options(options, size);
}

awps_producer* awps_open_sized(const awps_options* options, size_t size, awps_error* error) {
  if (refuse_options(options, size, error)) return nullptr;
  return open(options, size, error);
}

// The symbols of programs that were compiled with the first header, whose options end with
// `context`. Today's header has inline functions of these names.
extern "C" {
void awps_options_init_first(awps_options* options) __asm__("awps_options_init");
awps_producer* awps_open_first(const awps_options* options, awps_error* error) __asm__("awps_open");
}

void awps_options_init_first(awps_options* options) {
  awps_options_init_sized(options, awps::client::kFirstOptionsSize);
}

awps_producer* awps_open_first(const awps_options* options, awps_error* error) {
  return awps_open_sized(options, awps::client::kFirstOptionsSize, error);
}

void awps_destroy(awps_producer* producer) {
  delete producer;
}

awps_message awps_text(const char* text) {
  return {AWPS_TEXT, text, text_of(text).size()};
}

awps_message awps_json(const char* text) {
  return {AWPS_JSON, text, text_of(text).size()};
}

awps_message awps_binary(const void* data, size_t size) {
  return {AWPS_BINARY, data, size};
}

uint64_t awps_send_to_all(awps_producer* producer, awps_message message, const awps_fields* fields,
                          awps_error* error) {
  if (refuse(error, producer, message, fields)) return 0;
  return send(fields, error, [&](const Fields& given) {
    return producer->producer->send_to_all(message_of(message), given);
  });
}

uint64_t awps_send_to_group(awps_producer* producer, const char* group, awps_message message,
                            const awps_fields* fields, awps_error* error) {
  if (refuse(error, producer, message, fields)) return 0;
  return send(fields, error, [&](const Fields& given) {
    return producer->producer->send_to_group(text_of(group), message_of(message), given);
  });
}

uint64_t awps_send_to_user(awps_producer* producer, const char* user, awps_message message,
                           const awps_fields* fields, awps_error* error) {
  if (refuse(error, producer, message, fields)) return 0;
  return send(fields, error, [&](const Fields& given) {
    return producer->producer->send_to_user(text_of(user), message_of(message), given);
  });
}

uint64_t awps_send_to_connection(awps_producer* producer, const char* connection,
                                 awps_message message, const awps_fields* fields,
                                 awps_error* error) {
  if (refuse(error, producer, message, fields)) return 0;
  return send(fields, error, [&](const Fields& given) {
    return producer->producer->send_to_connection(text_of(connection), message_of(message), given);
  });
}

uint64_t awps_add_user_to_group(awps_producer* producer, const char* user, const char* group,
                                const awps_fields* fields, awps_error* error) {
  if (refuse(error, producer, fields)) return 0;
  return send(fields, error, [&](const Fields& given) {
    return producer->producer->add_user_to_group(text_of(user), text_of(group), given);
  });
}

uint64_t awps_remove_user_from_group(awps_producer* producer, const char* user, const char* group,
                                     const awps_fields* fields, awps_error* error) {
  if (refuse(error, producer, fields)) return 0;
  return send(fields, error, [&](const Fields& given) {
    return producer->producer->remove_user_from_group(text_of(user), text_of(group), given);
  });
}

uint64_t awps_remove_user_from_all_groups(awps_producer* producer, const char* user,
                                          const awps_fields* fields, awps_error* error) {
  if (refuse(error, producer, fields)) return 0;
  return send(fields, error, [&](const Fields& given) {
    return producer->producer->remove_user_from_all_groups(text_of(user), given);
  });
}

uint64_t awps_add_connection_to_group(awps_producer* producer, const char* connection,
                                      const char* group, const awps_fields* fields,
                                      awps_error* error) {
  if (refuse(error, producer, fields)) return 0;
  return send(fields, error, [&](const Fields& given) {
    return producer->producer->add_connection_to_group(text_of(connection), text_of(group), given);
  });
}

uint64_t awps_remove_connection_from_group(awps_producer* producer, const char* connection,
                                           const char* group, const awps_fields* fields,
                                           awps_error* error) {
  if (refuse(error, producer, fields)) return 0;
  return send(fields, error, [&](const Fields& given) {
    return producer->producer->remove_connection_from_group(text_of(connection), text_of(group),
                                                            given);
  });
}

uint64_t awps_close_all_connections(awps_producer* producer, const awps_fields* fields,
                                    awps_error* error) {
  if (refuse(error, producer, fields)) return 0;
  return send(fields, error, [&](const Fields& given) {
    return producer->producer->close_all_connections(given);
  });
}

uint64_t awps_close_connection(awps_producer* producer, const char* connection,
                               const awps_fields* fields, awps_error* error) {
  if (refuse(error, producer, fields)) return 0;
  return send(fields, error, [&](const Fields& given) {
    return producer->producer->close_connection(text_of(connection), given);
  });
}

uint64_t awps_close_group_connections(awps_producer* producer, const char* group,
                                      const awps_fields* fields, awps_error* error) {
  if (refuse(error, producer, fields)) return 0;
  return send(fields, error, [&](const Fields& given) {
    return producer->producer->close_group_connections(text_of(group), given);
  });
}

uint64_t awps_close_user_connections(awps_producer* producer, const char* user,
                                     const awps_fields* fields, awps_error* error) {
  if (refuse(error, producer, fields)) return 0;
  return send(fields, error, [&](const Fields& given) {
    return producer->producer->close_user_connections(text_of(user), given);
  });
}

uint64_t awps_remove_connection_from_all_groups(awps_producer* producer, const char* connection,
                                                const awps_fields* fields, awps_error* error) {
  if (refuse(error, producer, fields)) return 0;
  return send(fields, error, [&](const Fields& given) {
    return producer->producer->remove_connection_from_all_groups(text_of(connection), given);
  });
}

uint64_t awps_add_connections_to_groups(awps_producer* producer, const char* const* groups,
                                        size_t group_count, const char* filter,
                                        const awps_fields* fields, awps_error* error) {
  const GivenNames names{"groups", groups, group_count};
  if (refuse(error, producer, fields, names)) return 0;
  return send(fields, error, [&](const Fields& given) {
    return producer->producer->add_connections_to_groups(texts_of(names), text_of(filter), given);
  });
}

uint64_t awps_remove_connections_from_groups(awps_producer* producer, const char* const* groups,
                                             size_t group_count, const char* filter,
                                             const awps_fields* fields, awps_error* error) {
  const GivenNames names{"groups", groups, group_count};
  if (refuse(error, producer, fields, names)) return 0;
  return send(fields, error, [&](const Fields& given) {
    return producer->producer->remove_connections_from_groups(texts_of(names), text_of(filter),
                                                              given);
  });
}

uint64_t awps_grant_permission(awps_producer* producer, const char* connection,
                               awps_permission permission, const char* target_name,
                               const awps_fields* fields, awps_error* error) {
  if (refuse(error, producer, fields)) return 0;
  return send(fields, error, [&](const Fields& given) {
    return producer->producer->grant_permission(text_of(connection), permission_of(permission),
                                                text_of(target_name), given);
  });
}

uint64_t awps_revoke_permission(awps_producer* producer, const char* connection,
                                awps_permission permission, const char* target_name,
                                const awps_fields* fields, awps_error* error) {
  if (refuse(error, producer, fields)) return 0;
  return send(fields, error, [&](const Fields& given) {
    return producer->producer->revoke_permission(text_of(connection), permission_of(permission),
                                                 text_of(target_name), given);
  });
}

uint64_t awps_send_line(awps_producer* producer, const char* json, uint64_t tag,
                        awps_error* error) {
  if (refuse(error, producer)) return 0;
  return number_of(producer->producer->send_line(text_of(json), tag), error);
}

int awps_flush(awps_producer* producer, unsigned timeout_ms, awps_error* error) {
  if (refuse(error, producer)) return -1;
  return status_of(producer->producer->flush(std::chrono::milliseconds(timeout_ms)), error);
}

int awps_close(awps_producer* producer, unsigned timeout_ms, awps_error* error) {
  if (refuse(error, producer)) return -1;
  return status_of(producer->producer->close(std::chrono::milliseconds(timeout_ms)), error);
}

awps_status awps_get_status(const awps_producer* producer) {
  if (producer == nullptr) return {};
  const awps::client::Status status = producer->producer->status();
  return {
      .is_connected = status.is_connected ? 1 : 0,
      .taken = status.taken,
      .unsettled = status.unsettled,
      .sent_again = status.sent_again,
      .connections = status.connections,
      .buffered_bytes = status.buffered_bytes,
  };
}

unsigned awps_dedupe_window_seconds(const awps_producer* producer) {
  if (producer == nullptr) return 0;
  const auto window = producer->producer->status().dedupe_window;
  return static_cast<unsigned>(std::chrono::ceil<std::chrono::seconds>(window).count());
}
