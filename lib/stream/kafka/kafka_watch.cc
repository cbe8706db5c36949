#include "stream/kafka/kafka_watch.h"

#include <algorithm>
#include <utility>

namespace awps {

namespace {

// librdkafka looks itself for partitions that were added (topic.metadata.refresh.interval.ms), and
// rebalances.
constexpr Duration kEachLook = std::chrono::minutes(1);

// Metadata come from any broker. A group that has no coordinator gives nobody a partition, whatever
// they say.
Result<int32_t, KafkaFault> ask_topic_and_group(rd_kafka_t* client, const KafkaSettings& settings,
                                                Duration at_most) {
  auto count = ask_topic(client, settings, at_most);
  if (!count) return count;
  auto committed = ask_committed(client, settings, {0}, at_most);
  if (committed) return count;
  KafkaFault fault = std::move(committed.error());
  // Its own words are those of a timeout.
  if (!trouble_of(fault.error)) {
    fault.message = "the group has no coordinator that answers: " + fault.message;
  }
  return fault;
}

}  // namespace

void KafkaWatch::begin_session(rd_kafka_t* client, SteadyInstant now) {
  client_ = client;
  ask_at_ = now;
  pause_ = parts_.first_pause;
}

void KafkaWatch::end_session() {
  client_ = nullptr;
  is_asking_ = false;
  unanswered_ = 0;
  ++session_;
}

void KafkaWatch::raise(SourceTrouble::Kind kind, const std::string& text, KafkaTrouble::Seen seen) {
  const bool was_there = trouble_.is_there();
  std::optional<SourceTrouble> told = trouble_.raise(kind, text, seen);
  if (!told) return;
  parts_.tell(std::move(*told));
  if (was_there) return;
  pause_ = parts_.first_pause;
  ask_at_ = std::min(ask_at_, std::chrono::steady_clock::now() + pause_);
}

void KafkaWatch::see_well(KafkaTrouble::Seen seen) {
  if (trouble_.is_over(seen)) parts_.tell(SourceWell{});
}

void KafkaWatch::turn(SteadyInstant now, Errands& errands) {
  if (is_asking_ || client_ == nullptr || now < ask_at_) return;
  is_asking_ = true;
  ask_at_ = SteadyInstant::max();
  errands.send([this, session = session_, client = client_]() -> Errands::Answer {
    auto answer = ask_topic_and_group(client, parts_.settings, parts_.longest_question);
    return [this, session, answer] {
      if (session == session_) hear(answer);
    };
  });
}

void KafkaWatch::hear(const Result<int32_t, KafkaFault>& answer) {
  is_asking_ = false;
  if (answer) {
    unanswered_ = 0;
    note_partitions(*answer);
    const bool was_missing =
        trouble_.is_there() && trouble_.kind() != SourceTrouble::Kind::kBrokerAway;
    see_well(KafkaTrouble::Seen::kByAsking);
    if (!trouble_.is_there()) {
      if (was_missing) parts_.topic_is_back();
      ask_at_ = std::min(ask_at_, std::chrono::steady_clock::now() + kEachLook);
      return;
    }
  } else if (const auto kind = trouble_of(answer.error().error)) {
    unanswered_ = 0;
    raise(*kind, answer.error().message, KafkaTrouble::Seen::kByAsking);
  } else if (++unanswered_ > 1) {
    raise(SourceTrouble::Kind::kBrokerAway, answer.error().message, KafkaTrouble::Seen::kByAsking);
  }
  pause_ = trouble_.is_there() ? std::min(2 * pause_, parts_.longest_pause) : parts_.first_pause;
  ask_at_ = std::chrono::steady_clock::now() + pause_;
}

}  // namespace awps
