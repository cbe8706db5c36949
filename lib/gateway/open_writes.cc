#include "gateway/open_writes.h"

namespace awps {

OpenWrite& OpenWrites::add(OpenWrite write) {
  const WriteKey key = write.key;
  OpenWrite& added = writes_.emplace(key, std::move(write)).first->second;
  if (added.ticket) by_action_.emplace(added.ticket->number, key);
  if (added.deadline != kNever) deadlines_.emplace(added.deadline, key);
  return added;
}

OpenWrite* OpenWrites::find(const WriteKey& key) {
  const auto found = writes_.find(key);
  return found == writes_.end() ? nullptr : &found->second;
}

OpenWrite* OpenWrites::find_action(uint64_t number) {
  const auto found = by_action_.find(number);
  return found == by_action_.end() ? nullptr : find(found->second);
}

std::optional<JoinTicket> OpenWrites::take_ticket(OpenWrite& write) {
  std::optional<JoinTicket> ticket = std::exchange(write.ticket, std::nullopt);
  if (ticket) by_action_.erase(ticket->number);
  return ticket;
}

void OpenWrites::set_deadline(OpenWrite& write, Instant deadline) {
  deadlines_.erase({write.deadline, write.key});
  write.deadline = deadline;
  if (deadline != kNever) deadlines_.emplace(deadline, write.key);
}

void OpenWrites::remove(const WriteKey& key) {
  OpenWrite* write = find(key);
  if (write == nullptr) return;
  take_ticket(*write);
  set_deadline(*write, kNever);
  writes_.erase(key);
}

OpenWrite* OpenWrites::take_overdue(Instant now) {
  if (next_deadline() > now) return nullptr;
  OpenWrite* write = find(deadlines_.begin()->second);
  set_deadline(*write, kNever);
  return write;
}

std::vector<WriteKey> OpenWrites::keys() const {
  std::vector<WriteKey> keys;
  keys.reserve(writes_.size());
  for (const auto& [key, write] : writes_) keys.push_back(key);
  return keys;
}

}  // namespace awps
