#include "daemon/awpsctl/wire/reply.h"

#include <array>
#include <charconv>
#include <optional>

#include "daemon/awpsctl/wire/json_fields.h"

namespace awps {

namespace {

constexpr std::array<std::string_view, 10> kNames = {
    "ready",      "rejected", "warning",       "accepted",  "delivered",
    "superseded", "expired",  "dead_lettered", "abandoned", "unknown"};

std::optional<uint64_t> take_number(std::string_view& text, std::string_view key) {
  if (!text.starts_with(key)) return std::nullopt;
  uint64_t number = 0;
  const char* first = text.data() + key.size();
  const auto [end, error] = std::from_chars(first, text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return number;
}

// {"status":"delivered","seq":7,… and {"status":"delivered","from":3,"to":90,… as the daemon
// writes them.
std::optional<Reply> parse_delivered(std::string_view line) {
  static constexpr std::string_view kStart = R"({"status":"delivered",)";
  if (!line.starts_with(kStart)) return std::nullopt;
  line.remove_prefix(kStart.size());
  Reply reply;
  reply.status = ReplyStatus::kDelivered;
  if (const std::optional<uint64_t> seq = take_number(line, R"("seq":)")) {
    reply.from = reply.to = *seq;
    return reply;
  }
  const std::optional<uint64_t> from = take_number(line, R"("from":)");
  if (!from) return std::nullopt;
  const std::optional<uint64_t> to = take_number(line, R"(,"to":)");
  if (!to) return std::nullopt;
  reply.from = *from;
  reply.to = *to;
  return reply;
}

}  // namespace

std::string_view name_of(ReplyStatus status) {
  return kNames[static_cast<size_t>(status)];
}

Reply parse_reply(std::string_view line) {
  if (const std::optional<Reply> delivered = parse_delivered(line)) return *delivered;
  const Json json = parse_json(line);
  const std::string status = text_field(json, "status");
  Reply reply;
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == status) reply.status = static_cast<ReplyStatus>(i);
  }
  const bool is_range = !field(json, "from").is_null();
  reply.from = count_field(json, is_range ? "from" : "seq");
  reply.to = count_field(json, is_range ? "to" : "seq");
  if (reply.status == ReplyStatus::kAccepted) reply.from = 1;
  reply.line = count_field(json, "line");
  const Json& error = field(json, "error");
  reply.code = text_field(error, "code");
  reply.message = text_field(error, "message");
  if (reply.status == ReplyStatus::kWarning) reply.message = text_field(json, "message");
  reply.hub = text_field(json, "hub");
  reply.max_line_bytes = count_field(json, "maxLineBytes");
  return reply;
}

}  // namespace awps
