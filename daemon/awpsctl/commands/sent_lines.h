#pragma once

// SentLines: which line of a file each action stands in, counted as the daemon counts (the same
// decoder reads both), so that a reply's seq can be said as a line number.
//
// 1. seqs count from 1 over the lines that were taken, refused actions included.
// 2. Memory grows with the runs of lines of one action each, not with the lines.
//
// One thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "action/decoder.h"

namespace awps {

class SentLines final : private LineVisitor {
 public:
  explicit SentLines(uint64_t max_line_bytes) : max_line_bytes_(max_line_bytes) {}

  enum class Kind { kActions, kHello, kBadHello };
  /// The next line of the file, without its '\n'. A hello is not an action: it is not to be sent.
  /// After a bad one nothing is to be sent: it could go to another hub than was meant.
  Kind take(std::string_view line);

  uint64_t lines() const { return lines_; }
  uint64_t actions() const { return actions_; }
  /// Of the hello; empty: there was none, or it names none.
  const std::string& hub() const { return hub_; }
  /// Why the hello is bad.
  const std::string& bad_hello() const { return bad_hello_; }
  /// "line 7", or "line 7[2]" for the second of several in it; `seq` is one that was taken.
  std::string place_of(uint64_t seq) const;

 private:
  struct Run {
    uint64_t first_seq = 0;
    uint64_t first_line = 0;
    uint64_t elements = 1;  // 1: each line from here on has one action
  };

  void on_action(const Action&) override { ++found_; }
  void on_rejected(const Rejection&) override { ++found_; }
  void on_warning(std::string) override {}
  void on_hello(const Hello& hello) override;
  void on_bad_hello(const Rejection& rejection) override { bad_hello_ = rejection.message; }
  void begin_ordered_batch() override {}
  void end_ordered_batch() override {}

  const uint64_t max_line_bytes_;
  ActionDecoder decoder_;
  std::string scratch_;
  std::string hub_;
  std::string bad_hello_;
  std::vector<Run> runs_;
  uint64_t lines_ = 0;
  uint64_t actions_ = 0;
  uint64_t found_ = 0;  // in the line at hand
  LinesBefore lines_before_;
  bool was_hello_ = false;
};

}  // namespace awps
