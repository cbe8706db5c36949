#include "stream/record_handler.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/ascii.h"
#include "base/check.h"
#include "base/release_memory.h"

namespace awps {

namespace {

// By the broker's clock and ours: a record from the future is new.
Duration age_of(const std::optional<WallTime>& written_at, WallTime now) {
  if (!written_at || *written_at >= now) return Duration::zero();
  int64_t age = 0;
  const bool is_too_much = __builtin_sub_overflow(now.time_since_epoch().count(),
                                                  written_at->time_since_epoch().count(), &age);
  return is_too_much ? Duration::max() : Duration(age);
}

}  // namespace

RecordHandler::RecordHandler(const StreamServices& services, int32_t partition, uint64_t producer,
                             OpenRecords& records)
    : services_(services),
      partition_(partition),
      records_(records),
      hubs_(services.hubs),
      source_(services.slot, {.number = producer, .credentials = {}, .is_admitted = true}) {
  source_.introduce("stream " + services.options.name + "/" + std::to_string(partition),
                    /*wants_outcomes=*/true);
  source_.set_partition(services.lease, services.letters_go_to_topic);
  // Without its hub each action that names none is refused, and told why.
  const std::string& hub = services.options.hub;
  if (!hub.empty()) (void)source_.router().greet(hub, services.slot.hubs());
}

RecordHandler::Taken RecordHandler::take(const StreamRecord& record, const Moment& moment) {
  AWPS_CHECK(!has_rest());
  services_.counters.records.add();
  records_.begin(record.offset, moment.now, record.written_at);
  if (record.is_tombstone) {
    records_.end_last();
    return Taken::kWhole;
  }
  keep_text(record);
  read_ = {.at = moment.now, .bytes_left = 0};
  if (record.value.size() > services_.options.max_record_bytes) {
    on_rejected({RejectCode::kLineTooLong,
                 "the record exceeds what this daemon takes (" +
                     std::to_string(services_.options.max_record_bytes) +
                     " bytes); write shorter ones",
                 {}});
    records_.end_last();
    release_memory_of(text_);
    return Taken::kWhole;
  }
  age_ = age_of(record.written_at, moment.wall_now);
  return decode(LineRest::Form::kNothing, moment);
}

// The scratch of the stream is lent for the record, so that a partition at rest keeps nothing.
void RecordHandler::keep_text(const StreamRecord& record) {
  has_key_ = record.has_key;
  key_.assign(record.key);
  if (services_.letters_go_to_topic) {
    OpenRecord::More& more = records_.last().with_more();
    more.has_key = record.has_key;
    more.key = record.key;
    more.value = record.value;
    more.charge = KeptBytes::Charge(services_.kept, record.key.size() + record.value.size());
  }
  text_.swap(services_.scratch);
  text_.clear();
  text_.reserve(record.value.size() + kLinePadding);
  text_.assign(record.value);
  text_.append(kLinePadding, ' ');
  rest_begin_ = 0;
}

// It has aged while it waited for room.
RecordHandler::Taken RecordHandler::take_rest(const Moment& moment) {
  AWPS_CHECK(has_rest());
  age_ = age_of(records_.last().written_at, moment.wall_now);
  return decode(std::exchange(rest_form_, LineRest::Form::kNothing), moment);
}

RecordHandler::Taken RecordHandler::decode(LineRest::Form form, const Moment& moment) {
  const std::string_view value(text_.data(), text_.size() - kLinePadding);
  const std::string_view text = value.substr(rest_begin_);
  read_ = {.at = moment.now, .bytes_left = text.size() * (1 + moment.more_records)};
  seq_at_begin_ = records_.next_seq();
  is_full_ = false;
  // Each record stands alone: one that was cut off opens nothing for the next.
  LinesBefore none;
  const LineRest rest = form == LineRest::Form::kNothing || form == LineRest::Form::kLine
                            ? services_.decoder.decode(text, none, *this)
                            : services_.decoder.decode_rest(text, form, *this);
  if (rest.form != LineRest::Form::kNothing) {
    rest_form_ = rest.form;
    rest_begin_ += rest.offset;
    return is_full_ ? Taken::kFull : Taken::kLater;
  }
  records_.end_last();
  if (services_.scratch.capacity() < text_.capacity()) text_.swap(services_.scratch);
  release_memory_of(text_);
  return Taken::kWhole;
}

void RecordHandler::drop_rest() {
  rest_form_ = LineRest::Form::kNothing;
  release_memory_of(text_);
}

NextElement RecordHandler::next_element() {
  // So that a record of thousands does not hold up the other partitions.
  static constexpr uint64_t kMostATurn = 4096;
  if (is_full_) return NextElement::kAgainLater;
  return records_.next_seq() - seq_at_begin_ >= kMostATurn ? NextElement::kLater
                                                           : NextElement::kGoOn;
}

void RecordHandler::on_action(const Action& action) {
  const std::string_view hub = action.options->hub;
  if (!hub.empty() && !may_name(hub)) {
    return on_rejected(
        {RejectCode::kForbidden,
         concatenate({"stream '", services_.options.name, "' may not use hub ", quoted(hub),
                      "; add it to 'hubs' of [streams.", services_.options.name, "]"}),
         action.id});
  }
  Action aged = action;
  if (aged.time_to_live > Duration::zero()) {
    // What is over is accepted all the same: it expires, which is an outcome that people can see.
    aged.time_to_live = aged.time_to_live > age_ ? aged.time_to_live - age_ : kOverBefore;
  }
  const bool is_ordered = source_.router().in_ordered_batch();
  const Source::Decision decision = source_.admit(
      aged, {.seq = records_.next_seq(), .ordered_batch = is_ordered ? ordered_batches_ : 0},
      read_);
  switch (decision) {
    case Source::Decision::kAdmitted:
      records_.add_action(action.kind, hubs_.add(source_.admitted_to()));
      return;
    case Source::Decision::kFull:
      is_full_ = true;
      return;
    case Source::Decision::kRefused: {
      Refusal refusal = source_.take_refusal();
      return on_rejected({refusal.code, std::move(refusal.message), action.id});
    }
  }
}

bool RecordHandler::may_name(std::string_view hub) const {
  if (equal_ignoring_case(hub, services_.hubs.home_name())) return true;
  return std::ranges::any_of(services_.options.hubs, [hub](const std::string& allowed) {
    return allowed == "*" || equal_ignoring_case(allowed, hub);
  });
}

void RecordHandler::on_rejected(const Rejection& rejection) {
  records_.add_refused();
  services_.counters.rejected.add();
  OpenRecord& record = records_.last();
  services_.on_refused(partition_, record.offset, rejection.message);
  fail(record, record.elements - 1,
       {.code = std::string(name_of(rejection.code)), .message = rejection.message});
}

void RecordHandler::fail(OpenRecord& record, uint32_t element, RefusedRecord why) {
  OpenRecord::More& more = record.with_more();
  if (more.failure != nullptr) {
    RecordFailure& failure = *more.failure;
    if (failure.elements.size() < RecordFailure::kMostElements) failure.elements.push_back(element);
    ++failure.count;
    return;
  }
  records_.open_letter(record);
  why.stream = services_.options.name;
  why.topic = services_.options.topic;
  why.partition = partition_;
  why.offset = record.offset;
  why.element = element;
  const bool is_taken_now = !record.is_whole;  // else its text is gone, or with the record
  if (is_taken_now && !services_.letters_go_to_topic) {
    const std::string_view value(text_.data(), text_.size() - kLinePadding);
    why.has_key = has_key_;
    why.key = std::string(beginning_of(key_, RefusedRecord::kMostKeyBytes));
    why.bytes = std::string(beginning_of(value, RefusedRecord::kMostBytes));
    why.total_bytes = value.size();
  }
  more.failure = std::make_unique<RecordFailure>(
      RecordFailure{.record = std::move(why), .elements = {element}, .count = 1, .charge = {}});
}

// An unknown key that is nearly one of ours: of a stream once is enough.
void RecordHandler::on_warning(std::string message) {
  services_.on_unknown_key("partition " + std::to_string(partition_) + ", offset " +
                           std::to_string(records_.last().offset) + ": " + message);
}

void RecordHandler::on_hello(const Hello&) {
  on_rejected({RejectCode::kInvalidAction,
               concatenate({"a record cannot be a hello: write actions alone; the hub is set in "
                            "[streams.",
                            services_.options.name, "]"}),
               {}});
}

void RecordHandler::on_bad_hello(const Rejection& rejection) {
  if (rejection.code == RejectCode::kInvalidJson) return on_rejected(rejection);
  on_hello({});
}

void RecordHandler::begin_ordered_batch() {
  ++ordered_batches_;
  source_.router().begin_ordered_batch();
}

void RecordHandler::end_ordered_batch() {
  source_.router().end_ordered_batch();
}

}  // namespace awps
