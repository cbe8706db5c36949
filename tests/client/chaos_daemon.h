#pragma once

// ChaosDaemon: a daemon on a thread of its own, moody after a seed: it reads and answers in slices,
// settles in any order, refuses, stops reading for a while, is killed and started again, and drops
// connections in the midst of everything; after a number of connections it calms down. It keeps
// what came, what it did and what it said, for the test to judge when it has stopped.
//
// An action takes effect when it is committed: at some time after it was read, before anything is
// told about it. A version that deduplicates commits the id with it, on a disk that outlives it.

#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <awps/client/options.h>

#include "base/random.h"
#include "tests/client/fake_daemon.h"

namespace awps::client {

enum class ChaosVersion : uint8_t {
  kRefusesTheKey,  // of a hello that asks for deduplication
  kIgnoresTheKey,
  kDeduplicates,
  kAnyOfThese,  // another one on each connection
};

class ChaosDaemon {
 public:
  ChaosDaemon(uint64_t seed, Ack ack, ChaosVersion version = ChaosVersion::kIgnoresTheKey);
  ~ChaosDaemon();

  std::string path() const { return daemon_.path(); }
  /// Ends the thread; call it when the producer is closed.
  void stop();

  /// Of each connection: the numbers that came, in order of arrival. Only whole lines.
  const std::vector<std::vector<uint64_t>>& arrived() const { return arrived_; }
  /// number -> the outcomes that it was given, each on one connection.
  const std::map<uint64_t, std::set<OutcomeKind>>& told() const { return told_; }
  /// number -> the ids that it came with.
  const std::map<uint64_t, std::set<std::string>>& ids() const { return ids_; }
  /// number -> how often it took effect, if it did.
  const std::map<uint64_t, unsigned>& effects() const { return effects_; }
  /// How often an id was known already.
  size_t duplicates() const { return duplicates_; }

 private:
  enum class Fate : uint8_t { kNotCommitted, kRefused, kDone, kDuplicate };
  struct Owed {
    uint64_t seq;
    uint64_t number;
    std::string id;
    Fate fate = Fate::kNotCommitted;
  };

  void run();
  bool greet(Peer& peer);
  void serve(Peer peer);
  bool is_moody(double probability) { return !is_calm_ && random_.chance(probability); }
  bool read(Peer& peer);
  void take_line(const std::string& line);
  void commit();
  Fate commit(const Owed& owed);
  void settle();
  void settle_in_order();
  void settle_one();
  void tell(const Owed& owed, std::string_view status, OutcomeKind kind);
  void reject(const Owed& owed);
  bool write(Peer& peer);

  FakeDaemon daemon_;
  Random random_;
  const Ack ack_;
  const ChaosVersion version_;
  std::vector<std::vector<uint64_t>> arrived_;
  std::map<uint64_t, std::set<OutcomeKind>> told_;
  std::map<uint64_t, std::set<std::string>> ids_;
  std::map<uint64_t, unsigned> effects_;
  std::set<std::string> known_;
  size_t duplicates_ = 0;
  bool is_calm_ = false;
  std::atomic<bool> is_over_ = false;

  // Of the connection that stands.
  bool deduplicates_ = false;
  std::string unread_;
  std::string unwritten_;
  std::vector<Owed> owed_;  // the committed ones first
  size_t committed_ = 0;

  std::thread thread_;
};

/// The data of an action: its number, and some bytes.
std::string numbered_data(uint64_t number, size_t bytes);

}  // namespace awps::client
