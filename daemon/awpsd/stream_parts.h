#pragma once

// What a stream is made of beside its thread: what reads its topic, and what writes its dead
// letters to a topic of their own. The daemon's are librdkafka's; tests bring others.

#include <functional>
#include <memory>

#include "daemon/awpsd/stream_plan.h"
#include "stream/letter_writer.h"
#include "stream/record_source.h"

namespace awps {

/// How they reach the daemon. Any thread calls these.
struct StreamTies {
  std::function<void()> wake;  // the stream's thread
  KafkaLog log;
  KafkaTokenProvider token;  // empty: the plan has no identity
};

struct StreamEnds {
  std::unique_ptr<RecordSource> source;
  std::unique_ptr<LetterWriter> letters;  // nullptr: the hub keeps them
};

/// Never fails, and does not wait for a broker.
using MakeStreamEnds = std::function<StreamEnds(const StreamPlan& plan, const StreamTies& ties)>;

/// With librdkafka.
StreamEnds make_kafka_ends(const StreamPlan& plan, const StreamTies& ties);

}  // namespace awps
