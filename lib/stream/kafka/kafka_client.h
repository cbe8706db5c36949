#pragma once

// KafkaClient: one handle of librdkafka with its callbacks: what reads, what writes, and what only
// asks are made of it.
//
// 1. A log line leaves it without secrets, from whichever thread.
// 2. A connection in plain text is made to a loopback address alone.
// 3. It is asked for a token where librdkafka wants one, and each second until there is one.
// 4. Its end waits for librdkafka's threads, not for the broker, and commits nothing.
//
// It belongs to the thread that polls it; get() may be used as librdkafka allows.

#include <functional>
#include <memory>
#include <string>

#include "stream/kafka/kafka_handles.h"
#include "stream/kafka/kafka_settings.h"

namespace awps {

class KafkaClient {
 public:
  /// Called while it is polled; those that are empty are left out.
  struct Hooks {
    KafkaLog log;  // any thread
    std::function<void(rd_kafka_resp_err_t, const std::string&)> error;
    std::function<void(rd_kafka_resp_err_t, const rd_kafka_topic_partition_list_t&)> rebalance;
    std::function<void(const rd_kafka_message_t&)> delivered;
    /// The end of a commit on commit_queue(); `number` as it was given.
    std::function<void(uint64_t number, rd_kafka_resp_err_t,
                       const rd_kafka_topic_partition_list_t*)>
        committed;
  };

  /// An Error where librdkafka does not make one of these settings: a file that is not there.
  static Result<std::unique_ptr<KafkaClient>> make_consumer(const KafkaSettings& settings,
                                                            Hooks hooks);
  static Result<std::unique_ptr<KafkaClient>> make_producer(const KafkaSettings& settings,
                                                            const KafkaSettings::Properties& more,
                                                            Hooks hooks);
  ~KafkaClient();
  KafkaClient(const KafkaClient&) = delete;
  KafkaClient& operator=(const KafkaClient&) = delete;

  rd_kafka_t* get() const { return handle_; }
  /// Gives a token where one is wanted; an Error is told once to the hook `error`.
  void feed_token(std::chrono::steady_clock::time_point now);
  /// As rd_kafka_commit_queue(), with `number` for the hook `committed`.
  rd_kafka_resp_err_t commit(const rd_kafka_topic_partition_list_t& offsets,
                             rd_kafka_queue_t& queue, uint64_t number);

 private:
  KafkaClient(const KafkaSettings& settings, Hooks hooks);
  Result<void> open(rd_kafka_type_t type, const KafkaSettings::Properties& properties,
                    const KafkaSettings::Properties& more);
  void set_callbacks(rd_kafka_conf_t* conf, rd_kafka_type_t type);
  void tell_error(rd_kafka_resp_err_t error, const std::string& text);

  const std::vector<std::string> secrets_;
  const std::string advice_;  // behind a refused credential
  const KafkaTokenProvider token_;
  const bool is_plain_text_;
  const Hooks hooks_;
  rd_kafka_t* handle_ = nullptr;
  bool wants_token_;
  std::string token_failure_;
  std::string last_failure_;  // of a connection to a broker
  std::chrono::steady_clock::time_point next_token_{};
};

}  // namespace awps
