#pragma once

// The producer library in C: the same as awps/client/producer.h, which says what it promises about
// order, repetition, memory, threads and fork(). Names follow the custom of C.
//
// 1. No C++ exception and no SIGPIPE leaves a function; a lack of memory ends the process.
// 2. Texts are UTF-8, end with '\0' and are borrowed for the time of the call. NULL: not said.
// 3. `error` may be NULL. It is written only where a call fails.
// 4. NULL for what a call needs is refused with AWPS_INVALID, and nothing is sent: the producer,
//    the options, a name, the data of a message, a connection id of `excluded`. Of a producer that
//    is NULL awps_get_status() and awps_dedupe_window_seconds() say zero, and awps_destroy() does
//    nothing.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct awps_producer awps_producer;

typedef enum awps_error_code {
  AWPS_INVALID = 1,    // the call cannot be right: the message names the argument and the remedy
  AWPS_TOO_LARGE = 2,  // the action could never be buffered
  AWPS_FULL = 3,       // max_buffered_bytes wait for the daemon, and block_timeout_ms are over
  AWPS_CLOSED = 4,     // awps_close() was called before
  AWPS_FORKED = 5,     // the producer belongs to the parent process
  AWPS_TIMEOUT = 6,    // awps_flush(), awps_close(): not everything was confirmed in time
  AWPS_SYSTEM = 7      // the operating system refused a thread or a descriptor
} awps_error_code;

typedef struct awps_error {
  awps_error_code code;
  char message[512];  // for people; cut off where it is longer
} awps_error;

typedef enum awps_outcome_kind {
  AWPS_ACCEPTED = 1,
  AWPS_DELIVERED = 2,
  AWPS_SUPERSEDED = 3,
  AWPS_EXPIRED = 4,
  AWPS_DEAD_LETTERED = 5,
  AWPS_ABANDONED = 6,
  AWPS_REJECTED = 7,
  AWPS_UNCONFIRMED = 8,
  AWPS_DUPLICATE = 9  // with awps_options.deduplicate: it was accepted before, under the same id
} awps_outcome_kind;

/// The end of one action; it lives until the callback returns.
typedef struct awps_outcome {
  uint64_t number;
  uint64_t tag;
  awps_outcome_kind kind;
  int is_good;      // accepted, delivered, superseded or duplicate
  int target_gone;  // the service answered 404
  int http_status;  // 0: there was no answer of the service
  unsigned attempts;
  const char* error_code;     // "" where nothing failed
  const char* error_message;  // "" where nothing failed
} awps_outcome;

typedef void (*awps_on_outcome)(const awps_outcome* outcome, void* context);
typedef void (*awps_on_notice)(const char* text, void* context);

typedef enum awps_ack { AWPS_ACK_ACCEPTED = 0, AWPS_ACK_DELIVERED = 1 } awps_ack;

typedef struct awps_options {
  const char* socket_path;
  const char* hub;   // NULL: the daemon's default
  const char* name;  // at most 64 bytes, for the daemon's logs; NULL: none
  awps_ack ack;
  size_t max_buffered_bytes;
  int refuse_when_full;  // 0: a call waits for room, at most block_timeout_ms
  unsigned block_timeout_ms;
  unsigned reconnect_base_ms;  // 1 at least
  unsigned reconnect_max_ms;
  unsigned close_timeout_ms;   // of awps_destroy()
  awps_on_outcome on_outcome;  // on the producer's own thread, one call at a time; NULL: none
  awps_on_notice on_notice;    // likewise
  void* context;               // given to both
  int deduplicate;             // 0: off; as Options::deduplicate of awps/client/options.h
} awps_options;

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

typedef enum awps_data_type { AWPS_TEXT = 0, AWPS_JSON = 1, AWPS_BINARY = 2 } awps_data_type;

typedef struct awps_message {
  awps_data_type type;
  const void* data;
  size_t size;
} awps_message;

/// NULL makes a message that every send refuses; "" makes an empty one.
awps_message awps_text(const char* text);
awps_message awps_json(const char* text);
awps_message awps_binary(const void* data, size_t size);

typedef enum awps_permission { AWPS_SEND_TO_GROUP = 0, AWPS_JOIN_LEAVE_GROUP = 1 } awps_permission;

/// PROTOCOL.md §3 and §4. All zero (`awps_fields fields = {0};`): nothing is said.
typedef struct awps_fields {
  const char* hub;
  const char* id;
  const char* ordering_key;
  const char* conflation_key;
  const char* filter;
  const char* reason;
  const char* const* excluded;  // connection ids
  size_t excluded_count;
  int has_message_ttl;
  unsigned message_ttl_seconds;
  uint64_t ttl_ms;  // 0: none
  int unordered;
  uint64_t tag;  // yours, returned with the outcome; never sent
} awps_fields;

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

#ifdef __cplusplus
}
#endif
