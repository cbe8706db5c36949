#include "worker/durable_entrance.h"

#include <string>
#include <utility>

#include "spool/bytes.h"
#include "worker/log_record.h"

namespace awps {

std::optional<Receipt> DurableEntrance::enter(int intake_thread, std::unique_ptr<Batch> batch) {
  // What a record has beside its texts is less than what is charged beside them.
  std::string& records = batch->uncommitted().records;
  records.reserve(batch->charge());
  const WallTime now = run_.now();
  const std::string& hub = arrivals_.hub();
  const bool was_letters = batch->was_letters();
  size_t at = 0;
  for (const Accepted* accepted = batch->first(); accepted != nullptr; accepted = accepted->next) {
    const size_t place = records.size();
    add_number(records, uint32_t{0});
    const size_t begin = records.size();
    append_log_record(records, {.accepted = *accepted,
                                .batch = *batch,
                                .hub = hub,
                                .accepted_at = now,
                                .run = run_.number(),
                                .letter = was_letters ? batch->uncommitted().letters.at(at++) : 0});
    put_number(records.data() + place, static_cast<uint32_t>(records.size() - begin));
  }
  arrivals_.budget().add(batch->charge(), batch->account());
  arrivals_.push(intake_thread, std::move(batch));
  return std::nullopt;
}

}  // namespace awps
