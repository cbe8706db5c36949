#include "emulator/request_log.h"

#include <algorithm>

#include "base/check.h"
#include "base/crypto.h"
#include "base/json_text.h"
#include "emulator/text.h"

namespace awps::emulator {

namespace {

void append_member(std::string& out, std::string_view name, std::string_view text) {
  out += ",\"";
  out += name;
  out += "\":";
  append_json_string(out, text);
}

void append_flag(std::string& out, std::string_view name, bool flag) {
  out += ",\"";
  out += name;
  out += flag ? "\":true" : "\":false";
}

/// Text as text; bytes that are no UTF-8 as base64 under another name.
void append_body(std::string& out, const LogEntry& entry) {
  out += ",\"bodyBytes\":";
  append_number(out, entry.body_bytes);
  if (!entry.body_sha256.empty()) return append_member(out, "bodySha256", entry.body_sha256);
  if (is_utf8(entry.body)) return append_member(out, "body", entry.body);
  append_member(out, "bodyBase64", base64_encode(entry.body));
}

}  // namespace

LogEntry& RequestLog::add() {
  AWPS_CHECK(is_on());
  const size_t place = static_cast<size_t>(last_sequence_ % capacity_);
  if (place >= ring_.size()) ring_.resize(place + 1);
  LogEntry& entry = ring_[place];
  entry = LogEntry{};
  entry.sequence = ++last_sequence_;
  return entry;
}

std::vector<LogEntry> RequestLog::after(uint64_t since, size_t limit) const {
  std::vector<LogEntry> found;
  if (!is_on()) return found;
  const uint64_t oldest = last_sequence_ > capacity_ ? last_sequence_ - capacity_ + 1 : 1;
  for (uint64_t s = std::max(since + 1, oldest); s <= last_sequence_ && found.size() < limit; ++s) {
    const size_t place = static_cast<size_t>((s - 1) % capacity_);
    if (place < ring_.size() && ring_[place].sequence == s) found.push_back(ring_[place]);
  }
  return found;
}

void RequestLog::clear() {
  for (LogEntry& entry : ring_) entry = LogEntry{};
}

void append_log_line(std::string& out, const LogEntry& entry) {
  out += "{\"sequence\":";
  append_number(out, entry.sequence);
  out += ",\"arrivedNs\":";
  append_number(out, entry.arrived_ns);
  append_member(out, "operation", operation_name(entry.operation));
  append_member(out, "method", entry.method);
  append_member(out, "hub", entry.hub);
  append_member(out, "target", entry.target);
  append_member(out, "group", entry.group);
  append_member(out, "path", entry.path);
  append_member(out, "query", entry.query);
  append_member(out, "contentType", entry.content_type);
  append_body(out, entry);
  out += ",\"status\":";
  append_number(out, entry.status);
  append_flag(out, "tookEffect", entry.took_effect);
  append_flag(out, "throttled", entry.was_throttled);
  append_member(out, "fault", entry.fault);
  append_member(out, "clientRequestId", entry.client_request_id);
  out += "}\n";
}

std::string hexadecimal(std::string_view bytes) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kHex[byte >> 4U];
    out += kHex[byte & 15U];
  }
  return out;
}

}  // namespace awps::emulator
