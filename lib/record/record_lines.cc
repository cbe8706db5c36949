#include "record/record_lines.h"

#include "base/check.h"

namespace awps {

void RecordLines::add(const Record& record) {
  if (record.origin.ordered_batch != 0) return add_element(record);
  line_.clear();
  append_line(line_, record);
  sink_(line_, 1);
}

void RecordLines::add_element(const Record& record) {
  const auto found = batches_.find(key_of(record.origin));
  AWPS_CHECK(found != batches_.end());
  OpenBatch& batch = found->second;
  batch.elements += batch.taken == 0 ? R"({"batch":[)" : ",";
  append_element(batch.elements, record);
  if (++batch.taken < batch.expected) return;
  batch.elements += R"(],"ordered":true})";
  sink_(batch.elements, batch.taken);
  batches_.erase(found);
}

}  // namespace awps
