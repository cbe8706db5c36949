#include "hub/letter_of_record.h"

#include <string>
#include <utility>

namespace awps {

DeadLetter letter_of(RefusedRecord record, Instant now) {
  return {.stream_record = json_of(record),
          .producer = record.stream + "/" + std::to_string(record.partition),
          .code = std::move(record.code),
          .reason = std::move(record.message),
          .http_status = record.http_status,
          .accepted_at = now,
          .given_up_at = now};
}

}  // namespace awps
