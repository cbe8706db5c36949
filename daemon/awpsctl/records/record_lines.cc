#include "daemon/awpsctl/records/record_lines.h"

#include <utility>

#include "action/encoder.h"
#include "base/ascii.h"
#include "daemon/awpsctl/figures.h"
#include "daemon/awpsctl/records/record_key.h"

namespace awps {

namespace {

constexpr std::string_view kBlanksOfALine = " \t\r";
constexpr std::string_view kBatchBegin = R"({"ordered":true,"batch":[)";
constexpr std::string_view kBatchEnd = "]}";

bool is_array(std::string_view line) {
  const size_t first = line.find_first_not_of(kBlanksOfALine);
  return first != std::string_view::npos && line[first] == '[';
}

}  // namespace

void RecordLines::take(std::string_view line) {
  ++lines_;
  elements_ = 0;
  is_one_action_ = !is_array(line);
  is_batch_ = false;
  was_hello_ = false;
  scratch_.assign(line);
  scratch_.append(kLinePadding, '\0');
  decoder_.decode(std::string_view(scratch_).substr(0, line.size()), lines_before_, *this);
  if (was_hello_ || line.find_first_not_of(kBlanksOfALine) != std::string_view::npos) {
    lines_before_.none = false;
  }
}

std::vector<NewRecord> RecordLines::take_records() {
  return std::exchange(records_, {});
}

std::vector<RefusedLine> RecordLines::take_refused() {
  return std::exchange(refused_, {});
}

std::string RecordLines::place() const {
  std::string place = "line " + std::to_string(lines_);
  if (!is_one_action_ || is_batch_) place += "[" + std::to_string(elements_) + "]";
  return place;
}

void RecordLines::on_action(const Action& action) {
  ++elements_;
  const std::string hub = to_lower(action.options->hub.empty() ? hub_ : action.options->hub);
  const Result<RecordKey> key = record_key_of(action, hub_);
  if (!key) return refuse("invalid_action", key.error().message);
  if (std::string problem = options_.problem_of_hub(hub); !problem.empty()) {
    return refuse("forbidden", std::move(problem));
  }
  if (!is_batch_) {
    return add({.place = place(),
                .key = key->key,
                .value = text_of(action),
                .action = name_of(action.kind),
                .doubt = key->doubt});
  }
  if (batch_.actions > 0 && hub != batch_hub_) {
    return refuse("invalid_action",
                  "the elements of an ordered batch have one hub, and this one "
                  "has another than the first: put it into a line of its own");
  }
  if (batch_.actions++ == 0) {
    batch_hub_ = hub;
    batch_.key = key->key;
    batch_.action = name_of(action.kind);
    batch_.value = kBatchBegin;
  } else {
    batch_.value += ',';
  }
  if (batch_.doubt.empty()) batch_.doubt = key->doubt;
  batch_.value += text_of(action);
}

void RecordLines::on_rejected(const Rejection& rejection) {
  ++elements_;
  refuse(std::string(name_of(rejection.code)), rejection.message);
}

void RecordLines::on_hello(const Hello& hello) {
  was_hello_ = true;
  if (!options_.hub_is_said && !hello.hub.empty()) hub_ = to_lower(hello.hub);
}

void RecordLines::begin_ordered_batch() {
  is_batch_ = true;
  batch_ = {.actions = 0};
}

void RecordLines::end_ordered_batch() {
  if (batch_.actions == 0) return;  // each element was refused
  batch_.value += kBatchEnd;
  batch_.place = "line " + std::to_string(lines_);
  add(std::exchange(batch_, {}));
}

std::string RecordLines::text_of(const Action& action) const {
  std::string text;
  if (!action.options->hub.empty() || hub_ == options_.stream_hub) {
    append_action(text, action);
    return text;
  }
  ActionOptions options = *action.options;
  options.hub = hub_;
  Action named = action;
  named.options = &options;
  append_action(text, named);
  return text;
}

void RecordLines::add(NewRecord record) {
  const size_t bytes = record.key.size() + record.value.size();
  if (bytes <= kMostRecordBytes) return records_.push_back(std::move(record));
  refused_.push_back({record.place, "message_too_large",
                      "its record would have " + count_text(bytes) + " bytes, more than " +
                          count_text(kMostRecordBytes) + ": make the message smaller" +
                          (record.actions > 1 ? ", or the batch" : "")});
}

void RecordLines::refuse(std::string code, std::string message) {
  refused_.push_back({place(), std::move(code), std::move(message)});
}

}  // namespace awps
