#pragma once

// What the functions of awps.h take and give: errors, outcomes, options, messages and fields. To be
// included by that alone.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

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

typedef enum awps_data_type { AWPS_TEXT = 0, AWPS_JSON = 1, AWPS_BINARY = 2 } awps_data_type;

typedef struct awps_message {
  awps_data_type type;
  const void* data;
  size_t size;
} awps_message;

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

/// What a record's key is made of besides the hub.
typedef enum awps_stream_target {
  AWPS_STREAM_GROUP = 0,
  AWPS_STREAM_USER = 1,
  AWPS_STREAM_CONNECTION = 2,
  AWPS_STREAM_ALL = 3,
  AWPS_STREAM_ORDERING_KEY = 4
} awps_stream_target;

#define AWPS_STREAM_KEY_SIZE 16384

#ifdef __cplusplus
}
#endif
