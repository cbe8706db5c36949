#include "gateway/producers.h"

#include <algorithm>

#include "gateway/action_ids.h"

namespace awps {

Producer& Producers::of(uint64_t connection) {
  Producer& producer = producers_[connection];
  producer.connection = connection;
  return producer;
}

Producer* Producers::find(uint64_t connection) {
  const auto found = producers_.find(connection);
  return found == producers_.end() ? nullptr : &found->second;
}

Result<GatewaySender*, Refusal> Producers::sender_of(Producer& producer, const Visit& visit,
                                                     const http_server::Request& request) {
  const auto known = producer.senders.find(visit.routed.hub);
  if (known != producer.senders.end()) return known->second.get();
  Peer peer{.number = number_of(producer.connection), .is_admitted = visit.over_tcp};
  if (request.peer != nullptr) peer.credentials = *request.peer;
  auto sender = std::make_unique<GatewaySender>(slot_, peer);
  sender->connection = producer.connection;
  sender->hub = visit.routed.hub;
  Source& source = sender->source;
  Router::Decision decision = source.router().greet(sender->hub, slot_.hubs());
  if (!decision) return std::move(decision).error();
  source.introduce(producer_name(request.header("user-agent").value_or(std::string_view())),
                   /*wants_outcomes=*/true);
  source.ask_for_answers();
  source.ask_for_deduplication(kGatewayIdScope);
  return producer.senders.emplace(sender->hub, std::move(sender)).first->second.get();
}

GatewaySender* Producers::find_sender(uint64_t connection, std::string_view hub) {
  Producer* producer = find(connection);
  if (producer == nullptr) return nullptr;
  const auto found = producer->senders.find(hub);
  return found == producer->senders.end() ? nullptr : found->second.get();
}

std::vector<GatewaySender*> Producers::senders() {
  std::vector<GatewaySender*> all;
  for (auto& [connection, producer] : producers_) {
    for (const auto& [hub, sender] : producer.senders) all.push_back(sender.get());
  }
  return all;
}

void Producers::drop_if_unused(const Producer& producer) {
  if (!producer.has_ended || producer.open > 0 || producer.watched > 0) return;
  const bool holds = std::ranges::any_of(
      producer.senders, [](const auto& sender) { return !sender.second->held.empty(); });
  if (!holds) producers_.erase(uint64_t{producer.connection});
}

std::string producer_name(std::string_view user_agent) {
  static constexpr size_t kMost = 64;
  std::string name = "gateway/";
  size_t count = 0;
  for (const char c : user_agent) {
    if (c < ' ' || c > '~') continue;
    if (++count > kMost) break;
    name += c;
  }
  return name;
}

}  // namespace awps
