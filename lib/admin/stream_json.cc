#include "admin/stream_json.h"

namespace awps::admin {

namespace {

void write_oldest(JsonWriter& json, const OldestRecordView& oldest) {
  json.key("oldest").begin_object();
  json.field("offset", oldest.offset);
  json.field("seconds", oldest.seconds);
  if (oldest.written_at) json.field("writtenAt", *oldest.written_at);
  json.field("hub", oldest.hub);
  json.field("action", oldest.action);
  json.field("why", oldest.why);
  json.end_object();
}

void write_partition(JsonWriter& json, const PartitionView& partition) {
  json.begin_object();
  json.field("number", partition.number);
  json.field("ownedSince", partition.owned_since);
  if (partition.settled) json.field("settledOffset", *partition.settled);
  if (partition.committed) json.field("committedOffset", *partition.committed);
  if (partition.lag) json.field("lag", *partition.lag);
  json.field("ahead", partition.ahead);
  json.field("wait", partition.wait);
  if (partition.oldest) write_oldest(json, *partition.oldest);
  json.end_object();
}

void write_counts(JsonWriter& json, const StreamValues& values) {
  json.field("records", values.records);
  json.field("rejected", values.rejected);
  json.field("returned", values.returned);
  json.key("commits").begin_object();
#define AWPS_LABELLED_FIELD(counter, label) json.field(label, values.counter);
  AWPS_STREAM_COMMITS(AWPS_LABELLED_FIELD)
  json.end_object();
  json.key("rebalances").begin_object();
  AWPS_STREAM_REBALANCES(AWPS_LABELLED_FIELD)
#undef AWPS_LABELLED_FIELD
  json.end_object();
}

}  // namespace

void write_streams(JsonWriter& json, const std::vector<StreamView>& streams) {
  json.key("streams").begin_array();
  for (const StreamView& stream : streams) {
    json.begin_object();
    json.field("name", stream.name);
    json.field("topic", stream.topic);
    json.field("group", stream.group);
    json.field("state", stream.state);
    json.field("cause", stream.cause);
    json.field("maxAhead", stream.max_ahead);
    if (stream.partitions_of_topic) json.field("partitionsOfTopic", *stream.partitions_of_topic);
    write_counts(json, stream.values);
    json.key("partitions").begin_array();
    for (const PartitionView& partition : stream.partitions) write_partition(json, partition);
    json.end_array();
    json.end_object();
  }
  json.end_array();
}

}  // namespace awps::admin
