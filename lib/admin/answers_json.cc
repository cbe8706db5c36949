#include "admin/answers_json.h"

#include "admin/json_writer.h"

namespace awps::admin {

namespace {

void write_dead_letter(JsonWriter& json, const DeadLetterView& letter) {
  json.begin_object();
  json.field("number", letter.number);
  json.field("hub", letter.hub);
  if (letter.record.empty()) {
    json.action("action", letter.action);
  } else {
    json.action("record", letter.record);
  }
  json.field("producer", letter.producer);
  json.field("code", letter.code);
  json.field("reason", letter.reason);
  json.field("body", letter.body);
  json.field("httpStatus", letter.http_status);
  json.field("attempts", letter.attempts);
  json.field("acceptedAt", letter.accepted_at);
  json.field("givenUpAt", letter.given_up_at);
  json.end_object();
}

std::string record_json(const TapRecord& record) {
  JsonWriter json;
  json.begin_object();
  json.field("hub", record.hub);
  json.action("action", record.action);
  json.field("outcome", record.outcome);
  json.field("httpStatus", record.http_status);
  json.field("attempts", record.attempts);
  json.field("carriedBy", record.carried_by);
  json.field("message", record.message);
  json.field("ageSeconds", to_seconds(record.age));
  json.end_object();
  return json.take();
}

}  // namespace

std::string dead_letters_json(const DeadLetterPage& page) {
  JsonWriter json;
  json.begin_object();
  json.key("deadLetters").begin_array();
  for (const DeadLetterView& letter : page.letters) write_dead_letter(json, letter);
  json.end_array();
  json.field("nextAfter", page.next_after);
  json.end_object();
  return json.take();
}

std::string redrive_json(const RedriveResult& result) {
  JsonWriter json;
  json.begin_object();
  json.field("redriven", result.redriven);
  json.texts("warnings", result.warnings);
  json.end_object();
  return json.take();
}

std::string purge_json(uint64_t purged) {
  return JsonWriter().begin_object().field("purged", purged).end_object().take();
}

std::string changes_json(const ConfigDiff& diff) {
  JsonWriter json;
  json.begin_object();
  json.key("changes").begin_array();
  for (const OptionChange& change : diff.changes) {
    json.begin_object();
    json.field("key", change.key);
    json.field("before", change.before);
    json.field("after", change.after);
    json.field("atNextStart", change.at_next_start);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return json.take();
}

std::string url_json(const std::string& url) {
  return JsonWriter().begin_object().field("url", url).end_object().take();
}

std::string error_json(const std::string& code, const std::string& message) {
  JsonWriter json;
  json.begin_object().key("error").begin_object();
  json.field("code", code);
  json.field("message", message);
  json.end_object().end_object();
  return json.take();
}

std::string tap_lines(const std::vector<TapRecord>& records, uint64_t left_out) {
  std::string lines;
  for (const TapRecord& record : records) lines += record_json(record) + '\n';
  if (left_out > 0) {
    lines += JsonWriter().begin_object().field("leftOut", left_out).end_object().take() + '\n';
  }
  return lines;
}

}  // namespace awps::admin
