#include "stream/kafka/kafka_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <string_view>

#include "stream/kafka/scram_advice.h"

namespace awps {

namespace {

constexpr auto kTokenPause = std::chrono::seconds(1);

bool is_loopback_address(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
    return (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
  }
  if (address->sa_family != AF_INET6) return false;
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);
  return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr) != 0;
}

// A broker may name another address of itself than the one that was asked.
int connect_to_loopback(int fd, const sockaddr* address, int size, const char* /*id*/,
                        void* /*opaque*/) {
  if (!is_loopback_address(address)) return EPERM;
  const int result = ::connect(fd, address, static_cast<socklen_t>(size));
  return result == 0 || errno == EINPROGRESS ? 0 : errno;
}

// What the operator wrote is given to those that read and to those that write.
bool says_that_it_is_for_others(std::string_view facility, std::string_view text) {
  return facility == "CONFWARN" && text.find("and will be ignored by this") != text.npos;
}

}  // namespace

Result<std::unique_ptr<KafkaClient>> KafkaClient::make_consumer(const KafkaSettings& settings,
                                                                Hooks hooks) {
  std::unique_ptr<KafkaClient> made(new KafkaClient(settings, std::move(hooks)));
  const Result<void> opened = made->open(RD_KAFKA_CONSUMER, settings.consumer, {});
  if (!opened) return opened.error();
  // Errors and logs come with the consumer's events.
  rd_kafka_poll_set_consumer(made->get());
  return made;
}

Result<std::unique_ptr<KafkaClient>> KafkaClient::make_producer(
    const KafkaSettings& settings, const KafkaSettings::Properties& more, Hooks hooks) {
  std::unique_ptr<KafkaClient> made(new KafkaClient(settings, std::move(hooks)));
  const Result<void> opened = made->open(RD_KAFKA_PRODUCER, settings.producer, more);
  if (!opened) return opened.error();
  return made;
}

KafkaClient::KafkaClient(const KafkaSettings& settings, Hooks hooks)
    : secrets_(settings.secrets),
      advice_(advice_on_refusal(settings.consumer, rd_kafka_version())),
      token_(settings.token),
      is_plain_text_(settings.is_plain_text),
      hooks_(std::move(hooks)),
      wants_token_(static_cast<bool>(token_)) {}

KafkaClient::~KafkaClient() {
  if (handle_ == nullptr) return;
  rd_kafka_destroy_flags(handle_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

Result<void> KafkaClient::open(rd_kafka_type_t type, const KafkaSettings::Properties& properties,
                               const KafkaSettings::Properties& more) {
  KafkaConf conf(rd_kafka_conf_new());
  char text[512] = "";
  for (const auto* list : {&properties, &more}) {
    for (const auto& [name, value] : *list) {
      if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), text, sizeof text) ==
          RD_KAFKA_CONF_OK) {
        continue;
      }
      // The text of librdkafka may hold the value.
      return Error{"librdkafka does not take the property " + name};
    }
  }
  set_callbacks(conf.get(), type);
  handle_ = rd_kafka_new(type, conf.get(), text, sizeof text);
  if (handle_ == nullptr) {
    return Error{"librdkafka refuses its settings: " + without_secrets(text, secrets_)};
  }
  (void)conf.release();  // the handle owns it now
  return {};
}

// That all brokers are down tells neither which they are nor why; what was told before it does.
void KafkaClient::tell_error(rd_kafka_resp_err_t error, const std::string& text) {
  if (!hooks_.error) return;
  std::string told = without_secrets(text, secrets_);
  if (error == RD_KAFKA_RESP_ERR__TRANSPORT || error == RD_KAFKA_RESP_ERR__RESOLVE) {
    last_failure_ = told;
  } else if (error == RD_KAFKA_RESP_ERR__AUTHENTICATION) {
    told += advice_;
  } else if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
    told = "no broker answers" + (last_failure_.empty() ? " (" + told + ")" : ": " + last_failure_);
  }
  hooks_.error(error, told);
}

void KafkaClient::set_callbacks(rd_kafka_conf_t* conf, rd_kafka_type_t type) {
  rd_kafka_conf_set_opaque(conf, this);
  rd_kafka_conf_set_log_cb(conf, [](const rd_kafka_t* handle, int level, const char* facility,
                                    const char* text) {
    const auto* self = static_cast<const KafkaClient*>(rd_kafka_opaque(handle));
    if (!self->hooks_.log || says_that_it_is_for_others(facility, text)) return;
    self->hooks_.log(level, without_secrets(std::string(facility) + ": " + text, self->secrets_));
  });
  rd_kafka_conf_set_error_cb(conf, [](rd_kafka_t*, int error, const char* text, void* opaque) {
    static_cast<KafkaClient*>(opaque)->tell_error(static_cast<rd_kafka_resp_err_t>(error),
                                                  text == nullptr ? "" : text);
  });
  if (is_plain_text_) rd_kafka_conf_set_connect_cb(conf, &connect_to_loopback);
  if (token_) {
    rd_kafka_conf_set_oauthbearer_token_refresh_cb(
        conf, [](rd_kafka_t*, const char*, void* opaque) {
          static_cast<KafkaClient*>(opaque)->wants_token_ = true;
        });
  }
  if (type == RD_KAFKA_PRODUCER) {
    rd_kafka_conf_set_dr_msg_cb(conf,
                                [](rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
                                  const auto* self = static_cast<const KafkaClient*>(opaque);
                                  if (self->hooks_.delivered) self->hooks_.delivered(*message);
                                });
    return;
  }
  if (!hooks_.rebalance) return;
  rd_kafka_conf_set_rebalance_cb(
      conf, [](rd_kafka_t*, rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t* partitions,
               void* opaque) {
        static_cast<const KafkaClient*>(opaque)->hooks_.rebalance(what, *partitions);
      });
}

void KafkaClient::feed_token(std::chrono::steady_clock::time_point now) {
  if (!wants_token_ || now < next_token_) return;
  next_token_ = now + kTokenPause;
  const Result<KafkaToken> token = token_();
  std::string failure;
  if (token) {
    char text[512] = "";
    const auto end = std::chrono::floor<std::chrono::milliseconds>(token->expires_at);
    // No text of librdkafka is shown: it may quote the token.
    if (rd_kafka_oauthbearer_set_token(handle_, token->value.c_str(),
                                       end.time_since_epoch().count(), "awpsd", nullptr, 0, text,
                                       sizeof text) == RD_KAFKA_RESP_ERR_NO_ERROR) {
      wants_token_ = false;
      token_failure_.clear();
      return;
    }
    failure = "the identity's token is over, or none";
  } else {
    failure = token.error().message;
  }
  if (failure == token_failure_) return;
  token_failure_ = failure;
  if (hooks_.error) hooks_.error(RD_KAFKA_RESP_ERR__AUTHENTICATION, failure);
}

rd_kafka_resp_err_t KafkaClient::commit(const rd_kafka_topic_partition_list_t& offsets,
                                        rd_kafka_queue_t& queue, uint64_t number) {
  return rd_kafka_commit_queue(
      handle_, &offsets, &queue,
      [](rd_kafka_t* handle, rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t* list,
         void* opaque) {
        const auto* self = static_cast<const KafkaClient*>(rd_kafka_opaque(handle));
        self->hooks_.committed(reinterpret_cast<uintptr_t>(opaque), error, list);
      },
      reinterpret_cast<void*>(static_cast<uintptr_t>(number)));
}

}  // namespace awps
