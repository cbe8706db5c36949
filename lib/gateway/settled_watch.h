#pragma once

// SettledWatch: whether the gateway's writes to a target are settled, for reads that are to see
// them (`x-awpsd-after: settled`).
//
// 1. A read waits for those writes alone that were pushed before it came, so writes that go on do
//    not hold it up.
// 2. A write stands at the user, the connection and the group of its path. One that may concern any
//    target of its hub stands at all of them: the bulk changes, and closeAllConnections. A send to
//    everybody changes nothing that a read could see.
// 3. Only what came by this gateway is known here.
// 4. At most Options::max_writes are known. A hub with one more is out of sight: nothing of it is
//    settled, until see_again(). So a read may wait in vain, and never passes too early.
//
// Pure; one thread. A call is O(log n) in the open writes of a target.

#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "gateway/route.h"
#include "gateway/write_key.h"
#include "intake/settled_prefix.h"

namespace awps {

class SettledWatch {
 public:
  struct Options {
    size_t max_writes = 16'384;
  };
  /// A hash of its text: two with one hash wait for each other's writes, too.
  using Target = uint64_t;

  SettledWatch() : SettledWatch(Options{}) {}
  explicit SettledWatch(const Options& options) : options_(options) {}

  /// False: it stands nowhere, and has not to be settled.
  bool begin(const WriteKey& key, const RoutedRequest& write);
  /// False: it is not known.
  bool settle(const WriteKey& key);

  /// What a read that comes now has to wait for.
  struct Question {
    uint64_t before = 0;
    std::string hub;
    std::vector<Target> targets;
  };
  Question ask(const RoutedRequest& read) const;
  bool is_settled(const Question& question) const;

  bool is_out_of_sight(const std::string& hub) const { return out_of_sight_.contains(hub); }
  /// Whatever this hub was given is settled, or of no interest. Returns what was known of it.
  std::vector<WriteKey> see_again(const std::string& hub);
  /// Hubs that something is known of.
  std::set<std::string> hubs() const;
  /// Where something was settled since this was called last: the questions about others have the
  /// answers that they had. All of them may have others after see_again().
  struct Changes {
    std::vector<Target> targets;
    bool is_any = false;
  };
  Changes take_changes() { return std::exchange(changes_, {}); }

  /// Targets, and writes, that something is known of.
  size_t size() const { return open_.size(); }
  size_t writes() const { return marks_.size(); }

 private:
  /// A write's place.
  struct Mark {
    std::string hub;
    uint64_t position = 0;
    std::array<Target, 3> targets{};
    uint8_t count = 0;
  };

  void leave(const Mark& mark);

  const Options options_;
  std::unordered_map<WriteKey, Mark, WriteKeyHash> marks_;
  std::unordered_map<Target, SettledPrefix> open_;  // none is empty
  std::set<std::string> out_of_sight_;
  Changes changes_;
  uint64_t next_ = 1;
};

}  // namespace awps
