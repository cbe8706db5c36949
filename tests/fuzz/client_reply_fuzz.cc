// What the producer library reads from the daemon's socket. The first byte says how many actions
// the connection was given; the rest are lines. For any of them:
// 1. what nlohmann-json takes as an object is read, member by member, and each text as it has it;
// 2. what is taken as a reply is one that the rest of the library may rely on;
// 3. each action is settled at most once, and only by a reply that names its seq.

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "client/json_members.h"
#include "client/outbox.h"
#include "client/reply.h"

namespace awps::client {
namespace {

using nlohmann::json;

constexpr size_t kMost = 5;  // outcomes at a time

/// How many members the object has, repeated keys counted, too; -1: this is no object.
int count_members(std::string_view line) {
  if (line.find('\0') != std::string_view::npos) return -1;  // nlohmann-json stops there
  int count = 0;
  const auto count_keys = [&count](int depth, json::parse_event_t event, json&) {
    if (depth == 1 && event == json::parse_event_t::key) ++count;
    return true;
  };
  const json whole = json::parse(line, count_keys, false);
  return whole.is_object() ? count : -1;
}

void check_members(std::string_view line) {
  const int expected = count_members(line);
  int count = 0;
  const auto take = [&count, expected](std::string_view, std::string_view value) {
    ++count;
    const auto text = json_string(value);
    if (expected < 0) return;  // what is no JSON is read as far as it leads nobody astray
    const json whole = json::parse(value, nullptr, false);
    AWPS_CHECK(!whole.is_discarded());
    AWPS_CHECK(whole.is_string() == text.has_value());
    AWPS_CHECK(!text || whole.get_ref<const std::string&>() == *text);
  };
  const bool is_object = read_members(line, take);
  AWPS_CHECK(expected < 0 || (is_object && count == expected));
}

void check_reply(const Reply& reply) {
  if (reply.kind != Reply::Kind::kOutcome) return;
  AWPS_CHECK(reply.from <= reply.to);
  AWPS_CHECK(reply.to > 0 || reply.outcome.kind == OutcomeKind::kRejected);
  AWPS_CHECK(reply.outcome.kind != OutcomeKind::kUnconfirmed);
}

// Beside it the numbers that have no outcome; on a first connection an action's seq is its number.
class Connection {
 public:
  /// The last one is partly written.
  explicit Connection(uint64_t actions) : given_(actions) {
    const std::string line = "{\"actionName\":\"sendToAll\"}\n";
    size_t bytes = 0;
    for (uint64_t number = 1; number <= actions + 1; ++number) {
      open_.insert(box_.push(line, 0));
      if (number <= actions) bytes += line.size();
    }
    if (bytes > 0) box_.advance(bytes - 1);
  }

  void take(Reply reply) {
    const uint64_t from = reply.from;
    const uint64_t to = reply.to;
    std::vector<Outcome> outcomes;
    for (auto settled = Outbox::Settled::kMore; settled == Outbox::Settled::kMore;) {
      settled = box_.settle(reply, outcomes, kMost);
      AWPS_CHECK((settled == Outbox::Settled::kUnknown) == (to > given_));
    }
    for (const Outcome& outcome : outcomes) {
      AWPS_CHECK(outcome.number >= from && outcome.number <= to);
      AWPS_CHECK(open_.erase(outcome.number) == 1);
    }
    const auto next = open_.lower_bound(from);
    AWPS_CHECK(to > given_ || next == open_.end() || *next > to);
    AWPS_CHECK(box_.unsettled() == open_.size());
    AWPS_CHECK(box_.first_unsettled() == *open_.begin());
  }

 private:
  Outbox box_{size_t{1} << 20U};
  std::set<uint64_t> open_;
  uint64_t given_;
};

void read_lines(std::string_view stream, uint64_t actions) {
  Connection connection(actions);
  while (!stream.empty()) {
    const size_t end = std::min(stream.find('\n'), stream.size());
    // On the heap, so that a sanitizer sees any step beyond.
    const std::vector<char> line(stream.begin(), stream.begin() + static_cast<ptrdiff_t>(end));
    const std::string_view text(line.data(), line.size());
    stream.remove_prefix(std::min(end + 1, stream.size()));
    check_members(text);
    const auto reply = parse_reply(text);
    if (!reply) continue;
    check_reply(*reply);
    if (reply->kind == Reply::Kind::kOutcome && reply->to > 0) connection.take(*reply);
  }
}

}  // namespace
}  // namespace awps::client

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  awps::client::read_lines({reinterpret_cast<const char*>(data) + 1, size - 1}, data[0] % 32);
  return 0;
}
