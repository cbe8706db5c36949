#include "worker/log_record.h"

#include "record/record.h"
#include "worker/producer_number.h"

namespace awps {

void append_log_record(std::string& out, const LogRecord& log_record) {
  Record record = record_of(log_record.accepted, log_record.batch, log_record.hub,
                            /*age=*/Duration::zero());
  record.origin.producer = producer_in_log(log_record.run, record.origin.producer);
  record.accepted_at = log_record.accepted_at;
  record.letter = log_record.letter;
  append_record(out, record);
}

}  // namespace awps
