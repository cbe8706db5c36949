// Records from any bytes: what is read is written again as the same record, but for fields that may
// be skipped; and a line can be made of it.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "record/record.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string_view given(reinterpret_cast<const char*>(bytes), size);
  awps::RecordReader reader;
  const awps::Result<awps::Record> record = reader.read(given);
  if (!record) return 0;
  std::string written;
  awps::append_record(written, *record);
  awps::RecordReader second_reader;
  const awps::Result<awps::Record> again = second_reader.read(written);
  AWPS_CHECK(again.ok());
  AWPS_CHECK(awps::same_action(again->action, record->action));
  AWPS_CHECK(again->origin == record->origin && again->hub == record->hub);
  AWPS_CHECK(again->accepted_at == record->accepted_at);
  AWPS_CHECK(again->letter == record->letter);
  std::string line;
  awps::append_line(line, *record);
  AWPS_CHECK(line.front() == '{' && line.back() == '}');
  return 0;
}
