#include "gateway/retry_joins.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/crypto.h"

namespace awps {

namespace {

// u32 length, little-endian; the bytes. So no two lists of fields make the same text.
void append_field(std::string& out, std::string_view field) {
  const auto size = static_cast<uint32_t>(field.size());
  for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>((size >> shift) & 255U);
  out += field;
}

uint64_t number_at(const Sha256Digest& digest, size_t begin) {
  uint64_t number = 0;
  for (size_t i = 0; i < 8; ++i) number = number << 8U | digest[begin + i];
  return number;
}

// As if no two requests shared one.
size_t bytes_of(const GatewayAnswer& answer) {
  size_t bytes = sizeof answer + answer.content_type.size() + answer.body.size();
  for (const auto& [name, value] : answer.headers)
    bytes += sizeof name + name.size() + value.size();
  return bytes;
}

}  // namespace

JoinKey join_key_of(const JoinFields& fields) {
  const Sha256Digest body = sha256(fields.body);
  std::string text;
  for (const std::string_view field :
       {fields.caller, fields.method, fields.target, fields.content_type, fields.own_fields,
        as_view(body), fields.client_request_id}) {
    append_field(text, field);
  }
  const Sha256Digest digest = sha256(text);
  return {.high = number_at(digest, 0), .low = number_at(digest, 8)};
}

void RetryJoins::request_came(uint64_t connection) {
  const auto found = by_connection_.find(connection);
  if (found == by_connection_.end()) return;
  const std::vector<JoinKey> keys = found->second;  // receive() takes some out
  for (const JoinKey& key : keys) {
    Entry& entry = *by_key_.at(key);
    if (entry.phase == Phase::kWritten) receive(entry);
  }
}

std::optional<uint64_t> RetryJoins::connection_in_doubt(const JoinKey& key) const {
  const auto found = by_key_.find(key);
  if (found == by_key_.end() || found->second->phase != Phase::kWritten) return std::nullopt;
  return found->second->connection;
}

bool RetryJoins::can_be_joined(const Entry& entry, Instant now) const {
  switch (entry.phase) {
    case Phase::kWaiting:
    case Phase::kWriting:
      return true;
    case Phase::kLost:
      return now - entry.since <= options_.retry_window;
    case Phase::kWritten:
    case Phase::kReceived:
      return false;
  }
  return false;
}

RetryJoins::Arrival RetryJoins::arrive(const JoinKey& key, uint64_t connection, Instant now) {
  const uint64_t number = ++last_number_;
  Arrival arrival{.ticket = {.key = key, .number = number}, .action = number};
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    entries_.push_back({.key = key, .action = number});
    by_key_.emplace(key, std::prev(entries_.end()));
    attach(entries_.back(), number, connection);
    evict();
    return arrival;
  }
  entries_.splice(entries_.end(), entries_, found->second);
  Entry& entry = entries_.back();
  detach(entry);
  if (can_be_joined(entry, now)) {
    const bool is_waiting = entry.phase == Phase::kWaiting;
    arrival.kind = is_waiting ? Arrival::Kind::kJoinsWaiting : Arrival::Kind::kJoinsAnswered;
    arrival.action = entry.action;
    arrival.answer = entry.answer;
    if (!is_waiting) entry.phase = Phase::kWriting;
  } else {
    drop_answer(entry);
    arrival.has_forerunner = entry.has_forerunner;
    entry.phase = Phase::kWaiting;
    entry.action = number;
  }
  attach(entry, number, connection);
  return arrival;
}

void RetryJoins::answered(const JoinTicket& action, SharedAnswer answer, Instant now) {
  const auto found = by_key_.find(action.key);
  if (found == by_key_.end()) return;
  Entry& entry = *found->second;
  if (entry.action != action.number || entry.phase != Phase::kWaiting) return;
  if (!answer->is_accepted) {
    if (!entry.has_forerunner) return forget(found->second);
    return receive(entry);
  }
  entry.has_forerunner = true;
  entry.answer = std::move(answer);
  answer_bytes_ += bytes_of(*entry.answer);
  if (entry.is_gone) {
    lose(entry, now);
  } else {
    entry.phase = Phase::kWriting;
  }
  evict();
}

// Nothing will be written, and so nothing tells when it has arrived.
void RetryJoins::answered_to_nobody(const JoinTicket& action, SharedAnswer answer, Instant now) {
  answered(action, std::move(answer), now);
  const auto found = by_key_.find(action.key);
  if (found == by_key_.end() || found->second->action != action.number) return;
  Entry& entry = *found->second;
  if (entry.phase != Phase::kWriting) return;
  detach(entry);
  lose(entry, now);
}

void RetryJoins::written(const JoinTicket& ticket, bool ok, Instant now) {
  Entry* entry = find(ticket);
  if (entry == nullptr || entry->phase != Phase::kWriting) return;
  if (!ok) {
    detach(*entry);
    lose(*entry, now);
    return;
  }
  entry->phase = Phase::kWritten;
  entry->since = now;
}

void RetryJoins::connection_ended(uint64_t connection, Instant now) {
  auto node = by_connection_.extract(connection);
  if (node.empty()) return;
  for (const JoinKey& key : node.mapped()) {
    Entry& entry = *by_key_.at(key);
    entry.is_gone = true;
    if (entry.phase == Phase::kWaiting) continue;  // its action goes on
    const bool has_arrived =
        entry.phase == Phase::kWritten && now - entry.since > options_.answer_grace;
    if (has_arrived) {
      entry.phase = Phase::kReceived;
      drop_answer(entry);
    } else {
      lose(entry, now);
    }
  }
}

// Only while it is the latest of its key.
RetryJoins::Entry* RetryJoins::find(const JoinTicket& ticket) {
  const auto found = by_key_.find(ticket.key);
  if (found == by_key_.end() || found->second->latest != ticket.number) return nullptr;
  return &*found->second;
}

void RetryJoins::attach(Entry& entry, uint64_t number, uint64_t connection) {
  entry.latest = number;
  entry.connection = connection;
  entry.is_gone = false;
  by_connection_[connection].push_back(entry.key);
}

// Its latest request's connection says nothing about it any more.
void RetryJoins::detach(Entry& entry) {
  const auto found = by_connection_.find(entry.connection);
  if (!entry.is_gone && found != by_connection_.end()) {
    std::erase(found->second, entry.key);
    if (found->second.empty()) by_connection_.erase(found);
  }
  entry.is_gone = true;
}

void RetryJoins::receive(Entry& entry) {
  entry.phase = Phase::kReceived;
  drop_answer(entry);
  detach(entry);
}

void RetryJoins::lose(Entry& entry, Instant now) {
  entry.phase = Phase::kLost;
  entry.since = now;
}

void RetryJoins::drop_answer(Entry& entry) {
  if (entry.answer == nullptr) return;
  answer_bytes_ -= bytes_of(*entry.answer);
  entry.answer.reset();
}

void RetryJoins::forget(Entries::iterator place) {
  detach(*place);
  drop_answer(*place);
  by_key_.erase(place->key);
  entries_.erase(place);
}

void RetryJoins::evict() {
  while (entries_.size() > options_.max_entries || answer_bytes_ > options_.max_answer_bytes) {
    forget(entries_.begin());
  }
}

}  // namespace awps
