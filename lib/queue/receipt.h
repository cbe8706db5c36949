#pragma once

// Receipt: actions of one producer in one hub are accepted: all of the account's up to a seq. What
// is accepted is the hub's, and owed an Outcome; in a durable hub it is on disk.
//
// LateRefusal: an action that a durable hub took in is not accepted after all, since it could not
// be written. All of the account's before it have their Receipt or a refusal by then.
//
// An Outcome implies its receipt: whichever of the two comes first counts. So a receipt may come
// after the account's last bytes were released, when the account may be freed. Compare its
// address; never dereference it.

#include <cstdint>
#include <string>

#include "action/line_visitor.h"

namespace awps {

struct Account;

struct Receipt {
  const Account* account = nullptr;  // alive as long as its producer is connected
  uint64_t up_to = 0;                // the seq of the last one
  uint64_t producer = 0;             // whose account it is
};

struct LateRefusal {
  const Account* account = nullptr;  // as a Receipt's
  uint64_t producer = 0;
  uint64_t seq = 0;
  uint64_t line = 0;  // 0: not known
  std::string id;     // JSON text as the producer wrote it; empty: none
  RejectCode code = RejectCode::kStorageFailed;
  std::string message;
};

}  // namespace awps
