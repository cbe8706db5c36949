#pragma once

// TailAccounts: whose the records are that wait on disk alone. A record knows the number of its
// producer; an action in memory needs an account.
//
// 1. While its connection lives, it is the connection's own account: so its outcomes are told, and
//    what it has on disk counts on it (Account::spooled_bytes).
// 2. Of a connection that is gone, and of an earlier run, it is one that is made here when a record
//    comes into memory, and freed once the worker has released the last of it.
// 3. So a backlog of millions of connections costs the memory of those that live.
//
// One thread: the committer's.

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "queue/account.h"
#include "queue/budget.h"

namespace awps {

/// A connection with much on disk alone, for people.
struct TailHolder {
  uint64_t connection = 0;
  std::string producer;  // what it calls itself; may be empty
  uint64_t bytes = 0;
};

class TailAccounts {
 public:
  /// `run` of the log; `doors` is told what producers have on disk.
  TailAccounts(uint32_t run, Budget& doors) : run_(run), doors_(doors) {}

  /// `bytes` of records of the account are on disk alone from now on.
  void spool(Account& account, uint64_t bytes);
  /// Whose a record with this producer is, for the window.
  Account& account_of(uint64_t producer);
  /// The same, if its connection is there, as far as is known; else nullptr.
  Account* living(uint64_t producer);
  /// `bytes` of its records are in the window by now, or have their outcome. It may be the last
  /// touch of its account.
  void take(uint64_t producer, uint64_t bytes);
  /// Nothing is on disk alone any more.
  void take_all();
  /// Frees those made here of which nothing is left. While nothing is read from the log.
  void free_made();
  /// Once in a while: lets go whose connection is gone, frees whom nothing is left of.
  void sweep();

  bool any_wants_outcomes() const;
  /// The `most` living ones that have most on disk alone, the largest first.
  std::vector<TailHolder> largest(size_t most) const;
  /// Of connections, and made here.
  size_t size() const { return living_.size() + made_.size(); }

 private:
  struct Living {
    Account* account = nullptr;
    uint64_t bytes = 0;  // as in its spooled_bytes
  };

  void give_back(Account& account, uint64_t bytes);
  void let_go();

  const uint32_t run_;
  Budget& doors_;
  std::unordered_map<uint64_t, Living> living_;                  // by connection
  std::unordered_map<uint64_t, std::unique_ptr<Account>> made_;  // by producer
  size_t living_after_sweep_ = 0;
  size_t made_after_sweep_ = 0;
};

}  // namespace awps
