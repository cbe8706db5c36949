#pragma once

// What the decoder tells about one line of the producers' protocol (PROTOCOL.md), in the order of
// the line. Everything that is passed in is borrowed: it lives until the call returns.
//
// 1. Each on_action and each on_rejected takes one `seq` of the connection; nothing else does.
// 2. on_warning speaks of the action reported last, and is never its reply.
// 3. After on_bad_hello the connection is to be closed without reading on.
// 4. After each action and each element that was refused the decoder asks how to go on: a visitor
//    that has no room may have the rest of the line later (decoder.h).
// 5. Whether a hub exists, is permitted, or differs between the elements of an ordered batch is for
//    the visitor to judge: it knows the connection's default hub.

#include <cstdint>
#include <string>
#include <string_view>

#include "action/action.h"

namespace awps {

/// Which replies a producer wants beside refusals.
enum class Ack : uint8_t { kNone, kAccepted, kDelivered };
std::string_view name_of(Ack ack);

struct Hello {
  std::string_view hub;       // empty: not said
  std::string_view producer;  // at most 64 bytes; empty: not said
  Ack ack = Ack::kNone;
  bool deduplicate = false;  // then it has a producer
};

enum class RejectCode : uint8_t {
  kInvalidJson,
  kInvalidAction,
  kLineTooLong,
  kMessageTooLarge,
  kUnknownHub,
  kQueueFull,
  kForbidden,
  kShuttingDown,
  kStorageFailed,
};
/// "invalid_json" and so on, as PROTOCOL.md spells them.
std::string_view name_of(RejectCode code);

struct Rejection {
  RejectCode code = RejectCode::kInvalidAction;
  std::string message;  // names the field and the remedy
  std::string_view id;  // the action's id as JSON text, as it came; empty: none, or not readable
};

/// How a decoder goes on after what it told last.
enum class NextElement : uint8_t {
  kGoOn,
  kLater,       // what comes behind it is wanted later
  kAgainLater,  // the same is wanted once more, later: it counts as not told
};

class LineVisitor {
 public:
  virtual ~LineVisitor() = default;

  virtual void on_action(const Action& action) = 0;
  virtual void on_rejected(const Rejection& rejection) = 0;
  virtual void on_warning(std::string message) = 0;
  virtual void on_hello(const Hello& hello) = 0;
  virtual void on_bad_hello(const Rejection& rejection) = 0;
  /// Around the elements of `{"batch":[…],"ordered":true}`, however often it is taken up again; not
  /// called for an empty one.
  virtual void begin_ordered_batch() = 0;
  virtual void end_ordered_batch() = 0;
  virtual NextElement next_element() { return NextElement::kGoOn; }
};

}  // namespace awps
