#pragma once

// AccountTable: the accounts of one intake thread's connections, and of those gone whose actions
// are still queued.
//
// An account lives as account.h demands: until its connection is gone, the hub has nothing of it,
// and the thread's ReportQueue was emptied after that was seen. Hence the two steps of a sweep.
//
// Belongs to one intake thread. A sweep costs a look at each orphan; it is due once their number
// has doubled since the last one, so that each is looked at a few times.

#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "queue/account.h"

namespace awps {

class AccountTable {
 public:
  explicit AccountTable(ReportQueue& reports) : reports_(reports) {}

  struct Producer {
    uint64_t number = 0;
    std::string name;
    bool wants_outcomes = false;
    bool wants_answers = false;  // see Account
    std::string id_scope{};      // see Account
    bool of_stream = false;      // these three: see Account
    bool letters_elsewhere = false;
    std::shared_ptr<const StreamLease> lease{};
  };
  Account& open(const Producer& producer);
  /// Its connection is gone, and pushes nothing more.
  void orphan(Account& account);

  bool is_sweep_due() const { return orphans_.size() > 2 * after_sweep_ + 64; }
  size_t orphans() const { return orphans_.size(); }
  /// First step: notes those of which the hubs have nothing. Then take what is in the ReportQueue.
  void begin_sweep();
  /// Second step: frees what the first one noted.
  void end_sweep();

  /// Accounts alive, of connections and orphans.
  size_t size() const { return accounts_.size(); }

 private:
  ReportQueue& reports_;
  std::unordered_map<const Account*, std::unique_ptr<Account>> accounts_;
  std::vector<const Account*> orphans_;
  std::vector<const Account*> settled_;  // between the steps of a sweep
  size_t after_sweep_ = 0;
};

}  // namespace awps
