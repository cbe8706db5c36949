#pragma once

// StreamSending: writes the actions of files to the topic of a stream, for `awpsctl send --stream`.
//
// 1. A record counts as written once all replicas that must have it do (acks = all).
// 2. Records are written in the order of the file, and a key's records arrive in that order. What
//    is refused is named with its line, and left out.
// 3. The first record that cannot be written ends it, so that nothing overtakes what is to be sent
//    again: what was given to the writer before is waited for, and nothing more is read.
//
// One thread.

#include <cstdint>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "daemon/awpsctl/commands/line_source.h"
#include "daemon/awpsctl/failure.h"
#include "daemon/awpsctl/records/record_lines.h"
#include "daemon/awpsctl/records/stream_access.h"
#include "daemon/awpsctl/wire/interrupts.h"
#include "daemon/awpsctl/wire/json_fields.h"
#include "stream/kafka/kafka_writer.h"

namespace awps {

struct StreamSent {
  struct Trouble {
    std::string place;
    std::string message;
  };

  uint64_t records = 0;             // written
  uint64_t actions = 0;             // in these
  uint64_t refused = 0;             // actions that no daemon would take, or that are too large
  uint64_t failed = 0;              // records that are not known to be written
  std::string ended;                // why not all of the file was tried; empty: it was
  std::vector<Trouble> troubles{};  // the first ones, where they are not written to `err`

  StreamSent& operator+=(const StreamSent& more);
  ExitCode exit_code() const;
  /// "3 records with 4 actions written, 1 action refused".
  std::string summary() const;
  Json json() const;
};

class StreamSending {
 public:
  struct Options {
    const StreamAccess& access;
    std::string hub;    // of --hub; empty: the file's, or the stream's
    std::ostream* err;  // what went wrong; nullptr: the result has it
    std::optional<Instant> deadline;
  };

  explicit StreamSending(Options options);
  ~StreamSending();

  /// A Failure: nothing of it was written, or it could not be read.
  Result<StreamSent, Failure> send(LineSource& source, const std::string& name,
                                   const std::string& label);

 private:
  struct Sent {
    std::string place;
    uint64_t actions = 0;
  };

  void read(LineSource& source, RecordLines& lines);
  void take(RecordLines& lines);
  void refuse(const RefusedLine& refused);
  void write(const NewRecord& record);
  void warn_of_key(const NewRecord& record);
  void take_ends(Duration at_most);
  void tell_silence();
  bool must_end();
  void end_rest();
  void fail(const std::string& place, const std::string& why);
  void say(const std::string& place, const std::string& text);

  const Options options_;
  Interrupts interrupts_;  // before what has threads
  BrokerWords words_;
  KafkaWriter writer_;
  SystemClock clock_;
  std::unordered_map<uint64_t, Sent> under_way_;
  std::map<std::string, bool, std::less<>> warned_;  // kinds of action
  StreamSent sums_;
  std::string label_;
  std::string rest_;         // what is said of what follows the first that was not written
  bool has_failed_ = false;  // a record was not written
  Instant waits_since_{};    // the last answer, or the first record since all were answered
  bool has_told_silence_ = false;
  uint64_t last_token_ = 0;
  uint64_t said_ = 0;
};

}  // namespace awps
