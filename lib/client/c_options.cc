#include "client/c_options.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

namespace awps::client {

namespace {

std::chrono::milliseconds duration_of(uint64_t milliseconds) {
  constexpr uint64_t kMost = std::numeric_limits<int64_t>::max() / 1'000'000;
  return std::chrono::milliseconds(static_cast<int64_t>(std::min(milliseconds, kMost)));
}

unsigned count_of(std::chrono::milliseconds duration) {
  return static_cast<unsigned>(duration.count());
}

void set(std::optional<std::string_view>& field, const char* text) {
  if (text != nullptr) field = text;
}

// C may store any number there; C++ may not look at it as an enumerator then.
template <typename Enumeration>
int number_of(const Enumeration& given) {
  int number = 0;
  static_assert(sizeof given == sizeof number);
  std::memcpy(&number, &given, sizeof number);
  return number;
}

Error invalid(std::string message) {
  return {ErrorCode::kInvalid, std::move(message)};
}

}  // namespace

awps_options default_options() noexcept {
  // The texts live as long as the program.
  static constexpr const char* kSocketPath = "/run/awpsd/awpsd.sock";
  const Options defaults;
  return {
      .socket_path = kSocketPath,
      .hub = nullptr,
      .name = nullptr,
      .ack = AWPS_ACK_DELIVERED,
      .max_buffered_bytes = defaults.max_buffered_bytes,
      .refuse_when_full = 0,
      .block_timeout_ms = count_of(defaults.block_timeout),
      .reconnect_base_ms = count_of(defaults.reconnect_base),
      .reconnect_max_ms = count_of(defaults.reconnect_max),
      .close_timeout_ms = count_of(defaults.close_timeout),
      .on_outcome = nullptr,
      .on_notice = nullptr,
      .context = nullptr,
      .deduplicate = 0,
  };
}

void write_default_options(awps_options* to, size_t size) noexcept {
  const awps_options defaults = default_options();
  std::memcpy(to, &defaults, std::min(size, sizeof defaults));
}

awps_options complete_options(const awps_options* given, size_t size) {
  awps_options options = default_options();
  std::memcpy(&options, given, std::min(size, sizeof options));
  return options;
}

Options options_of(const awps_options& given) {
  Options options;
  options.socket_path = text_of(given.socket_path);
  options.hub = text_of(given.hub);
  options.name = text_of(given.name);
  options.ack = given.ack == AWPS_ACK_ACCEPTED ? Ack::kAccepted : Ack::kDelivered;
  options.max_buffered_bytes = given.max_buffered_bytes;
  options.when_full = given.refuse_when_full != 0 ? WhenFull::kRefuse : WhenFull::kBlock;
  options.block_timeout = duration_of(given.block_timeout_ms);
  options.reconnect_base = duration_of(given.reconnect_base_ms);
  options.reconnect_max = duration_of(given.reconnect_max_ms);
  options.close_timeout = duration_of(given.close_timeout_ms);
  options.deduplicate = given.deduplicate != 0;
  if (given.on_outcome != nullptr) {
    options.on_outcome = [call = given.on_outcome,
                          context = given.context](const Outcome& outcome) {
      const awps_outcome told = {
          .number = outcome.number,
          .tag = outcome.tag,
          .kind = static_cast<awps_outcome_kind>(outcome.kind),
          .is_good = outcome.is_good() ? 1 : 0,
          .target_gone = outcome.target_gone ? 1 : 0,
          .http_status = outcome.http_status,
          .attempts = outcome.attempts,
          .error_code = outcome.error_code.c_str(),
          .error_message = outcome.error_message.c_str(),
      };
      call(&told, context);
    };
  }
  if (given.on_notice != nullptr) {
    options.on_notice = [call = given.on_notice, context = given.context](const std::string& text) {
      call(text.c_str(), context);
    };
  }
  return options;
}

GivenFields::GivenFields(const awps_fields* given) {
  if (given == nullptr) return;
  excluded_ = texts_of({"excluded", given->excluded, given->excluded_count});
  fields_.excluded = excluded_;
  set(fields_.hub, given->hub);
  set(fields_.id, given->id);
  set(fields_.ordering_key, given->ordering_key);
  set(fields_.conflation_key, given->conflation_key);
  set(fields_.filter, given->filter);
  set(fields_.reason, given->reason);
  if (given->has_message_ttl != 0) fields_.message_ttl_seconds = given->message_ttl_seconds;
  fields_.ttl = duration_of(given->ttl_ms);
  fields_.unordered = given->unordered != 0;
  fields_.tag = given->tag;
}

std::vector<std::string_view> texts_of(const GivenNames& given) {
  std::vector<std::string_view> texts;
  for (size_t i = 0; i < given.count; ++i) texts.push_back(text_of(given.names[i]));
  return texts;
}

std::string_view text_of(const char* text) {
  return text == nullptr ? std::string_view() : std::string_view(text);
}

Message message_of(const awps_message& given) {
  const DataType type = given.type == AWPS_JSON     ? DataType::kJson
                        : given.type == AWPS_BINARY ? DataType::kBinary
                                                    : DataType::kText;
  return {type, {static_cast<const char*>(given.data), given.size}};
}

Permission permission_of(awps_permission given) {
  return given == AWPS_SEND_TO_GROUP ? Permission::kSendToGroup : Permission::kJoinLeaveGroup;
}

StreamTarget stream_target_of(awps_stream_target given) {
  constexpr int kNone = std::numeric_limits<uint8_t>::max();
  const int number = number_of(given);
  return static_cast<StreamTarget>(number >= 0 && number < kNone ? number : kNone);
}

std::optional<Error> problem_of(const awps_options* given, size_t size) {
  if (given == nullptr) {
    return invalid("open a producer: options is NULL: fill them in by awps_options_init()");
  }
  if (size < kFirstOptionsSize || size > sizeof *given) {
    return invalid("open a producer: options have " + std::to_string(size) +
                   " bytes, which no header of this library or an earlier one says: give sizeof, "
                   "and link the library that your awps.h belongs to");
  }
  const int ack = number_of(given->ack);
  if (ack != AWPS_ACK_ACCEPTED && ack != AWPS_ACK_DELIVERED) {
    return invalid("open a producer: ack is " + std::to_string(ack) + ": give a value of awps_ack");
  }
  return std::nullopt;
}

std::optional<Error> problem_of(const awps_fields* given) {
  if (given == nullptr) return std::nullopt;
  return problem_of(GivenNames{"excluded", given->excluded, given->excluded_count});
}

std::optional<Error> problem_of(const GivenNames& given) {
  if (given.count == 0) return std::nullopt;
  const std::string what = given.what;
  if (given.names == nullptr) {
    return invalid(what + " is NULL, but its count is " + std::to_string(given.count) +
                   ": give so many names");
  }
  for (size_t i = 0; i < given.count; ++i) {
    if (given.names[i] != nullptr) continue;
    return invalid(what + "[" + std::to_string(i) + "] is NULL: give a name");
  }
  return std::nullopt;
}

std::optional<Error> problem_of(const awps_message& given) {
  const int type = number_of(given.type);
  if (type != AWPS_TEXT && type != AWPS_JSON && type != AWPS_BINARY) {
    return invalid("the type of the message is " + std::to_string(type) +
                   ": give a value of awps_data_type");
  }
  if (given.data != nullptr) return std::nullopt;
  return invalid("the data of the message is NULL: to send an empty message, give an empty text");
}

void write_error(const Error& error, awps_error* to) {
  if (to == nullptr) return;
  to->code = static_cast<awps_error_code>(error.code);
  size_t length = std::min(error.message.size(), sizeof to->message - 1);
  // Not in the midst of a character.
  const auto is_tail = [&error](size_t place) {
    return (static_cast<unsigned char>(error.message[place]) & 0xc0U) == 0x80U;
  };
  while (length < error.message.size() && length > 0 && is_tail(length)) --length;
  std::memcpy(to->message, error.message.data(), length);
  to->message[length] = '\0';
}

}  // namespace awps::client
