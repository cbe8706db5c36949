#include "action/hello_reader.h"

#include "action/refusal.h"
#include "action/words.h"

namespace awps {

namespace {

constexpr std::string_view kKnownKeys =
    "a hello has the keys 'hub', 'ack', 'producer' and 'deduplicate' alone";

}  // namespace

bool HelloReader::read(const Members& line) {
  if (line.count() > 1) {
    return refuse("something stands beside 'hello': write the hello on a line of its own");
  }
  const JsonValue& object = line.at(Key::kHello);
  if (!object.is(JsonType::kObject)) {
    return refuse(
        concatenate({"'hello' is ", type_name(object),
                     ": give an object, such as {\"hub\":\"chat\",\"ack\":\"accepted\"}"}));
  }
  JsonWalk walk(object);
  return members_.read(walk) && check_keys() && read_hub() && read_producer() && read_ack() &&
         read_deduplicate();
}

bool HelloReader::check_keys() {
  if (const auto key = members_.repeated()) {
    return refuse(concatenate({quoted(*key), " stands twice in the hello: leave one of them"}));
  }
  if (const auto key = members_.first_unknown()) {
    return refuse(concatenate({quoted(*key), " is unknown, ", kKnownKeys, ": leave it out"}));
  }
  static constexpr uint32_t kOthers =
      ~(Members::bit(Key::kHub) | Members::bit(Key::kAck) | Members::bit(Key::kProducer) |
        Members::bit(Key::kDeduplicate));
  if (members_.has_any(kOthers)) {
    return refuse(concatenate({"a key of an action stands in the hello, ", kKnownKeys,
                               ": write the action on the next line"}));
  }
  return true;
}

bool HelloReader::read_hub() {
  if (!members_.has_value(Key::kHub)) return true;
  hello_.hub = members_.at(Key::kHub).string().value_or("");
  if (!hello_.hub.empty()) return true;
  return refuse("'hub' of hello is no name: give the hub's name as a string, or leave it out");
}

bool HelloReader::read_producer() {
  if (!members_.has_value(Key::kProducer)) return true;
  const auto producer = members_.at(Key::kProducer).string();
  hello_.producer = producer.value_or("");
  if (producer && producer->size() <= kMaxProducerBytes) return true;
  return refuse(
      "'producer' of hello is no string of at most 64 bytes: give a short name, or leave "
      "it out");
}

bool HelloReader::read_ack() {
  if (!members_.has_value(Key::kAck)) return true;
  if (const auto name = members_.at(Key::kAck).string()) {
    for (const Ack ack : {Ack::kNone, Ack::kAccepted, Ack::kDelivered}) {
      if (!is_word(*name, name_of(ack))) continue;
      hello_.ack = ack;
      return true;
    }
  }
  return refuse("'ack' of hello is unknown: give \"none\", \"accepted\" or \"delivered\"");
}

bool HelloReader::read_deduplicate() {
  if (!members_.has_value(Key::kDeduplicate)) return true;
  const auto deduplicate = members_.at(Key::kDeduplicate).boolean();
  if (!deduplicate) {
    return refuse("'deduplicate' of hello is neither true nor false: give one of them");
  }
  hello_.deduplicate = *deduplicate;
  if (!hello_.deduplicate || !hello_.producer.empty()) return true;
  return refuse(
      "'deduplicate' of hello needs 'producer': an id is known by it, so give the name that this "
      "producer also has after a restart");
}

bool HelloReader::refuse(std::string problem) {
  problem_ = std::move(problem);
  return false;
}

}  // namespace awps
