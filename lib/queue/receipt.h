#pragma once

// Receipt: actions of one producer in one hub are accepted: all of the account's up to a seq. What
// is accepted is the hub's, and owed an Outcome; in a durable hub it is on disk.
//
// An Outcome implies its receipt: whichever of the two comes first counts.

#include <cstdint>

namespace awps {

struct Account;

struct Receipt {
  const Account* account = nullptr;  // alive until its bytes are released, see account.h
  uint64_t up_to = 0;                // the seq of the last one
};

}  // namespace awps
