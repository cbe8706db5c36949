#pragma once

// What the partitions of one stream share. Of the stream's thread.

#include <functional>
#include <memory>
#include <string>

#include "action/decoder.h"
#include "intake/source_slot.h"
#include "metrics/counters.h"
#include "stream/kept_bytes.h"
#include "stream/letter_watch.h"
#include "stream/record_letters.h"
#include "stream/stream_hubs.h"
#include "stream/stream_options.h"

namespace awps {

struct StreamServices {
  const StreamOptions& options;
  SourceSlot& slot;
  StreamCounters& counters;
  StreamHubs& hubs;
  std::shared_ptr<StreamLease> lease;
  RecordLetters& letters;
  LetterWatch& letter_watch;
  bool letters_go_to_topic = false;  // then texts of open records are kept
  KeptBytes& kept;
  ActionDecoder& decoder;
  std::string& scratch;  // for a record's value and the padding behind it
  /// For operators, as they come; whoever takes them bounds them.
  std::function<void(int32_t partition, int64_t offset, const std::string& message)> on_refused;
  std::function<void(const std::string& message)> on_unknown_key;
  /// A line of the log.
  std::function<void(const std::string& message)> warn;
};

}  // namespace awps
