#include "client/reply.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "client/json_members.h"

namespace awps::client {

namespace {

struct Known {
  std::string_view status;
  Reply::Kind kind;
  OutcomeKind outcome = OutcomeKind::kUnconfirmed;
};
constexpr std::array<Known, 10> kKnown = {{
    {"delivered", Reply::Kind::kOutcome, OutcomeKind::kDelivered},
    {"accepted", Reply::Kind::kOutcome, OutcomeKind::kAccepted},
    {"rejected", Reply::Kind::kOutcome, OutcomeKind::kRejected},
    {"superseded", Reply::Kind::kOutcome, OutcomeKind::kSuperseded},
    {"expired", Reply::Kind::kOutcome, OutcomeKind::kExpired},
    {"dead_lettered", Reply::Kind::kOutcome, OutcomeKind::kDeadLettered},
    {"abandoned", Reply::Kind::kOutcome, OutcomeKind::kAbandoned},
    {"duplicate", Reply::Kind::kOutcome, OutcomeKind::kDuplicate},
    {"ready", Reply::Kind::kReady},
    {"warning", Reply::Kind::kWarning},
}};

class ReplyReader {
 public:
  std::optional<Reply> read(std::string_view line) {
    const auto take = [this](std::string_view key, std::string_view value) {
      take_member(key, value);
    };
    if (!read_members(line, take) || !is_right_ || !has_status_) return std::nullopt;
    if (reply_.kind != Reply::Kind::kOutcome) return std::move(reply_);
    const bool is_run = reply_.from != 0 || reply_.to != 0;
    if (is_run == has_seq_ || reply_.from > reply_.to) return std::nullopt;
    if (!is_run) reply_.from = reply_.to = seq_;
    // Seq 0 is the connection's; an acceptance is cumulative.
    if (reply_.to == 0 && reply_.outcome.kind != OutcomeKind::kRejected) return std::nullopt;
    if (reply_.outcome.kind == OutcomeKind::kAccepted) reply_.from = 1;
    return std::move(reply_);
  }

 private:
  void take_member(std::string_view key, std::string_view value) {
    if (key == "status") return take_status(value);
    if (key == "seq") {
      has_seq_ = true;
      return take_number(value, seq_);
    }
    if (key == "from") return take_number(value, reply_.from);
    if (key == "to") return take_number(value, reply_.to);
    if (key == "httpStatus") return take_number(value, reply_.outcome.http_status);
    if (key == "attempts") return take_number(value, reply_.outcome.attempts);
    if (key == "protocol") return take_number(value, reply_.protocol);
    if (key == "dedupeWindowSeconds") return take_window(value);
    if (key == "targetGone") reply_.outcome.target_gone = value == "true";
    if (key == "message") return take_text(value, reply_.message);
    if (key == "error") take_error(value);
  }

  void take_status(std::string_view value) {
    has_status_ = value.size() >= 2 && value.front() == '"';
    if (!has_status_) return;
    for (const Known& known : kKnown) {
      if (value.substr(1, value.size() - 2) != known.status) continue;
      reply_.kind = known.kind;
      reply_.outcome.kind = known.outcome;
      return;
    }
  }

  template <typename Number>
  void take_number(std::string_view text, Number& to) {
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() ||
        number > std::numeric_limits<Number>::max()) {
      is_right_ = false;
      return;
    }
    to = static_cast<Number>(number);
  }

  // What is no number, such as `null`, promises nothing. Less than 1 ms counts as 1 ms. (std::ceil
  // would need libm, which a program in C need not link.)
  void take_window(std::string_view text) {
    constexpr double kLongest = 3e9;  // s
    double seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc() || end != text.data() + text.size() || !(seconds >= 0)) return;
    reply_.dedupe_window = std::chrono::ceil<std::chrono::milliseconds>(
        std::chrono::duration<double>(std::min(seconds, kLongest)));
  }

  void take_text(std::string_view value, std::string& to) {
    auto text = json_string(value);
    if (text) {
      to = std::move(*text);
    } else {
      is_right_ = false;
    }
  }

  void take_error(std::string_view value) {
    const auto take = [this](std::string_view key, std::string_view text) {
      if (key == "code") take_text(text, reply_.outcome.error_code);
      if (key == "message") take_text(text, reply_.outcome.error_message);
    };
    if (!read_members(value, take)) is_right_ = false;
  }

  Reply reply_;
  uint64_t seq_ = 0;
  bool has_seq_ = false;
  bool has_status_ = false;
  bool is_right_ = true;
};

}  // namespace

std::optional<Reply> parse_reply(std::string_view line) {
  return ReplyReader().read(line);
}

}  // namespace awps::client
