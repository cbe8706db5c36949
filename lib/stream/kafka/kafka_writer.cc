#include "stream/kafka/kafka_writer.h"

#include <algorithm>
#include <deque>

#include "stream/kafka/kafka_client.h"
#include "stream/kafka/kafka_questions.h"

namespace awps {

namespace {

using WriterInstant = std::chrono::steady_clock::time_point;

constexpr Duration kPauseOfWriter = std::chrono::seconds(1);
constexpr size_t kMostRecordsUnderWay = 100'000;

KafkaPtr<rd_kafka_headers_t> headers_of(const WriteRequest& request) {
  KafkaPtr<rd_kafka_headers_t> headers(rd_kafka_headers_new(request.headers.size()));
  for (const auto& [name, value] : request.headers) {
    rd_kafka_header_add(headers.get(), name.data(), static_cast<ssize_t>(name.size()), value.data(),
                        static_cast<ssize_t>(value.size()));
  }
  return headers;
}

rd_kafka_vu_t bytes_of(rd_kafka_vtype_t what, const std::optional<std::string_view>& bytes) {
  rd_kafka_vu_t field{};
  field.vtype = what;
  if (!bytes) return field;
  // Empty is not absent: that is no address.
  field.u.mem.ptr = const_cast<char*>(bytes->data() == nullptr ? "" : bytes->data());
  field.u.mem.size = bytes->size();
  return field;
}

}  // namespace

class KafkaWriter::Core {
 public:
  explicit Core(Options options) : options_(std::move(options)) {
    if (options_.topic.empty()) options_.topic = options_.settings.topic;
    options_.settings.topic = options_.topic;
    open();
  }
  ~Core() {
    if (main_ != nullptr) wake_when_filled(main_.get(), nullptr);
    if (client_ == nullptr) return;
    rd_kafka_purge(client_->get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
                                       RD_KAFKA_PURGE_F_NON_BLOCKING);
  }

  Result<bool> send(const WriteRequest& request) {
    last_code_ = RD_KAFKA_RESP_ERR_NO_ERROR;
    if (!is_open()) return Error{problem_};
    client_->feed_token(now());
    KafkaPtr<rd_kafka_headers_t> headers = headers_of(request);
    std::vector<rd_kafka_vu_t> fields(4);
    fields[0].vtype = RD_KAFKA_VTYPE_TOPIC;
    fields[0].u.cstr = options_.topic.c_str();
    fields[1].vtype = RD_KAFKA_VTYPE_PARTITION;
    fields[1].u.i32 = request.partition.value_or(RD_KAFKA_PARTITION_UA);
    fields[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    fields[2].u.i = RD_KAFKA_MSG_F_COPY;
    fields[3].vtype = RD_KAFKA_VTYPE_OPAQUE;
    fields[3].u.ptr = reinterpret_cast<void*>(static_cast<uintptr_t>(request.token));
    fields.push_back(bytes_of(RD_KAFKA_VTYPE_KEY, request.key));
    fields.push_back(bytes_of(RD_KAFKA_VTYPE_VALUE, request.value));
    if (!request.headers.empty()) {
      rd_kafka_vu_t field{};
      field.vtype = RD_KAFKA_VTYPE_HEADERS;
      field.u.headers = headers.get();
      fields.push_back(field);
    }
    const KafkaError error(rd_kafka_produceva(client_->get(), fields.data(), fields.size()));
    if (error == nullptr) {
      if (!request.headers.empty()) (void)headers.release();  // the record owns them now
      ++under_way_;
      return true;
    }
    last_code_ = rd_kafka_error_code(error.get());
    if (last_code_ == RD_KAFKA_RESP_ERR__QUEUE_FULL) return false;
    return Error{text_of(last_code_)};
  }

  void serve(Duration at_most) {
    if (!is_open()) return;
    client_->feed_token(now());
    rd_kafka_poll(client_->get(), ended_.empty() ? milliseconds_of(at_most) : 0);
  }

  std::optional<WriteEnded> next() {
    if (ended_.empty()) serve(Duration::zero());
    if (ended_.empty()) return std::nullopt;
    WriteEnded ended = std::move(ended_.front());
    ended_.pop_front();
    return ended;
  }

  void refuse(uint64_t token, std::string error) {
    ended_.push_back(
        {.token = token, .error = std::move(error), .is_too_large = is_too_large(last_code_)});
    if (options_.wake) options_.wake();
  }

  std::vector<WriteEnded> poll(Duration at_most) {
    serve(at_most);
    std::vector<WriteEnded> ended(std::make_move_iterator(ended_.begin()),
                                  std::make_move_iterator(ended_.end()));
    ended_.clear();
    return ended;
  }

  bool flush(Duration at_most) {
    const WriterInstant end = now() + at_most;
    while (under_way_ > 0) {
      const Duration left = end - now();
      if (left <= Duration::zero()) return false;
      client_->feed_token(now());
      rd_kafka_poll(client_->get(), milliseconds_of(std::min<Duration>(left, kPauseOfWriter)));
    }
    return true;
  }

  size_t under_way() const { return under_way_; }

  Result<int32_t> partition_count(Duration at_most) {
    if (!is_open()) return Error{problem_};
    client_->feed_token(now());
    Result<int32_t, KafkaFault> count = ask_topic(client_->get(), options_.settings, at_most);
    if (!count) return Error{count.error().message};
    return *count;
  }

 private:
  static WriterInstant now() { return std::chrono::steady_clock::now(); }

  bool is_open() {
    if (client_ == nullptr && now() >= open_again_at_) open();
    return client_ != nullptr;
  }

  void open() {
    const KafkaSettings::Properties more = {
        {"message.timeout.ms",
         std::to_string(std::max(milliseconds_of(options_.give_up_after), 1))},
        {"queue.buffering.max.kbytes",
         std::to_string(std::max<size_t>(options_.most_bytes / 1024, 1))},
        {"queue.buffering.max.messages", std::to_string(kMostRecordsUnderWay)}};
    KafkaClient::Hooks hooks;
    hooks.log = options_.log;
    hooks.delivered = [this](const rd_kafka_message_t& message) { end(message); };
    auto made = KafkaClient::make_producer(options_.settings, more, std::move(hooks));
    if (!made) {
      problem_ = "write to the topic \"" + options_.topic + "\": " + made.error().message;
      open_again_at_ = now() + kPauseOfWriter;
      return;
    }
    client_ = std::move(*made);
    main_.reset(rd_kafka_queue_get_main(client_->get()));
    if (options_.wake) wake_when_filled(main_.get(), &options_.wake);
  }

  void end(const rd_kafka_message_t& message) {
    --under_way_;
    WriteEnded ended{.token = reinterpret_cast<uintptr_t>(message._private),
                     .error = {},
                     .partition = message.partition,
                     .offset = message.offset,
                     .is_too_large = is_too_large(message.err)};
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) ended.error = text_of(message.err);
    ended_.push_back(std::move(ended));
  }

  std::string text_of(rd_kafka_resp_err_t error) const {
    return "write to the topic \"" + options_.topic + "\" at " + options_.settings.brokers + ": " +
           rd_kafka_err2str(error);
  }

  static bool is_too_large(rd_kafka_resp_err_t error) {
    return error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
           error == RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE;
  }

  Options options_;
  rd_kafka_resp_err_t last_code_ = RD_KAFKA_RESP_ERR_NO_ERROR;  // of the last send()
  std::string problem_;                                         // why there is no client
  WriterInstant open_again_at_{};
  std::unique_ptr<KafkaClient> client_;
  KafkaQueue main_;
  std::deque<WriteEnded> ended_;
  size_t under_way_ = 0;
};

KafkaWriter::KafkaWriter(Options options) : core_(std::make_unique<Core>(std::move(options))) {}
KafkaWriter::~KafkaWriter() = default;

bool KafkaWriter::write(const TopicLetter& letter) {
  WriteRequest request{.key = {},
                       .value = letter.value,
                       .headers = letter.headers,
                       .token = letter.token,
                       .partition = {}};
  if (letter.has_key) request.key = letter.key;
  const Result<bool> sent = core_->send(request);
  if (sent) return *sent;
  core_->refuse(letter.token, sent.error().message);
  return true;
}

std::optional<LetterWritten> KafkaWriter::next_written() {
  std::optional<WriteEnded> ended = core_->next();
  if (!ended) return std::nullopt;
  return LetterWritten{
      .token = ended->token, .error = std::move(ended->error), .is_too_large = ended->is_too_large};
}

Result<bool> KafkaWriter::send(const WriteRequest& request) {
  return core_->send(request);
}
std::vector<WriteEnded> KafkaWriter::poll(Duration at_most) {
  return core_->poll(at_most);
}
bool KafkaWriter::flush(Duration at_most) {
  return core_->flush(at_most);
}
size_t KafkaWriter::under_way() const {
  return core_->under_way();
}
Result<int32_t> KafkaWriter::partition_count(Duration at_most) {
  return core_->partition_count(at_most);
}

}  // namespace awps
