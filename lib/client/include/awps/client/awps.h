#pragma once

// The producer library in C: the same as awps/client/producer.h, which says what it promises about
// order, repetition, memory, threads and fork(). Names follow the custom of C.
//
// 1. No C++ exception and no SIGPIPE leaves a function; a lack of memory ends the process.
// 2. Texts are UTF-8, end with '\0' and are borrowed for the time of the call. NULL: not said.
// 3. `error` may be NULL. It is written only where a call fails.
// 4. NULL for what a call needs is refused with AWPS_INVALID, and nothing is sent: the producer,
//    the options, a name, a filter, the data of a message, one of several names, a key. Of a
//    producer that is NULL awps_get_status() and awps_dedupe_window_seconds() say zero, and
//    awps_destroy() does nothing.

#include <stddef.h>
#include <stdint.h>

#include <awps/client/awps_types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct awps_producer awps_producer;

/// As the two functions below, for options of `size` bytes. Later versions append options: a
/// program that was compiled with an earlier header goes on working, and gets their defaults.
void awps_options_init_sized(awps_options* options, size_t size);
awps_producer* awps_open_sized(const awps_options* options, size_t size, awps_error* error);

/// Every option with its default; change what you like.
static inline void awps_options_init(awps_options* options) {
  awps_options_init_sized(options, sizeof *options);
}
/// NULL: it failed. Does not wait for the daemon.
static inline awps_producer* awps_open(const awps_options* options, awps_error* error) {
  return awps_open_sized(options, sizeof *options, error);
}
/// Waits for outcomes, at most close_timeout_ms. Not in a callback.
void awps_destroy(awps_producer* producer);

/// NULL makes a message that every send refuses; "" makes an empty one.
awps_message awps_text(const char* text);
awps_message awps_json(const char* text);
awps_message awps_binary(const void* data, size_t size);

// Each returns the number of its action, from 1; 0: it failed. `fields` may be NULL.

uint64_t awps_send_to_all(awps_producer* producer, awps_message message, const awps_fields* fields,
                          awps_error* error);
uint64_t awps_send_to_group(awps_producer* producer, const char* group, awps_message message,
                            const awps_fields* fields, awps_error* error);
uint64_t awps_send_to_user(awps_producer* producer, const char* user, awps_message message,
                           const awps_fields* fields, awps_error* error);
uint64_t awps_send_to_connection(awps_producer* producer, const char* connection,
                                 awps_message message, const awps_fields* fields,
                                 awps_error* error);
uint64_t awps_add_user_to_group(awps_producer* producer, const char* user, const char* group,
                                const awps_fields* fields, awps_error* error);
uint64_t awps_remove_user_from_group(awps_producer* producer, const char* user, const char* group,
                                     const awps_fields* fields, awps_error* error);
uint64_t awps_remove_user_from_all_groups(awps_producer* producer, const char* user,
                                          const awps_fields* fields, awps_error* error);
uint64_t awps_add_connection_to_group(awps_producer* producer, const char* connection,
                                      const char* group, const awps_fields* fields,
                                      awps_error* error);
uint64_t awps_remove_connection_from_group(awps_producer* producer, const char* connection,
                                           const char* group, const awps_fields* fields,
                                           awps_error* error);
uint64_t awps_close_all_connections(awps_producer* producer, const awps_fields* fields,
                                    awps_error* error);
uint64_t awps_close_connection(awps_producer* producer, const char* connection,
                               const awps_fields* fields, awps_error* error);
uint64_t awps_close_group_connections(awps_producer* producer, const char* group,
                                      const awps_fields* fields, awps_error* error);
uint64_t awps_grant_permission(awps_producer* producer, const char* connection,
                               awps_permission permission, const char* target_name,
                               const awps_fields* fields, awps_error* error);
uint64_t awps_revoke_permission(awps_producer* producer, const char* connection,
                                awps_permission permission, const char* target_name,
                                const awps_fields* fields, awps_error* error);

uint64_t awps_close_user_connections(awps_producer* producer, const char* user,
                                     const awps_fields* fields, awps_error* error);
uint64_t awps_remove_connection_from_all_groups(awps_producer* producer, const char* connection,
                                                const awps_fields* fields, awps_error* error);

// To all of `group_count` groups, or from them, for each connection that `filter` selects. It is
// not said in the fields, too.

uint64_t awps_add_connections_to_groups(awps_producer* producer, const char* const* groups,
                                        size_t group_count, const char* filter,
                                        const awps_fields* fields, awps_error* error);
uint64_t awps_remove_connections_from_groups(awps_producer* producer, const char* const* groups,
                                             size_t group_count, const char* filter,
                                             const awps_fields* fields, awps_error* error);

/// One action of your own making: a JSON object without a line feed; no array, no batch.
uint64_t awps_send_line(awps_producer* producer, const char* json, uint64_t tag, awps_error* error);

/// 0: every action taken before has its outcome, and on_outcome has returned for it; -1: an error.
int awps_flush(awps_producer* producer, unsigned timeout_ms, awps_error* error);
/// Takes no more actions and ends the connection. 0: everything is confirmed; -1: an error.
int awps_close(awps_producer* producer, unsigned timeout_ms, awps_error* error);

typedef struct awps_status {
  int is_connected;
  uint64_t taken;
  uint64_t unsettled;
  uint64_t sent_again;
  uint64_t connections;
  size_t buffered_bytes;
} awps_status;

awps_status awps_get_status(const awps_producer* producer);

/// With awps_options.deduplicate: for how many seconds, rounded up, the daemon knows an action
/// again. 0: it does not deduplicate, or is not connected.
unsigned awps_dedupe_window_seconds(const awps_producer* producer);

// For programs that write actions to a stream instead, see awps/client/stream.h. They need no
// producer.

/// Writes the key of a record, with its '\0', into the `size` bytes at `key`. Returns its length
/// without that. 0: it failed; with AWPS_TOO_LARGE it did not fit, and the message says how long it
/// is. AWPS_STREAM_KEY_SIZE bytes fit every key that the daemon takes. `name` is NULL for
/// AWPS_STREAM_ALL.
size_t awps_stream_key(const char* hub, awps_stream_target target, const char* name, char* key,
                       size_t size, awps_error* error);
/// The partition of a record with this key in a topic of `partitions`, from 0; -1: it failed.
int32_t awps_stream_partition(const void* key, size_t size, int32_t partitions, awps_error* error);

#ifdef __cplusplus
}
#endif
