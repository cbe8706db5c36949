#pragma once

// Outcome: the one end of an accepted action, as the hub's worker reports it and the intake tells
// the producer. Every accepted action has exactly one. A duplicate is no accepted action: its
// Outcome says that the hub has accepted the same one before.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "queue/service_answer.h"

namespace awps {

enum class OutcomeKind : uint8_t {
  kDelivered,
  kSuperseded,
  kExpired,
  kDeadLettered,
  kAbandoned,
  kReturned,  // to the stream whose record it is: withdrawn, to be read again by its next owner
  kDuplicate,
};
inline constexpr int kOutcomeKinds = 6;  // of accepted actions: the first ones

/// "delivered" and so on, as PROTOCOL.md spells them.
std::string_view name_of(OutcomeKind kind);

/// Where an abandoned action is kept. Each is a code of its own, see PROTOCOL.md.
enum class Kept : uint8_t {
  kInFile,   // of undelivered actions: `shutting_down`
  kInLog,    // of its hub: `kept`
  kNowhere,  // `lost`
};
std::string_view code_of(Kept kept);
/// For people, with what follows.
std::string_view message_of(Kept kept);

struct Account;

struct Outcome {
  Account* account = nullptr;  // alive until its bytes are released, see account.h
  uint64_t seq = 0;
  OutcomeKind kind = OutcomeKind::kDelivered;
  bool target_gone = false;  // delivered, but the service answered 404: nobody there
  uint16_t http_status = 0;  // 0: there was no answer
  uint32_t attempts = 0;
  std::string id;       // JSON text as the producer wrote it; empty: none
  uint64_t by_seq = 0;  // superseded: the successor
  std::string by_id;
  std::string error_code;  // dead_lettered, expired, abandoned, returned
  std::string error_message;
  /// Of a dead letter of an account of a stream: its number, see HubForStreams; 0: it has none.
  uint64_t letter = 0;
  /// Of an answer that ended it and is no success: target_gone, or a dead letter that was refused.
  /// Only where Account::wants_answers; none after a restart.
  std::shared_ptr<const ServiceAnswer> answer;
};

}  // namespace awps
