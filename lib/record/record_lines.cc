#include "record/record_lines.h"

#include "base/check.h"

namespace awps {

namespace {

constexpr std::string_view kBegin = R"({"batch":[)";
constexpr std::string_view kEnd = R"(],"ordered":true})";

}  // namespace

void RecordLines::expect(const Record& record) {
  if (record.origin.ordered_batch == 0) return;
  OpenBatch& batch = batches_[key_of(record.origin)];
  // A comma stands before each element but the first.
  batch.line_bytes += batch.expected++ == 0 ? kBegin.size() + kEnd.size() : 1;
  line_.clear();
  append_element(line_, record);
  batch.line_bytes += line_.size();
}

void RecordLines::add(const Record& record) {
  const size_t number = added_++;
  if (record.origin.ordered_batch != 0) return add_element(record, number);
  add_alone(record, number);
}

void RecordLines::add_alone(const Record& record, size_t number) {
  line_.clear();
  append_line(line_, record);
  sink_(line_, {&number, 1});
}

void RecordLines::add_element(const Record& record, size_t number) {
  const auto found = batches_.find(key_of(record.origin));
  AWPS_CHECK(found != batches_.end());
  OpenBatch& batch = found->second;
  const bool is_one_line = batch.line_bytes <= max_line_bytes_;
  const bool is_first = batch.taken.empty();
  batch.taken.push_back(number);
  const bool is_last = batch.taken.size() == batch.expected;
  if (is_one_line) {
    batch.line += is_first ? kBegin : ",";
    append_element(batch.line, record);
    if (is_last) sink_(batch.line += kEnd, batch.taken);
  } else {
    add_alone(record, number);
  }
  if (is_last) batches_.erase(found);
}

}  // namespace awps
