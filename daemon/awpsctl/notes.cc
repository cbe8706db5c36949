#include "daemon/awpsctl/notes.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "daemon/awpsctl/figures.h"
#include "daemon/awpsctl/text.h"

namespace awps {

namespace {

// Where a hub or endpoint may be named in a command.
std::string quoted_command(const std::string& command) {
  return "`awpsctl " + command + "`";
}

class HubNotes {
 public:
  explicit HubNotes(const HubReading& hub) : hub_(hub), name_(printable(hub.name)) {}

  std::vector<Note> take() {
    add_state();
    add_actions();
    add_limits();
    add_dead_letters();
    return std::move(notes_);
  }

 private:
  void add(Colour severity, std::string text, std::string remedy = {}) {
    notes_.push_back({severity, name_, printable(text), printable(remedy)});
  }

  void add_state() {
    const std::string waiting = counted(hub_.actions.waiting(), "action");
    if (hub_.state == "paused") {
      add(Colour::kWarning, "paused: it accepts, and sends nothing; " + waiting + " wait",
          quoted_command("resume " + name_) + " lets it send");
    } else if (hub_.state == "draining") {
      add(Colour::kWarning, "draining: it accepts nothing; " + waiting + " left",
          quoted_command("resume " + name_) + " lets it accept again");
    } else if (hub_.state == "drained") {
      add(Colour::kWarning, "drained: it accepts nothing, and nothing is left",
          quoted_command("resume " + name_) + " lets it accept again");
    } else if (!hub_.ready) {
      add(Colour::kBad, "not ready" + (hub_.not_ready.empty() ? "" : ": " + hub_.not_ready));
    }
    if (!hub_.worker_answered) {
      add(Colour::kWarning,
          "its worker did not answer in time: lanes, limits and dead letters are not known now",
          "if it stays so: " + quoted_command("check") + ", and the daemon's log");
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
    if (hub_.max_bytes > 0 && hub_.held_bytes > kNearlyFull * hub_.max_bytes) {
      add(Colour::kWarning,
          "its queue is " + percent_text(hub_.held_bytes, hub_.max_bytes) + " full (" +
              bytes_text(hub_.held_bytes) + " of " + bytes_text(hub_.max_bytes) +
              "): producers are slowed down or refused soon",
          "raise max_queued_bytes, or find what holds it up");
    }
  }

  void add_limits() {
    if (!hub_.kinds_held.empty()) {
      add(Colour::kBad,
          "its identity may not send " + joined(hub_.kinds_held, ", ") + ": these are held",
          "give it the role 'Web PubSub Service Owner', then " + quoted_command("reload"));
    }
    // The longest stands for all: they have the same cause and the same remedy.
    if (!hub_.waiting_lanes.empty()) {
      const LaneReading& lane = hub_.waiting_lanes.front();
      add(Colour::kWarning,
          lane.target + ": " + count_text(lane.waiting) +
              " wait for the one under way, though permits are free" +
              (hub_.blocked_lanes > 1 ? " (so do " + count_text(hub_.blocked_lanes) + " targets)"
                                      : ""),
          "a merge rule, conflationKey or unordered lets them go faster");
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
    if (hub_.dead_letters == 0 && hub_.dead_letters_dropped == 0) return;
    std::string text = counted(hub_.dead_letters, "dead letter");
    if (hub_.dead_letters_dropped > 0) {
      text += ", " + count_text(hub_.dead_letters_dropped) + " more were dropped for room or age";
    }
    if (!hub_.last_dead_letter.empty()) text += "; the last: " + hub_.last_dead_letter;
    add(Colour::kWarning, std::move(text), quoted_command("dead-letters list --hub " + name_));
  }

  const HubReading& hub_;
  const std::string name_;
  std::vector<Note> notes_;
};

}  // namespace

std::vector<Note> hub_notes(const HubReading& hub) {
  return HubNotes(hub).take();
}

std::vector<Note> endpoint_notes(const EndpointReading& endpoint) {
  std::vector<Note> notes;
  const std::string url = printable(endpoint.url);
  if (endpoint.state != "open") {
    std::string text = printable(endpoint.state);
    if (!endpoint.reason.empty()) text += ": " + printable(endpoint.reason);
    if (!endpoint.cause.empty()) text += " (" + printable(endpoint.cause) + ")";
    if (endpoint.seconds_left > 0) text += "; " + seconds_text(endpoint.seconds_left) + " left";
    const bool held = endpoint.state == "held";
    notes.push_back(
        {held ? Colour::kBad : Colour::kWarning, url, text,
         held ? "mend its cause; " + quoted_command("reload") + " asks again at once" : ""});
  }
  if (endpoint.pace > 0 && (endpoint.learnt || endpoint.configured > 0)) {
    std::string text = "at most " + compact_text(endpoint.pace) + " requests a second";
    text += endpoint.learnt ? " (learnt)" : " (configured)";
    if (!endpoint.pace_reason.empty()) text += ": " + printable(endpoint.pace_reason);
    notes.push_back({Colour::kPlain, url, text, ""});
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
  for (const HubReading& hub : status.hubs) append(hub_notes(hub));
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
