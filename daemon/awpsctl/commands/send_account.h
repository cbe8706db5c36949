#pragma once

// SendAccount: what became of the actions of one `awpsctl send`, from the daemon's replies.
//
// 1. Each action is counted once: refused, accepted, or under its outcome; else it is open.
//
// Pure; one thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/awpsctl/commands/sent_lines.h"
#include "daemon/awpsctl/failure.h"
#include "daemon/awpsctl/wire/json_fields.h"
#include "daemon/awpsctl/wire/reply.h"

namespace awps {

class SendAccount {
 public:
  struct Trouble {
    uint64_t seq = 0;  // 0: of the connection as a whole
    ReplyStatus status = ReplyStatus::kRejected;
    std::string code;
    std::string message;
  };
  static constexpr size_t kMostTroubles = 1000;  // kept; the rest is counted

  enum class Ack { kAccepted, kDelivered };
  explicit SendAccount(Ack ack) : ack_(ack) {}

  /// The trouble that the reply tells of, if any.
  std::optional<Trouble> take(const Reply& reply);

  /// How many actions became what; sums add up over several sends.
  struct Sums {
    uint64_t actions = 0;
    std::optional<uint64_t> accepted;  // absent: it was not asked for
    uint64_t counts[static_cast<size_t>(ReplyStatus::kUnknown) + 1] = {};
    uint64_t open = 0;

    Sums& operator+=(const Sums& more);
  };
  /// "3 actions: 2 delivered, 1 rejected".
  static std::string summary(const Sums& sums);

  uint64_t count(ReplyStatus status) const { return counts_[static_cast<size_t>(status)]; }
  /// Of `actions`, those without the answer that was asked for.
  uint64_t open(uint64_t actions) const;
  /// The lowest seq without an answer.
  uint64_t first_open() const;
  /// 0 where all is well; else whether to try again (75) or to correct something (1, 64, 77).
  ExitCode exit_code(uint64_t actions) const;

  /// Each has an answer, and none was refused for a reason that passes: to send them again would
  /// bring nothing else about.
  bool is_final(uint64_t actions) const;

  Sums sums(uint64_t actions) const;
  std::string summary(uint64_t actions) const { return summary(sums(actions)); }
  Json json(const SentLines& lines) const;

 private:
  bool settle(uint64_t from, uint64_t to);

  const Ack ack_;
  uint64_t counts_[static_cast<size_t>(ReplyStatus::kUnknown) + 1] = {};
  uint64_t accepted_to_ = 0;
  std::vector<bool> settled_;  // by seq - 1
  std::vector<Trouble> troubles_;
  uint64_t troubles_left_out_ = 0;
  bool all_troubles_pass_ = true;
  bool one_trouble_passes_ = false;
};

}  // namespace awps
