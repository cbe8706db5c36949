#pragma once

// UndeliveredFiles: what stops have left in a folder (undelivered_file.h) and nobody has sent yet.
//
// 1. A look lists, examines and reads a bounded amount. What it did not reach makes the account
//    one of "at least". The next look reads on where this one ended.
// 2. A file is read once, and again only when its size, time or inode has changed.
// 3. A folder that does not exist has no files. What cannot be read is no crash: it is said, or
//    counted as far as it is known.
//
// One thread at a time. A look costs the folder's listing, a stat for each file and, for what is
// new, at most Options::most_bytes of reading.

#include <sys/stat.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "spool/action_count.h"

namespace awps {

/// What the files hold.
struct Undelivered {
  uint64_t files = 0;
  uint64_t actions = 0;
  uint64_t bytes = 0;
  bool is_at_least = false;        // there may be more of each
  std::optional<WallTime> oldest;  // when the first of them was written; nullopt: there is none
  std::string error;               // why the folder cannot be listed; empty: it can

  friend bool operator==(const Undelivered&, const Undelivered&) = default;
};

/// "2 files with 586 actions", "1 file with at least 1 action".
std::string to_text(const Undelivered& undelivered);

class UndeliveredFiles {
 public:
  /// Of one look.
  struct Options {
    size_t most_entries = 20'000;              // of the folder, of whatever name
    size_t most_files = 1'000;                 // examined, the oldest first
    uint64_t most_bytes = uint64_t{8} << 20U;  // read
  };

  explicit UndeliveredFiles(std::string directory) : UndeliveredFiles(std::move(directory), {}) {}
  UndeliveredFiles(std::string directory, Options options)
      : directory_(std::move(directory)), options_(options) {}

  const Undelivered& look();
  /// What look() found last.
  const Undelivered& last() const { return last_; }

 private:
  struct Known {
    ino_t inode = 0;
    off_t size = 0;
    timespec written{};
    off_t read = 0;  // so far
    ActionCount count;
  };

  void look_at(int folder, const std::string& name, uint64_t& bytes_left);
  static void read_on(int folder, const std::string& name, Known& file, uint64_t& bytes_left);
  Known& known(const std::string& name, const struct stat& status);

  const std::string directory_;
  const Options options_;
  std::map<std::string, Known> before_;  // by name, of the last look
  std::map<std::string, Known> known_;
  Undelivered last_;
};

}  // namespace awps
