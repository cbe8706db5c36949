#pragma once

// Receipt: actions of one producer in one hub are accepted: all of the account's up to a seq. What
// is accepted is the hub's, and owed an Outcome; in a durable hub it is on disk.
//
// An Outcome implies its receipt: whichever of the two comes first counts. So a receipt may come
// after the account's last bytes were released, when the account may be freed. Compare its
// address; never dereference it.

#include <cstdint>

namespace awps {

struct Account;

struct Receipt {
  const Account* account = nullptr;  // alive as long as its producer is connected
  uint64_t up_to = 0;                // the seq of the last one
  uint64_t producer = 0;             // whose account it is
};

}  // namespace awps
