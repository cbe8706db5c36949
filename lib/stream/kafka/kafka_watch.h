#pragma once

// KafkaWatch: what troubles a source, told at each change, and asked about until it is over.
//
// 1. While there is trouble the topic and the group's coordinator are asked after a pause that
//    doubles, and after each sign that there may be some.
// 2. How many partitions the topic has is asked each minute.
// 3. One question without an answer is no trouble yet: the next one is asked soon.
//
// It belongs to one thread, but for the question, which is an errand.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "stream/kafka/errands.h"
#include "stream/kafka/kafka_handles.h"
#include "stream/kafka/kafka_questions.h"
#include "stream/kafka/kafka_trouble.h"

namespace awps {

class KafkaWatch {
 public:
  using SteadyInstant = std::chrono::steady_clock::time_point;

  struct Parts {
    const KafkaSettings& settings;
    std::function<void(SourceEvent)> tell;
    std::function<void()> topic_is_back;  // it, or the right to see it
    Duration first_pause;
    Duration longest_pause;
    Duration longest_question;
  };

  explicit KafkaWatch(Parts parts) : parts_(std::move(parts)) {}

  /// The client outlives the errands that are sent in its session.
  void begin_session(rd_kafka_t* client, SteadyInstant now);
  void end_session();

  void raise(SourceTrouble::Kind kind, const std::string& text, KafkaTrouble::Seen seen);
  void see_well(KafkaTrouble::Seen seen);
  bool brokers_are_away() const { return trouble_.kind() == SourceTrouble::Kind::kBrokerAway; }
  /// How many partitions the topic has, as last heard; nothing: not heard yet.
  std::optional<int32_t> partitions_of_topic() const { return partitions_of_topic_; }
  void note_partitions(int32_t count) { partitions_of_topic_ = count; }
  /// There may be trouble.
  void ask_soon() { ask_at_ = std::min(ask_at_, std::chrono::steady_clock::now()); }
  /// Asks if it is time.
  void turn(SteadyInstant now, Errands& errands);

 private:
  void hear(const Result<int32_t, KafkaFault>& answer);

  const Parts parts_;
  KafkaTrouble trouble_;
  rd_kafka_t* client_ = nullptr;
  uint64_t session_ = 0;
  SteadyInstant ask_at_{};
  Duration pause_{};
  bool is_asking_ = false;
  int unanswered_ = 0;
  std::optional<int32_t> partitions_of_topic_;
};

}  // namespace awps
