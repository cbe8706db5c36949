#include "daemon/awpsd/stream_parts.h"

#include <utility>

#include "stream/kafka/kafka_source.h"
#include "stream/kafka/kafka_writer.h"

namespace awps {

StreamEnds make_kafka_ends(const StreamPlan& plan, const StreamTies& ties) {
  KafkaSettings settings = plan.settings;
  if (ties.token) settings.token = ties.token;
  StreamEnds ends;
  ends.source = std::make_unique<KafkaSource>(
      KafkaSource::Options{.settings = settings, .wake = ties.wake, .log = ties.log});
  if (!plan.config.dead_letters.empty()) {
    ends.letters =
        std::make_unique<KafkaWriter>(KafkaWriter::Options{.settings = std::move(settings),
                                                           .topic = plan.config.dead_letters,
                                                           .wake = ties.wake,
                                                           .log = ties.log});
  }
  return ends;
}

}  // namespace awps
