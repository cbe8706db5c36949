#pragma once

// RecordLetters: where a stream's dead letters go that it makes itself. Two implementations: the
// hub's own store (hub_letters.h), which is given refused records alone, and a topic
// (topic_letters.h), which also gets what the hubs gave up.
//
// One thread, the stream's.

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "stream/open_records.h"

namespace awps {

/// The record that waits for a letter.
struct LetterId {
  uint64_t producer = 0;  // the partition's present ownership
  uint64_t ordinal = 0;   // OpenRecord::ordinal
};

class RecordLetters {
 public:
  virtual ~RecordLetters() = default;

  /// False: no record should be read now that may be refused.
  virtual bool has_room() const = 0;
  virtual void add(LetterId id, RecordFailure failure) = 0;
  /// Does what can be done now; appends those that are safe.
  virtual void turn(Instant now, std::vector<LetterId>& safe) = 0;
  /// Nobody waits for those of this producer any more.
  virtual void forget(uint64_t producer) = 0;
  /// Why letters are not safe yet, for people; empty: nothing is known to be wrong.
  virtual std::string trouble() const = 0;
};

/// The message of the first element that failed, and which others did.
std::string message_of(const RecordFailure& failure);

}  // namespace awps
