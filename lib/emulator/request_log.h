#pragma once

// What arrived and when, in order: a bounded ring of entries with consecutive sequence numbers, the
// oldest of which are overwritten. Values; one thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/route.h"

namespace awps::emulator {

struct LogEntry {
  uint64_t sequence = 0;   // from 1
  int64_t arrived_ns = 0;  // monotonic, since the emulator began
  Operation operation = Operation::kUnknown;
  std::string method;
  std::string hub;
  std::string target;  // group, user or connection
  std::string group;   // of a membership, where target is the user or connection
  std::string path;    // each segment decoded once, joined by '/'
  std::string query;   // as sent
  std::string content_type;
  std::string body;         // empty if the body is larger than kMaxLoggedBody
  std::string body_sha256;  // of such a body, in hexadecimal
  uint64_t body_bytes = 0;
  int status = 0;            // 0: no answer was given
  bool took_effect = false;  // the operation was carried out, and succeeded
  bool was_throttled = false;
  std::string fault;  // the rule's name, "unnamed" if it has none
  std::string client_request_id;
};

inline constexpr size_t kMaxLoggedBody = 4096;

class RequestLog {
 public:
  explicit RequestLog(size_t capacity) : capacity_(capacity) {}

  bool is_on() const { return capacity_ > 0; }
  /// The place of the next entry, its sequence set and all else empty. The log must be on.
  LogEntry& add();
  /// Entries with a sequence above `since`, oldest first, at most `limit`.
  std::vector<LogEntry> after(uint64_t since, size_t limit) const;
  /// Sequence numbers go on: what was seen before is never seen again.
  void clear();

 private:
  size_t capacity_;
  uint64_t last_sequence_ = 0;
  std::vector<LogEntry> ring_;  // entry s stands at (s - 1) % capacity
};

/// One line of NDJSON, with its line feed.
void append_log_line(std::string& out, const LogEntry& entry);

std::string hexadecimal(std::string_view bytes);

}  // namespace awps::emulator
