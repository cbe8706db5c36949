#pragma once

// Every metric, once: its name, its labels' owner and its help text. The counters of a hub and of
// the intake are structs made from these lists, so nothing can be counted that is not described.
//
// X(field, name, help). Names follow Prometheus: awpsd_<noun>_<unit>_total for counters.

#define AWPS_HUB_COUNTERS(X)                                                                       \
  X(accepted, "awpsd_actions_accepted_total", "Actions accepted: an outcome is owed for each")     \
  X(delivered, "awpsd_actions_delivered_total", "Actions that the service took")                   \
  X(superseded, "awpsd_actions_superseded_total", "Actions whose place a later one took")          \
  X(dead_lettered, "awpsd_actions_dead_lettered_total", "Actions given up, kept as dead letters")  \
  X(expired, "awpsd_actions_expired_total", "Actions older than their ttlSeconds")                 \
  X(abandoned, "awpsd_actions_abandoned_total", "Actions that a stop left, kept on disk or lost")  \
  X(returned, "awpsd_actions_returned_total", "Actions of streams that their next owner sends")    \
  X(from_streams, "awpsd_actions_from_streams_total", "Of the accepted, those from streams")       \
  X(target_gone, "awpsd_actions_target_gone_total", "Delivered, but nobody was there (404)")       \
  X(requests, "awpsd_requests_total", "Requests started")                                          \
  X(answers_2xx, "awpsd_answers_2xx_total", "Answers with a status of 200 to 299")                 \
  X(answers_429, "awpsd_answers_throttled_total", "Answers with status 429")                       \
  X(answers_4xx, "awpsd_answers_4xx_total", "Other answers with a status of 400 to 499")           \
  X(answers_5xx, "awpsd_answers_5xx_total", "Answers with a status of 500 to 599")                 \
  X(answers_other, "awpsd_answers_other_total", "Answers with any other status")                   \
  X(transport_errors, "awpsd_transport_errors_total", "Requests that ended without a status")      \
  X(conflated, "awpsd_actions_conflated_total", "Superseded ones that were values of a key")       \
  X(fan_outs, "awpsd_fan_outs_total", "Requests that were a broadcast to users by name")           \
  X(fanned_out, "awpsd_actions_fanned_out_total", "Actions that these carried")                    \
  X(bulk_changes, "awpsd_bulk_changes_total", "Requests that changed many memberships")            \
  X(bulk_changed, "awpsd_actions_bulk_changed_total", "Actions that these carried")                \
  X(merges, "awpsd_merges_total", "Requests that were a merged message")                           \
  X(merged, "awpsd_actions_merged_total", "Actions that these carried")                            \
  X(splits, "awpsd_splits_total", "Coalesced requests that were refused and taken apart")          \
  X(redriven, "awpsd_actions_redriven_total", "Accepted actions that were dead letters before")    \
  X(duplicates, "awpsd_spool_duplicates_total",                                                    \
    "Actions that their hub had accepted before, and took no second time")                         \
  X(retries, "awpsd_retries_total", "Requests that were not the first of their operation")         \
  X(ambiguous_retries, "awpsd_ambiguous_retries_total",                                            \
    "Sends repeated although the failed attempt may have taken effect")                            \
  X(health_probes, "awpsd_health_probes_total", "Times that the service was asked for its health") \
  X(busy_nanoseconds, "awpsd_worker_busy_seconds_total", "Time that the worker was not waiting")

// One family of counters, with a sample for each evidence: X(field, evidence).
#define AWPS_HUB_CHARGES_NAME "awpsd_charged_attempts_total"
#define AWPS_HUB_CHARGES_HELP                                                              \
  "Failed attempts that count against their actions, by evidence. answered: others were. " \
  "healthy: no others were, and the service said that it is healthy; only the time counts"
#define AWPS_HUB_CHARGES(X)       \
  X(charged_answered, "answered") \
  X(charged_healthy, "healthy")

#define AWPS_HUB_GAUGES(X)                                                               \
  X(queued, "awpsd_actions_queued", "Actions waiting for their lanes or a permit")       \
  X(active, "awpsd_actions_active", "Actions in a request that is under way")            \
  X(deferred, "awpsd_actions_deferred", "Actions waiting for their next attempt")        \
  X(pace, "awpsd_pace_requests_per_second",                                              \
    "Requests a second that the endpoint is asked to take at most, 0: no limit")         \
  X(pace_is_learnt, "awpsd_pace_is_learnt", "1: the pace has fallen after a 429")        \
  X(concurrency, "awpsd_concurrency_limit", "Requests that may be under way at once")    \
  X(in_flight, "awpsd_requests_in_flight", "Requests that are under way")                \
  X(kinds_held, "awpsd_kinds_held", "Kinds of action that the identity may not send")    \
  X(held_bytes, "awpsd_queue_held_bytes", "Bytes charged to actions without an outcome") \
  X(lanes, "awpsd_lanes", "Targets with actions")                                        \
  X(blocked_lanes, "awpsd_lanes_blocked", "Lanes that wait although permits are free")

#define AWPS_HUB_HISTOGRAMS(X)                                                                  \
  X(delivery, "awpsd_delivery_seconds", "From acceptance to the outcome, of delivered actions") \
  X(request, "awpsd_request_seconds", "From a request to its answer")

// Of a durable hub's log; its committer counts them. A memory hub has none of these.
#define AWPS_SPOOL_COUNTERS(X)                                                                     \
  X(recovered, "awpsd_actions_recovered_total", "Accepted actions that the last run left on disk") \
  X(late_refused, "awpsd_actions_late_refused_total",                                              \
    "Actions refused late, because the disk did not take them")                                    \
  X(commits, "awpsd_spool_commits_total", "Groups of actions that were written and synced")        \
  X(commit_actions, "awpsd_spool_commit_actions_total", "Actions in commits")                      \
  X(written_bytes, "awpsd_spool_written_bytes_total", "Bytes written to disk")                     \
  X(released, "awpsd_spool_released_total", "Records that need not be kept any more")              \
  X(moved_bytes, "awpsd_spool_moved_bytes_total", "Bytes written again, to free older segments")   \
  X(lost_records, "awpsd_spool_lost_records_total", "Accepted actions that damage has destroyed")  \
  X(damaged_ranges, "awpsd_spool_damaged_ranges_total", "Damaged places on disk")

// One family of counters, with a sample for each call of the system that failed: X(field, call).
// What no other row names is counted as "other".
#define AWPS_SPOOL_ERRORS_NAME "awpsd_spool_errors_total"
#define AWPS_SPOOL_ERRORS_HELP "Calls of the system that failed, by call"
#define AWPS_SPOOL_ERRORS(X)     \
  X(errors_write, "write")       \
  X(errors_sync, "sync")         \
  X(errors_allocate, "allocate") \
  X(errors_make, "make")         \
  X(errors_open, "open")         \
  X(errors_read, "read")         \
  X(errors_rename, "rename")     \
  X(errors_unlink, "unlink")     \
  X(errors_other, "other")

#define AWPS_SPOOL_GAUGES(X)                                                                \
  X(bytes, "awpsd_spool_bytes", "Bytes on disk")                                            \
  X(segments, "awpsd_spool_segments", "Segment files of the log")                           \
  X(records, "awpsd_spool_records", "Accepted actions without an outcome that are on disk") \
  X(tail_records, "awpsd_spool_tail_records",                                               \
    "Of awpsd_actions_queued, those that wait on disk alone")                               \
  X(failed, "awpsd_spool_failed", "1: the disk takes nothing, and new actions are refused") \
  X(recovery_nanoseconds, "awpsd_spool_recovery_seconds",                                   \
    "Time that reading the disk at the start took")

#define AWPS_SPOOL_HISTOGRAMS(X) \
  X(commit, "awpsd_spool_commit_seconds", "From the beginning of a commit until it is synced")

// When the oldest of awpsd_spool_records was accepted; told as its age.
#define AWPS_SPOOL_OLDEST_NAME "awpsd_spool_oldest_seconds"
#define AWPS_SPOOL_OLDEST_HELP "Age of the oldest of awpsd_spool_records, 0: there is none"

#define AWPS_INTAKE_COUNTERS(X)                                                          \
  X(connections, "awpsd_connections_total", "Connections of producers")                  \
  X(connections_refused, "awpsd_connections_refused_total",                              \
    "Connections refused: access or bound")                                              \
  X(bytes, "awpsd_intake_bytes_total", "Bytes read from producers")                      \
  X(lines, "awpsd_intake_lines_total", "Lines read from producers")                      \
  X(actions, "awpsd_intake_actions_total", "Actions read, refused ones included")        \
  X(rejected, "awpsd_actions_rejected_total", "Actions refused")                         \
  X(warnings, "awpsd_intake_warnings_total", "Unknown keys that are nearly one of ours") \
  X(replies_dropped, "awpsd_replies_dropped_total",                                      \
    "Refusals that an ack=none producer left unread")                                    \
  X(paused_reads, "awpsd_intake_paused_total",                                           \
    "Times that a producer was not read: hub full or replies unread")

// Of one stream, with the label {stream}.
#define AWPS_STREAM_COUNTERS(X)                                                      \
  X(records, "awpsd_stream_records_total", "Records read from the stream")           \
  X(rejected, "awpsd_stream_rejected_total", "Actions of records that were refused") \
  X(returned, "awpsd_stream_returned_total",                                         \
    "Accepted actions that went back to the stream undelivered")

// These two are families with a sample for each value of a label: X(field, value).
#define AWPS_STREAM_COMMITS_NAME "awpsd_stream_commits_total"
#define AWPS_STREAM_COMMITS_HELP "Commits of offsets, by result"
#define AWPS_STREAM_COMMITS(X) \
  X(commits_ok, "ok")          \
  X(commits_failed, "failed")
#define AWPS_STREAM_REBALANCES_NAME "awpsd_stream_rebalances_total"
#define AWPS_STREAM_REBALANCES_HELP "Times that partitions were given to this daemon or taken away"
#define AWPS_STREAM_REBALANCES(X)    \
  X(rebalances_assigned, "assigned") \
  X(rebalances_revoked, "revoked")   \
  X(rebalances_lost, "lost")
