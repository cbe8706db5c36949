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
  const Members::Member& member = line.at(Key::kHello);
  simdjson::dom::object object;
  if (member.value.get_object().get(object) != simdjson::SUCCESS) {
    return refuse(
        concatenate({"'hello' is ", type_name(member.value),
                     ": give an object, such as {\"hub\":\"chat\",\"ack\":\"accepted\"}"}));
  }
  Tokens tokens = member.tokens;
  members_.read(object, tokens);
  return check_keys() && read_hub() && read_producer() && read_ack() && read_deduplicate();
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
  const auto error = members_.at(Key::kHub).value.get_string().get(hello_.hub);
  if (error == simdjson::SUCCESS && !hello_.hub.empty()) return true;
  return refuse("'hub' of hello is no name: give the hub's name as a string, or leave it out");
}

bool HelloReader::read_producer() {
  if (!members_.has_value(Key::kProducer)) return true;
  const auto error = members_.at(Key::kProducer).value.get_string().get(hello_.producer);
  if (error == simdjson::SUCCESS && hello_.producer.size() <= kMaxProducerBytes) return true;
  return refuse(
      "'producer' of hello is no string of at most 64 bytes: give a short name, or leave "
      "it out");
}

bool HelloReader::read_ack() {
  if (!members_.has_value(Key::kAck)) return true;
  std::string_view name;
  if (members_.at(Key::kAck).value.get_string().get(name) == simdjson::SUCCESS) {
    for (const Ack ack : {Ack::kNone, Ack::kAccepted, Ack::kDelivered}) {
      if (!is_word(name, name_of(ack))) continue;
      hello_.ack = ack;
      return true;
    }
  }
  return refuse("'ack' of hello is unknown: give \"none\", \"accepted\" or \"delivered\"");
}

bool HelloReader::read_deduplicate() {
  if (!members_.has_value(Key::kDeduplicate)) return true;
  const auto error = members_.at(Key::kDeduplicate).value.get_bool().get(hello_.deduplicate);
  if (error != simdjson::SUCCESS) {
    return refuse("'deduplicate' of hello is neither true nor false: give one of them");
  }
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
