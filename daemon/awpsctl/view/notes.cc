#include "daemon/awpsctl/view/notes.h"

#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/terminal_text.h"
#include "daemon/awpsctl/figures.h"
#include "daemon/awpsctl/view/disk_notes.h"
#include "daemon/awpsctl/view/many_hubs.h"
#include "daemon/awpsctl/view/stream_view.h"

namespace awps {

namespace {

// Where a hub or endpoint may be named in a command.
std::string quoted_command(const std::string& command) {
  return "`awpsctl " + command + "`";
}

// What is said of one hub, and of several.
struct Words {
  std::string one, many;
};

class HubNotes {
 public:
  explicit HubNotes(const HubReading& hub) : hub_(hub), name_(printable(hub.name)) {}

  std::vector<Note> take() {
    add_state();
    add_actions();
    for (Note& note : disk_notes(hub_)) notes_.push_back(std::move(note));
    add_limits();
    add_dead_letters();
    add_charges();
    return std::move(notes_);
  }

 private:
  void add(Colour severity, const std::string& text, const std::string& remedy = {}) {
    notes_.push_back({severity, name_, printable_lines(text), printable_lines(remedy)});
  }

  void add(Colour severity, const Words& text, const Words& remedy) {
    notes_.push_back({severity, name_, printable_lines(text.one), printable_lines(remedy.one),
                      printable(text.many), printable(remedy.many)});
  }

  // A command that ends with the hub, and words that go on after it.
  Words command(const std::string& start, const std::string& rest) const {
    return {quoted_command(start + " " + name_) + rest, quoted_command(start + " HUB") + rest};
  }

  void add_state() {
    const std::string waiting = counted(hub_.actions.waiting(), "action");
    if (hub_.state == "paused") {
      add(Colour::kWarning,
          Words{"paused: it accepts, and sends nothing; " + waiting +
                    (hub_.actions.waiting() == 1 ? " waits" : " wait"),
                "paused: they accept, and send nothing"},
          command("resume", " lets it send"));
    } else if (hub_.state == "draining") {
      add(Colour::kWarning,
          Words{"draining: it accepts nothing; " + waiting + " left",
                "draining: they accept nothing"},
          command("resume", " lets it accept again"));
    } else if (hub_.state == "drained") {
      add(Colour::kWarning,
          Words{"drained: it accepts nothing, and nothing is left",
                "drained: they accept nothing, and nothing is left"},
          command("resume", " lets it accept again"));
    } else if (hub_.state == "removed") {
      const std::string remedy = "configure it again to send them, or ";
      add(Colour::kWarning,
          Words{"no longer configured; its dead letters are left",
                "no longer configured; their dead letters are left"},
          Words{remedy + quoted_command("dead-letters purge --hub " + name_ + " --all"),
                remedy + quoted_command("dead-letters purge --hub HUB --all")});
    } else if (!hub_.ready) {
      const std::string text = "not ready" + (hub_.not_ready.empty() ? "" : ": " + hub_.not_ready);
      add(Colour::kBad, Words{text, text}, Words{});
    }
    if (!hub_.worker_answered) {
      const std::string unknown = " in time: lanes, limits and dead letters are not known now";
      const std::string remedy =
          "if it stays so: " + quoted_command("check") + ", and the daemon's log";
      add(Colour::kWarning,
          Words{"its worker did not answer" + unknown, "their workers did not answer" + unknown},
          Words{remedy, remedy});
    }
  }

  void add_actions() {
    if (!hub_.actions.law_holds()) {
      add(Colour::kBad,
          "the account does not balance: " + count_text(hub_.actions.accepted) + " accepted, but " +
              count_text(hub_.actions.waiting()) + " waiting and " +
              count_text(hub_.actions.settled()) + " settled",
          "report this with the output of " + quoted_command("status --json"));
    }
    // Of what is on disk no producer has to wait for room in memory.
    if (!hub_.log && hub_.max_bytes > 0 && hub_.held_bytes > kNearlyFull * hub_.max_bytes) {
      const std::string follows = "producers are slowed down or refused soon";
      const std::string remedy = "raise max_queued_bytes, or find what holds it up";
      add(Colour::kWarning,
          Words{"its queue is " + percent_text(hub_.held_bytes, hub_.max_bytes) + " full (" +
                    bytes_text(hub_.held_bytes) + " of " + bytes_text(hub_.max_bytes) +
                    "): " + follows,
                "their queues are nearly full: " + follows},
          Words{remedy, remedy});
    }
  }

  void add_limits() {
    if (!hub_.kinds_held.empty()) {
      const std::string held =
          " may not send " + joined(hub_.kinds_held, ", ") + ": these are held";
      const std::string remedy =
          "give it the role 'Web PubSub Service Owner', then " + quoted_command("reload");
      add(Colour::kBad, Words{"its identity" + held, "their identity" + held},
          Words{remedy, remedy});
    }
    // The longest stands for all: they have the same cause and the same remedy.
    if (!hub_.waiting_lanes.empty()) {
      const LaneReading& lane = hub_.waiting_lanes.front();
      const std::string wait = " wait for the one in flight, although more requests could be sent";
      const std::string remedy =
          "a merge rule, conflationKey or unordered sends let them go faster";
      add(Colour::kWarning,
          Words{lane.target + ": " + count_text(lane.waiting) + wait +
                    (hub_.blocked_lanes > 1
                         ? " (so do " + count_text(hub_.blocked_lanes) + " targets)"
                         : ""),
                "actions" + wait},
          Words{remedy, remedy});
    }
    if (!hub_.concurrency_reason.empty()) {
      add(Colour::kPlain, count_text(hub_.concurrency) + " requests at once of at most " +
                              count_text(hub_.max_in_flight) + ": " + hub_.concurrency_reason);
    }
    if (hub_.requests_per_second > 0) {
      add(Colour::kPlain, "configured for at most " + compact_text(hub_.requests_per_second) +
                              " requests a second");
    }
  }

  void add_dead_letters() {
    if (!hub_.dead_letters_error.empty()) {
      const std::string some = counted(hub_.dead_letters_unwritten, "dead letter");
      add(Colour::kWarning,
          (hub_.dead_letters_unwritten > 0 ? some + " in memory alone, which a stop loses: "
                                           : "the disk of the dead letters: ") +
              hub_.dead_letters_error);
    }
    if (hub_.dead_letters == 0 && hub_.dead_letters_dropped == 0) return;
    std::string text = counted(hub_.dead_letters, "dead letter");
    if (hub_.dead_letters_dropped > 0) {
      text += ", " + count_text(hub_.dead_letters_dropped) + " more were dropped for room or age";
    }
    if (!hub_.last_dead_letter.empty()) text += "; the last: " + hub_.last_dead_letter;
    add(Colour::kWarning, Words{text, "they have dead letters"},
        command("dead-letters list --hub", ""));
  }

  void add_charges() {
    const RequestReading& requests = hub_.requests;
    const uint64_t charged = requests.charged_answered + requests.charged_healthy;
    if (charged == 0) return;
    add(Colour::kPlain, "since the start " + counted(charged, "failed attempt") +
                            " counted against actions: " + count_text(requests.charged_answered) +
                            " while others were answered, " + count_text(requests.charged_healthy) +
                            " because the service said that it is healthy");
  }

  const HubReading& hub_;
  const std::string name_;
  std::vector<Note> notes_;
};

class EndpointNotes {
 public:
  explicit EndpointNotes(const EndpointReading& endpoint) : endpoint_(endpoint) {}

  std::vector<Note> take() {
    add_state();
    add_suspects();
    add_learnt();
    add_pace();
    return std::move(notes_);
  }

 private:
  void add(Colour severity, const std::string& text, const std::string& remedy = {}) {
    notes_.push_back(
        {severity, printable(endpoint_.url), printable_lines(text), printable_lines(remedy)});
  }

  // For a command: its only hub, or a word for each of them.
  std::string hub_word() const {
    return endpoint_.hubs.size() == 1 ? endpoint_.hubs.front() : "HUB";
  }

  std::string with_reason_and_cause(std::string text) const {
    if (!endpoint_.reason.empty()) text += ": " + endpoint_.reason;
    if (!endpoint_.cause.empty()) text += " (" + endpoint_.cause + ")";
    return text;
  }

  void add_state() {
    const std::string wait = seconds_text(endpoint_.seconds_left);
    const bool waits = endpoint_.seconds_left > 0;
    if (endpoint_.state == "held") {
      const std::string remedy = endpoint_.remedy.empty() ? "fix the cause" : endpoint_.remedy;
      add(Colour::kBad,
          with_reason_and_cause("held") + (waits ? "; it is asked again in " + wait : ""),
          remedy + "; " + quoted_command("reload") + " asks again at once");
    } else if (endpoint_.state != "open") {
      add(Colour::kWarning,
          with_reason_and_cause(endpoint_.state) + (waits ? "; " + wait + " left" : ""));
    } else if (!endpoint_.cause.empty()) {
      add(Colour::kWarning,
          "could not be reached: " + endpoint_.cause + "; no request has been answered since",
          endpoint_.remedy);
    } else if (endpoint_.silent_seconds > 0) {
      add(Colour::kBad,
          "answers nothing: requests are under way, and none has been answered for " +
              seconds_text(endpoint_.silent_seconds),
          endpoint_.remedy);
    }
  }

  void add_suspects() {
    if (endpoint_.suspects == 0) return;
    const std::vector<SuspectReading>& named = endpoint_.named_suspects;
    const size_t shown = std::min(named.size(), kShownSuspects);
    std::vector<std::string> words;
    for (size_t i = 0; i < shown; ++i) {
      words.push_back(shortened(named[i].target, kTargetColumns) + " for " +
                      uptime_text(named[i].seconds) + " (" +
                      shortened(named[i].cause, kCauseColumns) + ")");
    }
    if (endpoint_.suspects > shown)
      words.push_back(count_text(endpoint_.suspects - shown) + " more");
    const bool is_one = endpoint_.suspects == 1;
    add(Colour::kWarning,
        counted(endpoint_.suspects, "target") + (is_one ? " fails" : " fail") +
            " while others are answered: " + joined(words, "; "),
        "the others are not held up; " + quoted_command("dead-letters list --hub " + hub_word()) +
            " shows what was given up");
  }

  void add_learnt() {
    for (const std::string& line : endpoint_.learnt_bounds) {
      add(Colour::kWarning, "coalesced requests are limited; " + line,
          quoted_command("reload") +
              " forgets it; if it comes back, lower the limit in the configuration, or turn the "
              "rule off");
    }
  }

  void add_pace() {
    if (endpoint_.shared_by) return add_shared_pace(*endpoint_.shared_by);
    add_own_pace();
  }

  void add_own_pace() {
    if (endpoint_.pace <= 0 || (!endpoint_.learnt && endpoint_.configured <= 0)) return;
    std::string text = "at most " + compact_text(endpoint_.pace) + " requests a second";
    if (!endpoint_.pace_reason.empty()) {
      text += ": " + endpoint_.pace_reason;
    } else {
      text += endpoint_.learnt ? " (learnt)" : " (configured)";
    }
    add(Colour::kPlain, text);
  }

  // The reason has the rate, too: "375/s = 1000/s × 24 of 64 partitions of "orders"".
  void add_shared_pace(const SharedByReading& shared) {
    const bool has_pace = endpoint_.pace > 0 && endpoint_.configured > 0;
    if (has_pace && !endpoint_.pace_reason.empty()) {
      const std::string rate =
          endpoint_.learnt ? compact_text(endpoint_.pace) + "/s, " : std::string();
      return add(Colour::kPlain, "pace " + rate + endpoint_.pace_reason);
    }
    add_own_pace();
    const std::string stream = "\"" + shared.stream + "\"";
    add(Colour::kPlain,
        percent_text(shared.part, 1) + " of what the fleet may send is this daemon's: " +
            (shared.all == 0 ? "how many partitions " + stream + " has is not known yet"
                             : "it owns " + count_text(shared.owned) + " of " +
                                   count_text(shared.all) + " partitions of " + stream));
  }

  static constexpr size_t kShownSuspects = 3;
  static constexpr size_t kTargetColumns = 60;
  static constexpr size_t kCauseColumns = 80;

  const EndpointReading& endpoint_;
  std::vector<Note> notes_;
};

}  // namespace

std::vector<Note> hub_notes(const HubReading& hub) {
  return HubNotes(hub).take();
}

std::vector<Note> endpoint_notes(const EndpointReading& endpoint) {
  return EndpointNotes(endpoint).take();
}

std::vector<Note> undelivered_notes(const SpoolReading& spool) {
  const UndeliveredReading& left = spool.undelivered;
  const std::string path = printable(spool.path);
  if (!left.error.empty()) {
    return {{Colour::kWarning, "undelivered",
             "the daemon cannot look for what earlier stops left under '" + path +
                 "': " + printable(left.error),
             "let the daemon's user list the folder of spool.path"}};
  }
  if (left.files == 0) return {};
  const std::string at_least = left.at_least ? "at least " : "";
  // Whoever may not list the folder cannot send what is in it, either.
  const bool is_ours = ::access(spool.path.c_str(), R_OK | W_OK | X_OK) == 0;
  return {{Colour::kWarning, "undelivered",
           "earlier stops left " + counted(left.files, "file") + " with " + at_least +
               counted(left.actions, "action") + " (" + bytes_text(left.bytes) + ") under '" +
               path + "', the oldest of " + printable(left.oldest_at),
           std::string(is_ours ? "`awpsctl" : "`sudo awpsctl") + " send --remove " +
               printable(shell_word(spool.path)) + "` delivers them"}};
}

std::vector<Note> gateway_notes(const GatewayReading& gateway) {
  std::vector<Note> notes;
  const auto add = [&notes](const std::string& text, const std::string& remedy) {
    notes.push_back({Colour::kWarning, "gateway", printable_lines(text), remedy});
  };
  if (!gateway.warning.empty()) add(gateway.warning, "");
  if (!gateway.certificate_error.empty()) {
    add("the certificate's file is not taken, and the one read before is used: " +
            gateway.certificate_error,
        "mend the file of gateway.tls_certificate");
  }
  if (gateway.max_connections > 0 && gateway.connections >= gateway.max_connections) {
    add("all of its " + count_text(gateway.max_connections) +
            " connections are taken: more clients wait",
        "raise gateway.max_connections, or find who keeps so many open");
  }
  return notes;
}

void sort_by_severity(std::vector<Note>& notes) {
  const auto rank = [](const Note& note) {
    if (note.severity == Colour::kBad) return 0;
    return note.severity == Colour::kWarning ? 1 : 2;
  };
  std::ranges::stable_sort(notes, {}, rank);
}

std::vector<Note> log_notes(const StatusReading& status) {
  if (status.log_lines_dropped == 0) return {};
  return {
      {Colour::kWarning, "log",
       counted(status.log_lines_dropped, "line") + " dropped since the start",
       "see who reads the log: journald, a pipe or a full disk; deliveries do not wait for it"}};
}

std::vector<Note> notes_of(const StatusReading& status) {
  std::vector<Note> notes;
  if (status.state == "stopping") {
    notes.push_back({Colour::kWarning, "awpsd", "stopping: it delivers what it has", ""});
  }
  const auto append = [&](std::vector<Note> more) {
    notes.insert(notes.end(), std::make_move_iterator(more.begin()),
                 std::make_move_iterator(more.end()));
  };
  for (const EndpointReading& endpoint : status.endpoints) append(endpoint_notes(endpoint));
  if (!status.spool.error.empty()) {
    notes.push_back({Colour::kWarning, "awpsd", printable(status.spool.error), ""});
  }
  append(undelivered_notes(status.spool));
  append(gateway_notes(status.gateway));
  for (const StreamReading& stream : status.streams) append(stream_notes(stream));
  append(notes_of_hubs(status.hubs));
  append(log_notes(status));
  if (!status.pending_restart.empty()) {
    notes.push_back({Colour::kWarning, "awpsd",
                     "changed in the configuration, and waits for a restart: " +
                         printable(joined(status.pending_restart, ", ")),
                     "`systemctl restart awpsd`"});
  }
  sort_by_severity(notes);
  return notes;
}

}  // namespace awps
