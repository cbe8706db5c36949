#pragma once

// A message on its way to clients, and the frames it becomes: one text per protocol, made when
// first needed and shared by all receivers; a reliable client's frame has its own sequence id in
// front. Member order is that of captured live frames. Pure; an Envelope belongs to one thread.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace awps::emulator {

enum class DataType { kText, kJson, kBinary, kProtobuf };

struct Message {
  DataType type = DataType::kText;
  std::string data;  // json: the bytes as sent; binary and protobuf: the bytes themselves
  std::vector<std::pair<std::string, std::string>> metadata;
};

/// Where a message comes from, as receivers see it: the server, or a group.
struct Origin {
  std::optional<std::string> group = {};    // nullopt: "from":"server"
  std::optional<std::string> user_id = {};  // of a group message's sender
};

enum class Protocol { kSimple, kJson, kReliableJson };

inline constexpr std::string_view kJsonProtocol = "json.webpubsub.azure.v1";
inline constexpr std::string_view kReliableJsonProtocol = "json.reliable.webpubsub.azure.v1";

struct Frame {
  std::shared_ptr<const std::string> payload;
  bool is_binary = false;

  size_t size() const { return payload->size(); }
};

Frame text_frame(std::string text);

class Envelope {
 public:
  Envelope(Message message, Origin origin)
      : message_(std::move(message)), origin_(std::move(origin)) {}

  /// `sequence_id` counts for reliable clients only.
  Frame frame(Protocol protocol, uint64_t sequence_id);

 private:
  const std::string& json_tail();  // the JSON frame without its opening brace

  Message message_;
  Origin origin_;
  std::string json_tail_;
  Frame simple_;
  Frame json_;
};

std::string connected_text(const std::string* user_id, std::string_view connection_id,
                           std::string_view reconnection_token);
std::string disconnected_text(std::optional<std::string_view> reason);
std::string ack_text(uint64_t ack_id);

struct AckError {
  std::string_view name;
  std::string message;
};
std::string failed_ack_text(uint64_t ack_id, const AckError& error);

}  // namespace awps::emulator
