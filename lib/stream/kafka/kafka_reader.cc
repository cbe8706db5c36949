#include "stream/kafka/kafka_reader.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "stream/kafka/kafka_client.h"
#include "stream/kafka/kafka_questions.h"
#include "stream/kafka/kafka_trouble.h"

namespace awps {

namespace {

using ReaderInstant = std::chrono::steady_clock::time_point;

constexpr Duration kReaderTurn = std::chrono::milliseconds(100);
constexpr Duration kFirstAnswer = std::chrono::seconds(15);  // however long what follows may take

// A client that joins no group, and the time that is left.
class Asker {
 public:
  Asker(const KafkaSettings& settings, Duration at_most)
      : settings_(settings), end_(std::chrono::steady_clock::now() + at_most) {}

  Result<void, SourceTrouble> open(const KafkaLog& log) {
    KafkaClient::Hooks hooks;
    hooks.log = log;
    hooks.error = [this](rd_kafka_resp_err_t error, const std::string& text) {
      (void)trouble_.raise(trouble_of(error).value_or(SourceTrouble::Kind::kBrokerAway), text,
                           KafkaTrouble::Seen::kByAsking);
      if (seen_text_.empty() || error == RD_KAFKA_RESP_ERR__AUTHENTICATION) seen_text_ = text;
    };
    auto made = KafkaClient::make_consumer(settings_, std::move(hooks));
    if (!made) return SourceTrouble{SourceTrouble::Kind::kOther, made.error().message};
    client_ = std::move(*made);
    client_->feed_token(std::chrono::steady_clock::now());
    return {};
  }

  rd_kafka_t* get() const { return client_->get(); }
  Duration left() const {
    return std::max<Duration>(end_ - std::chrono::steady_clock::now(), Duration::zero());
  }

  Result<int32_t, SourceTrouble> count_partitions() {
    const Result<int32_t, KafkaFault> count =
        ask_topic(get(), settings_, std::min(left(), kFirstAnswer));
    if (!count) return trouble(count.error());
    return *count;
  }

  /// Why there was no answer: what librdkafka told meanwhile says it better than a timeout does.
  SourceTrouble trouble(const KafkaFault& fault) {
    const std::optional<SourceTrouble::Kind> kind = trouble_of(fault.error);
    if (kind) return {*kind, fault.message};
    while (KafkaMessage(rd_kafka_consumer_poll(get(), 0)) != nullptr) {
    }
    if (!trouble_.is_there()) return {SourceTrouble::Kind::kBrokerAway, fault.message};
    return {*trouble_.kind(), fault.message + "; " + seen_text_};
  }

  KafkaMessage next() {
    client_->feed_token(std::chrono::steady_clock::now());
    return KafkaMessage(
        rd_kafka_consumer_poll(get(), milliseconds_of(std::min(left(), kReaderTurn))));
  }

 private:
  const KafkaSettings& settings_;
  const ReaderInstant end_;
  std::unique_ptr<KafkaClient> client_;
  KafkaTrouble trouble_;
  std::string seen_text_;
};

std::vector<int32_t> first_numbers(int32_t count) {
  std::vector<int32_t> numbers;
  for (int32_t number = 0; number < count; ++number) numbers.push_back(number);
  return numbers;
}

// What is still to be read of each partition: up to which offset.
using Goals = std::map<int32_t, int64_t>;

Result<void, SourceTrouble> read_up_to(Asker& asker, Goals goals, const ReadBackVisitor& visit) {
  while (!goals.empty()) {
    if (asker.left() <= Duration::zero()) {
      return asker.trouble({RD_KAFKA_RESP_ERR__TIMED_OUT,
                            "read the end of the topic: not all of "
                            "it came in time"});
    }
    const KafkaMessage message = asker.next();
    if (message == nullptr) continue;
    const auto goal = goals.find(message->partition);
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        if (goal != goals.end()) goals.erase(goal);
      } else if (trouble_of(message->err)) {
        return asker.trouble({message->err, rd_kafka_message_errstr(message.get())});
      }
      continue;
    }
    if (goal == goals.end()) continue;
    if (message->offset < goal->second) visit(message->partition, record_of(*message));
    if (message->offset + 1 >= goal->second) goals.erase(goal);
  }
  return {};
}

}  // namespace

Result<StreamFacts, SourceTrouble> check_stream(const KafkaSettings& settings, const KafkaLog& log,
                                                Duration at_most) {
  Asker asker(settings, at_most);
  if (Result<void, SourceTrouble> opened = asker.open(log); !opened) return opened.error();
  const Result<int32_t, SourceTrouble> count = asker.count_partitions();
  if (!count) return count.error();
  const auto committed = ask_committed(asker.get(), settings, first_numbers(*count), asker.left());
  if (!committed) return asker.trouble(committed.error());
  return StreamFacts{.partitions = *count};
}

Result<StreamFacts, SourceTrouble> read_back(const KafkaSettings& settings, int64_t records,
                                             const ReadBackVisitor& visit, const KafkaLog& log,
                                             Duration at_most) {
  Asker asker(settings, at_most);
  if (Result<void, SourceTrouble> opened = asker.open(log); !opened) return opened.error();
  const Result<int32_t, SourceTrouble> count = asker.count_partitions();
  if (!count) return count.error();
  Goals goals;
  std::vector<PartitionOffset> starts;
  for (int32_t partition = 0; partition < *count; ++partition) {
    const auto ends = ask_ends(asker.get(), settings, partition, asker.left());
    if (!ends) return asker.trouble(ends.error());
    const int64_t start = std::max(ends->low, ends->high - records);
    if (start >= ends->high) continue;
    starts.push_back({partition, start});
    goals[partition] = ends->high;
  }
  const KafkaPartitions list = kafka_partitions(settings.topic, starts);
  const rd_kafka_resp_err_t error = rd_kafka_assign(asker.get(), list.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return asker.trouble({error, std::string("assign: ") + rd_kafka_err2str(error)});
  }
  if (auto read = read_up_to(asker, std::move(goals), visit); !read) return read.error();
  return StreamFacts{.partitions = *count};
}

}  // namespace awps
