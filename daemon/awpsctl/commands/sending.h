#pragma once

// Sending: a source of protocol lines, sent as one producer; every action that was not taken or
// not delivered is named by its line.
//
// One thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "daemon/awpsctl/commands/context.h"
#include "daemon/awpsctl/commands/line_source.h"
#include "daemon/awpsctl/commands/send_account.h"
#include "daemon/awpsctl/commands/sent_lines.h"
#include "daemon/awpsctl/wire/interrupts.h"
#include "daemon/awpsctl/wire/producer_connection.h"

namespace awps {

/// What became of it.
struct SendResult {
  SendAccount::Sums sums;
  ExitCode exit_code = ExitCode::kOk;
  bool is_final = false;  // every action has an answer, and no refusal that passes
  Json json;              // null where no JSON is wanted
  std::string open;       // which actions have no answer, and why; empty: none
};

class Sending {
 public:
  /// All outlive it. `label` stands before the places of a file that is one of several.
  struct Parts {
    const Context& context;
    ProducerConnection& connection;
    LineSource& source;
    std::optional<Instant> deadline;
    std::string name;   // of the file, for messages
    std::string label;  // "FILE: ", or empty
  };

  explicit Sending(Parts parts);

  /// Says troubles as they come. A Failure: the file cannot be read to its end.
  Result<SendResult, Failure> run();

 private:
  bool may_read() const;
  void wait();
  void read_lines();
  void check_hello();
  void take(const Reply& reply);
  void show_progress();
  void clear_progress();
  SendResult finish() const;
  std::string open_text(uint64_t open) const;

  const Parts parts_;
  const Context& context_;
  ProducerConnection& connection_;
  LineSource& source_;
  SentLines lines_;
  SendAccount account_;
  Interrupts interrupts_;
  const SystemClock clock_;
  Instant progress_at_{};
  std::string_view why_ended_;
  size_t shown_ = 0;
  bool has_progress_ = false;
  bool is_readable_ = false;
  bool is_closed_ = false;
};

}  // namespace awps
