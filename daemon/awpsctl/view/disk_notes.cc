#include "daemon/awpsctl/view/disk_notes.h"

#include <utility>

#include "base/terminal_text.h"
#include "daemon/awpsctl/figures.h"

namespace awps {

namespace {

class DiskNotes {
 public:
  DiskNotes(const HubReading& hub, const LogReading& log) : hub_(hub), log_(log) {}

  std::vector<Note> take() {
    add_state();
    add_harm();
    add_room();
    add_content();
    return std::move(notes_);
  }

 private:
  void add(Colour severity, const std::string& text, const std::string& remedy,
           const std::string& of_many = {}) {
    notes_.push_back({severity, printable(hub_.name), printable_lines(text), remedy, of_many,
                      of_many.empty() ? "" : remedy});
  }

  void add_state() {
    if (log_.state == "recovering") {
      add(Colour::kWarning,
          "it reads what the last run left on disk, and accepts nothing until then", "",
          "they read what the last run left on disk, and accept nothing until then");
    }
    // Else the hub is not ready for this reason, and says so.
    const bool is_said = !hub_.ready && hub_.not_ready.find(log_.error) != std::string::npos;
    if (is_said || log_.error.empty()) return;
    if (log_.state == "failed") {
      add(Colour::kBad, "the disk takes nothing, so new actions are refused: " + log_.error,
          "mend the disk; it is tried again at least every 30 s");
    } else {
      add(Colour::kBad, "producers wait or are refused: " + log_.error,
          "make room there, raise the limit, or find what holds the hub up");
    }
  }

  void add_harm() {
    if (log_.lost_records > 0) {
      add(Colour::kBad,
          "damage on the disk has destroyed " + counted(log_.lost_records, "accepted action"),
          "see the daemon's log and the disk's health; `awpsd --check-spool` names the places");
    } else if (log_.damaged_ranges > 0) {
      add(Colour::kWarning,
          counted(log_.damaged_ranges, "damaged place") + " on the disk; no action was lost",
          "see the daemon's log and the disk's health; `awpsd --check-spool` names the places");
    }
    if (log_.late_refused > 0) {
      add(Colour::kWarning,
          counted(log_.late_refused, "action") +
              " since the start could not be written in time, and was refused late",
          "see what holds the disk up");
    }
  }

  void add_room() {
    if (!log_.error.empty() || log_.max_bytes <= 0 || log_.bytes <= kNearlyFull * log_.max_bytes)
      return;
    add(Colour::kWarning,
        "what it may have on disk is " + percent_text(log_.bytes, log_.max_bytes) + " full (" +
            bytes_text(log_.bytes) + " of " + bytes_text(log_.max_bytes) +
            "): producers are slowed down or refused soon",
        "raise spool_max_bytes, or find what holds it up",
        "what they may have on disk is nearly full: producers are slowed down or refused soon");
  }

  void add_content() {
    if (log_.tail_records > 0) {
      add(Colour::kWarning,
          "memory is full: " + counted(log_.tail_records, "action") + " of " +
              count_text(log_.records) + " on disk wait there alone, the oldest for " +
              uptime_text(log_.oldest_seconds) +
              (log_.largest_holder.empty() ? "" : "; most of " + log_.largest_holder),
          "find what holds it up; nothing is lost", "memory is full: actions wait on disk alone");
    } else if (log_.records > 0) {
      add(Colour::kPlain,
          counted(log_.records, "action") + " on disk (" + bytes_text(log_.bytes) +
              "), the oldest for " + uptime_text(log_.oldest_seconds),
          "");
    }
  }

  const HubReading& hub_;
  const LogReading& log_;
  std::vector<Note> notes_;
};

}  // namespace

std::vector<Note> disk_notes(const HubReading& hub) {
  return hub.log ? DiskNotes(hub, *hub.log).take() : std::vector<Note>{};
}

}  // namespace awps
