#pragma once

// RecordLines: lines of the producers' protocol as records of a stream: one for each action of a
// line or array, and one for an ordered batch, under the key of its first element.
//
// 1. What a daemon would refuse becomes no record; the place and the reason are told instead. Of an
//    array or batch the other elements remain.
// 2. A record's value is an action, or an ordered batch, as encoder.h writes it. It names its hub
//    where the line's would be another one in the stream than in the file.
// 3. A record has at most kMostRecordBytes: larger ones would end the connection to Event Hubs.
//
// One thread.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "action/decoder.h"

namespace awps {

/// Key and value together.
inline constexpr size_t kMostRecordBytes = 1'000'000;

struct NewRecord {
  std::string place;  // "line 7", "line 7[2]"
  std::string key;
  std::string value;
  uint64_t actions = 1;
  std::string_view action;  // the name of its first
  std::string_view doubt;   // why no key is right for it; empty: this one is
};

struct RefusedLine {
  std::string place;
  std::string code;  // PROTOCOL.md's
  std::string message;
};

class RecordLines final : private LineVisitor {
 public:
  struct Options {
    std::string hub;         // of actions that name none, where the file has no hello; may be empty
    std::string stream_hub;  // where the stream takes actions that name none; may be empty
    bool hub_is_said = false;  // `hub` counts more than a hello
    /// Why a hub is not taken from the stream; empty: it is.
    std::function<std::string(std::string_view hub)> problem_of_hub;
  };

  explicit RecordLines(Options options) : options_(std::move(options)), hub_(options_.hub) {}

  /// The next line of the file, without its '\n'.
  void take(std::string_view line);
  /// Of the lines that were taken since.
  std::vector<NewRecord> take_records();
  std::vector<RefusedLine> take_refused();
  /// Why nothing of the file may be sent; empty: it may.
  const std::string& bad_hello() const { return bad_hello_; }
  uint64_t lines() const { return lines_; }

 private:
  void on_action(const Action& action) override;
  void on_rejected(const Rejection& rejection) override;
  void on_warning(std::string) override {}
  void on_hello(const Hello& hello) override;
  void on_bad_hello(const Rejection& rejection) override { bad_hello_ = rejection.message; }
  void begin_ordered_batch() override;
  void end_ordered_batch() override;

  std::string text_of(const Action& action) const;
  std::string place() const;
  void add(NewRecord record);
  void refuse(std::string code, std::string message);

  const Options options_;
  std::string hub_;  // of actions that name none
  ActionDecoder decoder_;
  LinesBefore lines_before_;
  std::string scratch_;
  std::string bad_hello_;
  std::vector<NewRecord> records_;
  std::vector<RefusedLine> refused_;
  uint64_t lines_ = 0;
  uint64_t elements_ = 0;  // of the line at hand, so far
  bool is_one_action_ = false;
  bool is_batch_ = false;
  bool was_hello_ = false;
  NewRecord batch_;
  std::string batch_hub_;
};

}  // namespace awps
