#pragma once

// ChaosDaemon: a daemon on a thread of its own, moody after a seed: it reads and answers in slices,
// settles in any order, refuses, stops reading for a while, and drops connections in the midst of
// everything; after a number of connections it calms down. It keeps what came and what it said, for
// the test to judge when it has stopped.

#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <awps/client/options.h>

#include "base/random.h"
#include "tests/client/fake_daemon.h"

namespace awps::client {

class ChaosDaemon {
 public:
  ChaosDaemon(uint64_t seed, Ack ack);
  ~ChaosDaemon();

  std::string path() const { return daemon_.path(); }
  /// Ends the thread; call it when the producer is closed.
  void stop();

  /// Of each connection: the numbers that came, in order of arrival. Only whole lines.
  const std::vector<std::vector<uint64_t>>& arrived() const { return arrived_; }
  /// number -> the outcomes that it was given, each on one connection.
  const std::map<uint64_t, std::set<OutcomeKind>>& told() const { return told_; }

 private:
  struct Owed {
    uint64_t seq;
    uint64_t number;
  };

  void run();
  void serve(Peer peer);
  bool is_moody(double probability) { return !is_calm_ && random_.chance(probability); }
  bool read(Peer& peer);
  void take_line(const std::string& line);
  void settle();
  void settle_in_order();
  void settle_one();
  void reject(const Owed& owed);
  bool write(Peer& peer);

  FakeDaemon daemon_;
  Random random_;
  const Ack ack_;
  std::vector<std::vector<uint64_t>> arrived_;
  std::map<uint64_t, std::set<OutcomeKind>> told_;
  bool is_calm_ = false;
  std::atomic<bool> is_over_ = false;

  // Of the connection that stands.
  std::string unread_;
  std::string unwritten_;
  std::vector<Owed> owed_;

  std::thread thread_;
};

/// The data of an action: its number, and some bytes.
std::string numbered_data(uint64_t number, size_t bytes);

}  // namespace awps::client
