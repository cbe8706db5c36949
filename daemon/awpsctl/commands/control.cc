// `awpsctl pause`, `resume` and `drain`: what a hub does with its actions.

#include <poll.h>

#include <algorithm>

#include "base/terminal_text.h"
#include "daemon/awpsctl/commands/context.h"
#include "daemon/awpsctl/figures.h"
#include "daemon/awpsctl/view/terminal.h"
#include "daemon/awpsctl/wire/json_fields.h"

namespace awps {

namespace {

constexpr Duration kDrainPeriod = std::chrono::milliseconds(250);

std::string hub_request(const std::string& hub) {
  return hub.empty() ? "{}" : json_text(Json{{"hub", hub}});
}

std::string subject(const std::string& hub) {
  return hub.empty() ? "all hubs" : "hub " + printable(hub);
}

CommandResult control(const Context& context, const std::string& target, const std::string& done) {
  const std::string& hub = context.arguments.hub;
  const Result<std::string, Failure> answer = context.admin.post(target, hub_request(hub));
  if (!answer) return answer.error();
  if (context.json()) {
    context.write_json(*answer);
  } else {
    context.out << subject(hub) << ": " << done << '\n';
  }
  return ExitCode::kOk;
}

// Until the hubs are drained, the time is over, or someone interrupts.
class DrainWait {
 public:
  explicit DrainWait(const Context& context) : context_(context) {
    context.admin.set_interrupts(&interrupts_);
  }
  ~DrainWait() { context_.admin.set_interrupts(nullptr); }
  DrainWait(const DrainWait&) = delete;
  DrainWait& operator=(const DrainWait&) = delete;

  CommandResult run() {
    const Instant start = clock_.now();
    const std::optional<double> seconds = context_.arguments.drain_seconds;
    for (;;) {
      const Result<StatusReading, Failure> status =
          ask_status(context_.admin, context_.arguments.hub);
      if (!status) {
        if (status.error().code == "interrupted") return still_draining("interrupted");
        return status.error();
      }
      waiting_ = 0;
      for (const HubReading& hub : status->hubs) waiting_ += hub.actions.waiting();
      const bool drained = std::ranges::all_of(status->hubs, [](const HubReading& hub) {
        return hub.state == "drained" || hub.state == "removed";
      });
      show_progress(*status, drained);
      if (drained) return finish(*status);
      if (seconds && to_seconds(clock_.now() - start) >= *seconds) {
        return still_draining("not drained within " + seconds_text(seconds));
      }
      pollfd waited{.fd = interrupts_.fd(), .events = POLLIN, .revents = 0};
      const auto period = std::chrono::duration_cast<std::chrono::milliseconds>(kDrainPeriod);
      if (::poll(&waited, 1, static_cast<int>(period.count())) > 0) {
        return still_draining("interrupted");
      }
    }
  }

 private:
  void show_progress(const StatusReading& status, bool drained) {
    if (context_.json()) return;
    std::string line;
    for (const HubReading& hub : status.hubs) {
      if (!line.empty()) line += ", ";
      line += printable(hub.name) + ": " + count_text(hub.actions.waiting()) + " left";
      if (hub.requests.in_flight > 0) {
        line += " (" + count_text(hub.requests.in_flight) + " under way)";
      }
    }
    const bool in_place = is_terminal(STDERR_FILENO);
    if (in_place) {
      context_.err << '\r' << shortened(line, terminal_size(STDERR_FILENO).columns - 1) << "\x1b[K"
                   << (drained ? "\n" : "") << std::flush;
    } else if (line != shown_) {
      context_.err << line << std::endl;
    }
    shown_ = line;
  }

  CommandResult finish(const StatusReading& status) {
    if (context_.json()) {
      context_.write_json(json_text(Json{{"drained", true}, {"hubs", status.hub_names()}}));
    } else {
      context_.out << subject(context_.arguments.hub)
                   << ": drained; it accepts nothing until `awpsctl resume`\n";
    }
    return ExitCode::kOk;
  }

  CommandResult still_draining(const std::string& why) {
    if (!context_.json() && is_terminal(STDERR_FILENO)) context_.err << '\n';
    return Failure{ExitCode::kTempFail, "draining",
                   why + ": " + counted(waiting_, "action") +
                       " left; the drain goes on (`awpsctl drain` waits again, `awpsctl resume` "
                       "ends it)"};
  }

  const Context& context_;
  const SystemClock clock_;
  Interrupts interrupts_;
  std::string shown_;
  uint64_t waiting_ = 0;
};

}  // namespace

CommandResult run_pause(const Context& context) {
  return control(context, "/pause",
                 "paused; it accepts actions, but sends nothing until `awpsctl resume`");
}

CommandResult run_resume(const Context& context) {
  return control(context, "/resume", "resumed");
}

CommandResult run_drain(const Context& context) {
  // First: whoever could not see the end of it begins none.
  const Result<StatusReading, Failure> before = ask_status(context.admin, context.arguments.hub);
  if (!before) return before.error();
  const Result<std::string, Failure> begun =
      context.admin.post("/drain", hub_request(context.arguments.hub));
  if (!begun) return begun.error();
  return DrainWait(context).run();
}

}  // namespace awps
