#pragma once

// RetryJoins: which requests are an SDK's retry of an earlier one, so that they get its answer
// instead of becoming a second action.
//
// A request joins the latest equal one (JoinKey) if that has not got its answer: its action is
// still waited for, or its answer is being written, or could not be written, or its connection
// ended within kAnswerGrace after it was written and before another request came on it; in the last
// two cases at most kRetryWindow ago. A request whose forerunner was answered on a connection that
// lives on is a new action, also with the same id: .NET can give one id to a whole scope.
//
// 1. Two requests join only if their keys are equal and the earlier one has not got its answer.
// 2. At most Options::max_entries keys are known; the oldest goes first. A request that is waited
//    for is not harmed by that: it only cannot be joined any more.
// 3. What is kept for one connection ends with it.
// 4. An answer is given back when it is known to have arrived. All that are kept take at most
//    Options::max_answer_bytes; for more, the oldest keys go, too.
//
// Pure: no clock, no thread of its own. One thread. All operations are O(1) on average, but the end
// of a connection and a request on it, which are linear in its requests (at most 32 read ahead).

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/id_hash.h"
#include "gateway/answers.h"

namespace awps {

/// Everything that has to be equal, hashed: caller, method, target, content type, our fields, body
/// and the SDK's id.
using JoinKey = IdHash;

struct JoinFields {
  std::string_view caller;  // Caller::id
  std::string_view method;
  std::string_view target;        // path and query as they came
  std::string_view content_type;  // as it came
  std::string_view own_fields;    // RequestFields::own_fields
  std::string_view body;
  std::string_view client_request_id;  // not empty
};
/// The first 16 bytes of the SHA-256 over the fields, each with its length, in this order; of the
/// body its SHA-256. It is stored with records of durable hubs: it must stay what it is.
JoinKey join_key_of(const JoinFields& fields);

/// One request in the table. `number` is its own, unique.
struct JoinTicket {
  JoinKey key;
  uint64_t number = 0;
};

class RetryJoins {
 public:
  struct Options {
    size_t max_entries = 65'536;
    size_t max_answer_bytes = size_t{8} << 20U;
    Duration answer_grace = std::chrono::seconds(5);
    Duration retry_window = std::chrono::seconds(60);
  };
  using SharedAnswer = std::shared_ptr<const GatewayAnswer>;

  struct Arrival {
    enum class Kind : uint8_t {
      kNew,            // make an action of it
      kJoinsWaiting,   // it gets the answer of `action`, when that has one
      kJoinsAnswered,  // it gets `answer` now
    };
    Kind kind = Kind::kNew;
    JoinTicket ticket;
    uint64_t action = 0;  // the number of the request that became the action; kNew: its own
    SharedAnswer answer{};
    /// kNew: an equal request became an action before. Then it must not carry an id for a durable
    /// hub, which would take it for the same action (action_ids.h).
    bool has_forerunner = false;
  };

  explicit RetryJoins(const Options& options) : options_(options) {}
  RetryJoins(const RetryJoins&) = delete;
  RetryJoins& operator=(const RetryJoins&) = delete;

  /// A request came on this connection, whatever it is: what was written there before has arrived.
  /// Call it before arrive().
  void request_came(uint64_t connection);
  /// The living connection on which the latest equal request was answered: if the client has closed
  /// it meanwhile, call connection_ended() first. For a retry that overtakes the end of the
  /// connection that it replaces.
  std::optional<uint64_t> connection_in_doubt(const JoinKey& key) const;
  Arrival arrive(const JoinKey& key, uint64_t connection, Instant now);

  /// The action has its answer, which is now being written to all who wait for it. An answer that
  /// does not accept it is forgotten: a retry is a new action then.
  void answered(const JoinTicket& action, SharedAnswer answer, Instant now);
  /// The same, where everybody who waited was told something else meanwhile.
  void answered_to_nobody(const JoinTicket& action, SharedAnswer answer, Instant now);
  /// The answer to this request was written, or could not be.
  void written(const JoinTicket& ticket, bool ok, Instant now);
  void connection_ended(uint64_t connection, Instant now);

  size_t size() const { return entries_.size(); }
  /// Of the answers that are kept, about.
  size_t answer_bytes() const { return answer_bytes_; }
  /// Connections that something is kept for.
  size_t connections() const { return by_connection_.size(); }

 private:
  enum class Phase : uint8_t {
    kWaiting,   // no answer yet
    kWriting,   // the latest request's answer is on its way
    kWritten,   // it is written; its connection lives
    kLost,      // it did not arrive, since `since`
    kReceived,  // it did: nothing joins any more
  };
  struct Entry {
    JoinKey key;
    uint64_t action = 0;          // the request that became the action
    uint64_t latest = 0;          // the request that decides
    uint64_t connection = 0;      // of the latest
    bool is_gone = false;         // nothing is heard of that connection any more
    bool has_forerunner = false;  // an action of this key was accepted
    Phase phase = Phase::kWaiting;
    Instant since{};
    SharedAnswer answer;
  };
  struct KeyHash {
    size_t operator()(const JoinKey& key) const { return static_cast<size_t>(key.low); }
  };
  using Entries = std::list<Entry>;

  Entry* find(const JoinTicket& ticket);
  bool can_be_joined(const Entry& entry, Instant now) const;
  void attach(Entry& entry, uint64_t number, uint64_t connection);
  void detach(Entry& entry);
  void receive(Entry& entry);
  void lose(Entry& entry, Instant now);
  void drop_answer(Entry& entry);
  void forget(Entries::iterator place);
  void evict();

  const Options options_;
  Entries entries_;  // the one that was joined or made last is the last
  std::unordered_map<JoinKey, Entries::iterator, KeyHash> by_key_;
  std::unordered_map<uint64_t, std::vector<JoinKey>> by_connection_;  // of the latest requests
  uint64_t last_number_ = 0;
  size_t answer_bytes_ = 0;
};

}  // namespace awps
