#include "socket/reply_writer.h"

#include "base/json_text.h"

namespace awps {

namespace {

void append_error(std::string& out, std::string_view code, std::string_view message) {
  out += R"(,"error":{"code":)";
  append_json_string(out, code);
  out += R"(,"message":)";
  append_json_string(out, message);
  out += '}';
}

template <std::integral Number>
void append_member(std::string& out, std::string_view key, Number value) {
  out += ",\"";
  out += key;
  out += "\":";
  append_number(out, value);
}

void append_id(std::string& out, std::string_view key, std::string_view id) {
  if (id.empty()) return;
  out += ",\"";
  out += key;
  out += "\":";
  out += id;
}

void append_status(std::string& out, std::string_view status) {
  out += R"({"status":")";
  out += status;
  out += '"';
}

void append_answer(std::string& out, uint16_t http_status, uint32_t attempts) {
  append_member(out, "httpStatus", http_status);
  append_member(out, "attempts", attempts);
}

}  // namespace

void append_ready(std::string& out, const ReadyReply& reply) {
  out += R"({"status":"ready","protocol":1,"version":")" AWPS_VERSION R"(","hub":)";
  if (reply.hub.empty()) {
    out += "null";
  } else {
    append_json_string(out, reply.hub);
  }
  out += R"(,"ack":")";
  out += name_of(reply.ack);
  out += '"';
  append_member(out, "maxLineBytes", reply.max_line_bytes);
  append_member(out, "maxMessageBytes", reply.max_message_bytes);
  out += R"(,"features":["deduplicate"])";
  if (reply.dedupe_window) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(*reply.dedupe_window);
    append_member(out, "dedupeWindowSeconds", seconds.count());
  }
  out += "}\n";
}

void append_rejected(std::string& out, Place place, const Rejection& rejection, uint64_t dropped) {
  append_status(out, "rejected");
  append_member(out, "seq", place.seq);
  if (place.line > 0) append_member(out, "line", place.line);
  append_id(out, "id", rejection.id);
  append_error(out, name_of(rejection.code), rejection.message);
  if (dropped > 0) append_member(out, "dropped", dropped);
  out += "}\n";
}

void append_warning(std::string& out, uint64_t seq, std::string_view message) {
  append_status(out, "warning");
  append_member(out, "seq", seq);
  out += R"(,"message":)";
  append_json_string(out, message);
  out += "}\n";
}

void append_accepted(std::string& out, uint64_t seq) {
  append_status(out, "accepted");
  append_member(out, "seq", seq);
  out += "}\n";
}

void append_outcome(std::string& out, const Outcome& outcome) {
  append_status(out, name_of(outcome.kind));
  append_member(out, "seq", outcome.seq);
  append_id(out, "id", outcome.id);
  switch (outcome.kind) {
    case OutcomeKind::kDelivered:
      append_answer(out, outcome.http_status, outcome.attempts);
      if (outcome.target_gone) out += R"(,"targetGone":true)";
      break;
    case OutcomeKind::kSuperseded:
      append_member(out, "by", outcome.by_seq);
      append_id(out, "byId", outcome.by_id);
      break;
    case OutcomeKind::kDuplicate:
      break;
    case OutcomeKind::kExpired:
    case OutcomeKind::kDeadLettered:
    case OutcomeKind::kAbandoned:
    case OutcomeKind::kReturned:  // of streams alone: no connection is told
      append_error(out, outcome.error_code, outcome.error_message);
      if (outcome.http_status != 0) append_answer(out, outcome.http_status, outcome.attempts);
      break;
  }
  out += "}\n";
}

void append_delivered(std::string& out, const DeliveredRun& run) {
  append_status(out, "delivered");
  append_member(out, "from", run.from);
  append_member(out, "to", run.to);
  append_answer(out, run.http_status, run.attempts);
  out += "}\n";
}

}  // namespace awps
