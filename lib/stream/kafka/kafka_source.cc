#include "stream/kafka/kafka_source.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "stream/kafka/commits.h"
#include "stream/kafka/errands.h"
#include "stream/kafka/group_member.h"
#include "stream/kafka/kafka_client.h"
#include "stream/kafka/kafka_questions.h"
#include "stream/kafka/kafka_watch.h"
#include "stream/kafka/leader_stirring.h"
#include "stream/kafka/partition_queues.h"

namespace awps {

namespace {

using SteadyInstant = std::chrono::steady_clock::time_point;
using TroubleKind = SourceTrouble::Kind;

// Of one question. The end of a source waits for the one under way.
constexpr Duration kLongestQuestion = std::chrono::seconds(2);
// That it is sent is what counts. Many may be, and the errands behind them must not wait for long.
constexpr Duration kLongestStir = std::chrono::milliseconds(200);
// Who leaves spares the others the session timeout. Without a broker nobody is spared anything.
constexpr Duration kLongestClose = std::chrono::seconds(3);
// Events of the common queue that one call handles at most, so that others get their turn.
constexpr int kMostEventsAtOnce = 1000;

}  // namespace

class KafkaSource::Core {
 public:
  explicit Core(Options options)
      : options_(with_wake(std::move(options))),
        member_({.topic = options_.settings.topic,
                 .tell = [this](SourceEvent event) { events_.push_back(std::move(event)); },
                 .fail = [this](std::string why) { fail(std::move(why)); }}),
        commits_(options_.settings.topic,
                 [this](SourceEvent event) { events_.push_back(std::move(event)); }),
        watch_({.settings = options_.settings,
                .tell = [this](SourceEvent event) { events_.push_back(std::move(event)); },
                .topic_is_back =
                    [this] {
                      if (member_.has_none()) subscribe();
                    },
                .first_pause = options_.first_pause,
                .longest_pause = options_.longest_pause,
                .longest_question = kLongestQuestion}),
        stirring_(options_.settings, kLongestStir),
        errands_(std::make_unique<Errands>([this] { wake(); })) {
    open_session(now());
  }
  ~Core() {
    errands_.reset();  // first: what it asks is asked of the client
    close_session();
  }

  std::optional<SourceEvent> next_event() {
    if (events_.empty()) turn(now());
    if (events_.empty()) return std::nullopt;
    SourceEvent event = std::move(events_.front());
    events_.pop_front();
    return event;
  }

  std::optional<StreamRecord> next_record(int32_t partition) {
    if (queues_ == nullptr || !member_.owns(partition)) return std::nullopt;
    const rd_kafka_message_t* message = queues_->next(partition);
    if (message == nullptr) return std::nullopt;
    watch_.see_well(KafkaTrouble::Seen::kByReading);
    return record_of(*message);
  }

  // Without brokers librdkafka keeps a commit for the session timeout, and lasts as long itself.
  void commit(std::span<const PartitionOffset> offsets) {
    if (!watch_.brokers_are_away()) return commits_.start(offsets);
    events_.push_back(CommitEnded{{offsets.begin(), offsets.end()}, no_brokers().message});
  }
  Result<void, CommitFailure> commit_and_wait(std::span<const PartitionOffset> offsets,
                                              Duration at_most) {
    if (watch_.brokers_are_away()) return no_brokers();
    return commits_.start_and_wait(offsets, at_most);
  }
  void release(std::span<const int32_t> partitions) { member_.release(partitions); }

  std::optional<int64_t> end_of(int32_t partition) const {
    if (client_ == nullptr) return std::nullopt;
    int64_t low = -1;
    int64_t high = -1;
    const rd_kafka_resp_err_t error = rd_kafka_get_watermark_offsets(
        client_->get(), options_.settings.topic.c_str(), partition, &low, &high);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR || high < 0) return std::nullopt;
    return high;
  }

  std::optional<int32_t> partitions_of_topic() const { return watch_.partitions_of_topic(); }

  void leave() {
    member_.leave();
    close_if_free();
  }
  bool has_left() const {
    if (!member_.is_leaving() || !member_.has_none()) return false;
    if (client_ == nullptr) return true;
    return is_closing_ && (rd_kafka_consumer_closed(client_->get()) != 0 || now() >= closed_at_);
  }

 private:
  struct Rebalance {
    rd_kafka_resp_err_t what;
    KafkaPartitions partitions;
  };

  static Options with_wake(Options options) {
    if (!options.wake) options.wake = [] {};
    return options;
  }
  static SteadyInstant now() { return std::chrono::steady_clock::now(); }
  CommitFailure no_brokers() const {
    return CommitFailure{"commit of the topic \"" + options_.settings.topic +
                         "\": the brokers are away"};
  }
  void wake() const { options_.wake(); }

  void turn(SteadyInstant now) {
    errands_->take();
    if (client_ == nullptr) {
      if (now >= reopen_at_ && !member_.is_leaving()) open_session(now);
      return;
    }
    client_->feed_token(now);
    for (int i = 0; i < kMostEventsAtOnce && serve_common_queue(); ++i) {
    }
    commits_.serve();
    carry_out_rebalances();
    if (failure_) return end_session(now);
    member_.look_for_loss();
    ask_what_is_committed(now);
    if (!member_.is_leaving()) watch_.turn(now, *errands_);
    close_if_free();
  }

  void open_session(SteadyInstant now) {
    KafkaClient::Hooks hooks{
        .log = options_.log,
        .error = [this](rd_kafka_resp_err_t error,
                        const std::string& text) { see_error(error, text); },
        .rebalance =
            [this](rd_kafka_resp_err_t what, const rd_kafka_topic_partition_list_t& list) {
              // Not at once: this may be called while a partition's queue is read.
              rebalances_.push_back(
                  {what, KafkaPartitions(rd_kafka_topic_partition_list_copy(&list))});
            },
        .delivered = {},
        .committed =
            [this](uint64_t number, rd_kafka_resp_err_t error,
                   const rd_kafka_topic_partition_list_t* list) {
              commits_.end(number, error, list);
            }};
    auto made = KafkaClient::make_consumer(options_.settings, std::move(hooks));
    if (!made) {
      watch_.raise(TroubleKind::kOther, made.error().message, KafkaTrouble::Seen::kByGroup);
      return pause_session(now);
    }
    client_ = std::move(*made);
    common_.reset(rd_kafka_queue_get_consumer(client_->get()));
    wake_when_filled(common_.get(), &options_.wake);
    queues_ = std::make_unique<PartitionQueues>(PartitionQueues::Parts{
        .client = client_->get(),
        .topic = options_.settings.topic,
        .wake = &options_.wake,
        .serve_common_queue = [this] { return serve_common_queue(); },
        .tell_error = [this](const rd_kafka_message_t& message) { see_read_error(message); },
        .may_stand_still = [this](int32_t partition) { stir(partition); }});
    member_.begin_session(client_->get(), *queues_);
    commits_.begin_session(*client_, options_.wake);
    watch_.begin_session(client_->get(), now);
    failure_.reset();
    client_->feed_token(now);
    subscribe();
  }

  void subscribe() {
    const int32_t any[] = {RD_KAFKA_PARTITION_UA};
    const KafkaPartitions topics = kafka_partitions(options_.settings.topic, any);
    const rd_kafka_resp_err_t error = rd_kafka_subscribe(client_->get(), topics.get());
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) fail(rd_kafka_err2str(error));
  }

  void fail(std::string why) {
    if (!failure_) failure_ = std::move(why);
  }

  void pause_session(SteadyInstant now) {
    session_pause_ = session_pause_ == Duration::zero()
                         ? options_.first_pause
                         : std::min(2 * session_pause_, options_.longest_pause);
    reopen_at_ = now + session_pause_;
  }

  void end_session(SteadyInstant now) {
    watch_.raise(TroubleKind::kOther, "the session has ended and is begun anew: " + *failure_,
                 KafkaTrouble::Seen::kByGroup);
    member_.end_session();
    commits_.end_session();
    close_queues();
    // Its threads take a while to end.
    std::shared_ptr<KafkaClient> old = std::move(client_);
    errands_->send([old]() -> Errands::Answer { return [] {}; });
    pause_session(now);
  }

  void close_session() {
    commits_.end_session();
    close_queues();
    client_.reset();
  }
  void close_queues() {
    rebalances_.clear();
    queues_.reset();
    for (KafkaQueue* queue : {&common_, &closing_}) {
      if (*queue != nullptr) wake_when_filled(queue->get(), nullptr);
      queue->reset();
    }
    is_asking_committed_ = false;
    watch_.end_session();
    stirring_.end_session();
    is_closing_ = false;
    ++session_;
  }

  // False: it is empty.
  bool serve_common_queue() {
    KafkaMessage message(rd_kafka_consumer_poll(client_->get(), 0));
    if (message == nullptr) return false;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      queues_->add(std::move(message));
    } else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      see_read_error(*message);
    } else {
      // Of the group, or of the topic. What it says of a partition then is not true.
      see_error(message->err, text_of(*message), KafkaTrouble::Seen::kByGroup);
    }
    return true;
  }

  void stir(int32_t partition) { stirring_.stir(client_->get(), partition, *errands_); }

  std::string text_of(const rd_kafka_message_t& message) const {
    return without_secrets(rd_kafka_message_errstr(&message), options_.settings.secrets);
  }

  void carry_out_rebalances() {
    while (!rebalances_.empty() && !failure_) {
      const Rebalance rebalance = std::move(rebalances_.front());
      rebalances_.pop_front();
      session_pause_ = Duration::zero();
      watch_.see_well(KafkaTrouble::Seen::kByGroup);
      if (rd_kafka_assignment_lost(client_->get()) != 0) watch_.ask_soon();  // why?
      member_.rebalance(rebalance.what, *rebalance.partitions);
    }
  }

  void see_read_error(const rd_kafka_message_t& message) {
    if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      return watch_.see_well(KafkaTrouble::Seen::kByReading);
    }
    see_error(message.err,
              "partition " + std::to_string(message.partition) + ": " + text_of(message),
              KafkaTrouble::Seen::kByReading);
  }

  void see_error(rd_kafka_resp_err_t error, const std::string& text,
                 KafkaTrouble::Seen seen = KafkaTrouble::Seen::kByAsking) {
    char fatal[256] = "";
    if (rd_kafka_fatal_error(client_->get(), fatal, sizeof fatal) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return fail(fatal);
    }
    const std::optional<TroubleKind> kind = trouble_of(error);
    if (!kind) return watch_.ask_soon();
    // Of a topic that is missing, or hidden from us, the metadata tell when it is there.
    if (kind == TroubleKind::kTopicMissing ||
        (kind == TroubleKind::kCredentialRefused && seen == KafkaTrouble::Seen::kByGroup)) {
      seen = KafkaTrouble::Seen::kByAsking;
    }
    watch_.raise(*kind, text, seen);
  }

  void ask_what_is_committed(SteadyInstant now) {
    if (is_asking_committed_ || now < ask_committed_at_) return;
    std::vector<GroupMember::Untold> asked = member_.untold();
    if (asked.empty()) return;
    is_asking_committed_ = true;
    errands_->send([this, asked = std::move(asked), session = session_,
                    client = client_->get()]() -> Errands::Answer {
      std::vector<int32_t> partitions;
      for (const GroupMember::Untold& one : asked) partitions.push_back(one.partition);
      auto answer = find_starts(client, options_.settings, partitions, kLongestQuestion);
      return [this, asked, session, answer] {
        if (session == session_) hear_what_is_committed(asked, answer);
      };
    });
  }

  void hear_what_is_committed(const std::vector<GroupMember::Untold>& asked,
                              const Result<KafkaStarts, KafkaFault>& answer) {
    is_asking_committed_ = false;
    if (!answer) {
      ask_committed_at_ = now() + options_.first_pause;
      return see_error(answer.error().error, answer.error().message, KafkaTrouble::Seen::kByGroup);
    }
    // Brokers, topic and group are there.
    watch_.see_well(KafkaTrouble::Seen::kByGroup);
    watch_.see_well(KafkaTrouble::Seen::kByAsking);
    watch_.note_partitions(answer->partitions_of_topic);
    for (const PartitionOffset& end : answer->at_ends) {
      queues_->set_floor(end.partition, end.offset);
    }
    member_.tell_assigned(asked, answer->offsets);
  }

  void close_if_free() {
    if (!member_.is_leaving() || is_closing_ || client_ == nullptr || !member_.has_none()) return;
    is_closing_ = true;
    closed_at_ = now() + kLongestClose;
    closing_.reset(rd_kafka_queue_new(client_->get()));
    wake_when_filled(closing_.get(), &options_.wake);
    const KafkaError error(rd_kafka_consumer_close_queue(client_->get(), closing_.get()));
    if (error == nullptr) return;
    // A fatal one: there is nothing to close.
    fail(rd_kafka_error_string(error.get()));
  }

  const Options options_;
  uint64_t session_ = 0;
  std::unique_ptr<KafkaClient> client_;  // nothing: the session failed, and another is to be begun
  KafkaQueue common_;
  KafkaQueue closing_;
  std::unique_ptr<PartitionQueues> queues_;
  GroupMember member_;
  KafkaCommits commits_;
  KafkaWatch watch_;
  std::deque<SourceEvent> events_;
  std::deque<Rebalance> rebalances_;
  std::optional<std::string> failure_;
  LeaderStirring stirring_;

  SteadyInstant reopen_at_{};
  Duration session_pause_{};
  SteadyInstant ask_committed_at_{};
  bool is_asking_committed_ = false;
  bool is_closing_ = false;
  SteadyInstant closed_at_{};
  std::unique_ptr<Errands> errands_;
};

KafkaSource::KafkaSource(Options options) : core_(std::make_unique<Core>(std::move(options))) {}
KafkaSource::~KafkaSource() = default;
std::optional<SourceEvent> KafkaSource::next_event() {
  return core_->next_event();
}
std::optional<StreamRecord> KafkaSource::next_record(int32_t partition) {
  return core_->next_record(partition);
}
void KafkaSource::commit(std::span<const PartitionOffset> offsets) {
  core_->commit(offsets);
}
Result<void, CommitFailure> KafkaSource::commit_and_wait(std::span<const PartitionOffset> offsets,
                                                         Duration at_most) {
  return core_->commit_and_wait(offsets, at_most);
}
void KafkaSource::release(std::span<const int32_t> partitions) {
  core_->release(partitions);
}
std::optional<int64_t> KafkaSource::end_of(int32_t partition) const {
  return core_->end_of(partition);
}
std::optional<int32_t> KafkaSource::partitions_of_topic() const {
  return core_->partitions_of_topic();
}
void KafkaSource::leave() {
  core_->leave();
}
bool KafkaSource::has_left() const {
  return core_->has_left();
}

}  // namespace awps
