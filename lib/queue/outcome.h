#pragma once

// Outcome: the one end of an accepted action, as the hub's worker reports it and the intake tells
// the producer. Every accepted action has exactly one.

#include <cstdint>
#include <string>
#include <string_view>

namespace awps {

enum class OutcomeKind : uint8_t { kDelivered, kSuperseded, kExpired, kDeadLettered, kAbandoned };
inline constexpr int kOutcomeKinds = 5;

/// "delivered" and so on, as PROTOCOL.md spells them.
std::string_view name_of(OutcomeKind kind);

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
  std::string error_code;  // dead_lettered, expired, abandoned
  std::string error_message;
};

}  // namespace awps
