#pragma once

// Arguments: what the command line said, checked for itself. Plain data.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace awps {

struct StatusArguments {
  std::string hub;
  std::optional<double> watch_seconds;  // of --watch
};

struct TapArguments {
  std::string hub;
  uint32_t rate = 10;
  uint64_t count = 0;  // 0: until Ctrl-C
};

/// One action, by options instead of a file.
struct OneAction {
  std::string name;  // empty: the send to the target that is given
  bool to_all = false;
  std::optional<std::string> group, user, connection, data, data_type, permission, target_name,
      reason, filter, id;
  std::vector<std::string> excluded, groups;
  std::optional<double> ttl_seconds;
};

struct SendArguments {
  std::vector<std::string> files;  // or folders; "-": standard input; none: one action by options
  bool remove = false;             // each of which everything was taken
  OneAction action;
  std::string stream;  // NAME; empty: to the daemon
  std::string config;  // of --stream: a file; empty: the installed configuration
  std::string hub;
  std::string ack = "delivered";
  std::optional<double> timeout_seconds;
};

struct BenchArguments {
  double rate = 1000;
  double seconds = 10;
  uint32_t connections = 4;
  std::string actions = "sendToGroup";  // "sendToGroup=8,addUserToGroup=2"
  uint64_t size = 64;
  uint64_t groups = 1000;
  bool equal_data = false;
  bool unordered = false;
  std::string hub;
  double wait_seconds = 30;
  bool real_service = false;
};

struct DeadLetterArguments {
  std::string hub;
  std::vector<uint64_t> numbers;
  bool all = false;
  bool yes = false;
  uint64_t after = 0;
  uint64_t limit = 100;
  std::string output;  // of export; empty: standard output
};

struct TokenArguments {
  std::string hub, user;
  std::vector<std::string> roles, groups;
  uint64_t minutes = 60;
};

struct StreamArguments {
  std::string name;         // empty: all
  uint64_t records = 1000;  // of each partition, the last
  std::string config;       // a file; empty: the installed configuration
};

struct Arguments {
  std::string admin;
  std::string token_file;
  std::string socket;  // empty: ask the daemon
  bool json = false;

  StatusArguments status;
  bool names_only = false;  // of hubs
  TapArguments tap;
  SendArguments send;
  BenchArguments bench;
  std::string hub;                      // of pause, resume, drain; empty: all
  std::optional<double> drain_seconds;  // --timeout
  DeadLetterArguments dead_letters;
  TokenArguments token;
  StreamArguments stream;
  std::string log_level;
  std::optional<Duration> log_length;
};

}  // namespace awps
