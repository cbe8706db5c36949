// `awpsctl status` and `awpsctl hubs`: what the daemon says of itself, once or again and again.

#include <poll.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "daemon/awpsctl/commands/context.h"
#include "daemon/awpsctl/figures.h"
#include "daemon/awpsctl/view/terminal.h"
#include "daemon/awpsctl/wire/json_fields.h"

namespace awps {

namespace {

constexpr size_t kBlockColumns = 100;  // of a view that goes to no terminal

// What is to be shown of an answer; its text then has no more than that, either.
Result<StatusReading, Failure> shown_status(std::string& body, const std::string& hub) {
  Result<StatusReading, Failure> status = read_status(body);
  if (!status || hub.empty()) return status;
  status = only_hub(std::move(*status), hub);
  if (status) body = only_hub_text(body, *status);
  return status;
}

// The live view: a reading each tick, drawn in place on a terminal, as a block elsewhere.
class Watch {
 public:
  explicit Watch(const Context& context)
      : context_(context),
        period_(from_seconds(*context.arguments.status.watch_seconds)),
        interrupts_({SIGWINCH, SIGTSTP, SIGCONT}) {
    context.admin.set_interrupts(&interrupts_);
  }
  ~Watch() { context_.admin.set_interrupts(nullptr); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  CommandResult run() {
    Instant next = clock_.now();
    // Without a first reading there is nothing to show, and the mistake is the command line's.
    if (const std::optional<Failure> failure = read_on(); failure) return *failure;
    if (ended_) return ExitCode::kOk;
    if (!context_.json() && is_terminal(STDOUT_FILENO)) screen_.emplace();
    draw();
    while (!ended_) {
      next = std::max(next + period_, clock_.now());
      wait_until(next);
      if (ended_) break;
      const std::optional<Failure> failure = read_on();
      if (ended_) break;
      problem_ = failure ? failure->message : "";
      if (failure && !screen_) context_.err << "awpsctl: " << failure->message << std::endl;
      if (!failure || screen_) draw();
    }
    return ExitCode::kOk;
  }

 private:
  // A reading, whatever signals come meanwhile, but for those that end it all.
  std::optional<Failure> read_on() {
    for (;;) {
      std::optional<Failure> failure = read();
      if (!failure || failure->code != "interrupted") return failure;
      take_signals();
      if (ended_) return std::nullopt;
    }
  }

  std::optional<Failure> read() {
    Result<std::string, Failure> body = context_.admin.get("/status");
    if (!body) return body.error();
    Result<StatusReading, Failure> status = shown_status(*body, context_.arguments.status.hub);
    if (!status) return status.error();
    body_ = std::move(*body);
    interval_ = status_ ? interval_between(*status_, *status) : std::nullopt;
    is_first_ = !status_;
    status_ = std::move(*status);
    history_.add(*status_, interval_);
    return std::nullopt;
  }

  void draw() {
    if (context_.json()) return context_.write_json(body_);
    const bool is_block = !screen_;
    // Its rates are those since the last reading; a block without any says nothing.
    if (is_block && is_first_) return;
    ViewOptions options = context_.view;
    if (is_block) {
      options.columns = std::min(options.columns, kBlockColumns);
    } else {
      const TerminalSize size = terminal_size(STDOUT_FILENO);
      options.columns = size.columns;
      options.rows = size.rows;
    }
    const LiveView view{.status = *status_,
                        .interval = interval_,
                        .history = history_,
                        .problem = problem_,
                        .keys = is_block ? "" : keys_text()};
    const std::vector<std::string> lines = live_lines(view, options);
    if (screen_) return screen_->show(lines);
    context_.write_lines(lines);
    context_.out << std::endl;
  }

  std::string keys_text() const {
    const std::string end = screen_->has_keys() ? "q or Ctrl-C: end" : "Ctrl-C: end";
    return end + "   a reading every " + seconds_text(to_seconds(period_));
  }

  void wait_until(Instant next) {
    while (!ended_) {
      const Duration left = next - clock_.now();
      if (left <= Duration::zero()) return;
      pollfd waited[2] = {{.fd = interrupts_.fd(), .events = POLLIN, .revents = 0},
                          {.fd = screen_ && screen_->has_keys() ? STDIN_FILENO : -1,
                           .events = POLLIN,
                           .revents = 0}};
      const timespec timeout{
          .tv_sec = static_cast<time_t>(std::chrono::floor<std::chrono::seconds>(left).count()),
          .tv_nsec = static_cast<long>((left % std::chrono::seconds(1)).count())};
      if (::ppoll(waited, 2, &timeout, nullptr) <= 0) continue;
      take_signals();
      if (waited[1].revents != 0) handle_keys();
    }
  }

  void handle_keys() {
    const std::optional<char> key = screen_->key();
    // An end of input reads as nothing, for ever: the terminal is gone.
    ended_ = !key || *key == 'q' || *key == 'Q' || ended_;
  }

  void take_signals() {
    while (const int signal = interrupts_.take()) handle(signal);
  }

  void handle(int signal) {
    if (Interrupts::is_end(signal)) {
      ended_ = true;
    } else if (signal == SIGTSTP) {
      if (screen_) screen_->leave();
      (void)::raise(SIGSTOP);  // goes on here when the shell says so
      if (screen_) screen_->enter();
      if (screen_) draw();
    } else if (screen_) {
      draw();
    }
  }

  const Context& context_;
  const Duration period_;
  const SystemClock clock_;
  Interrupts interrupts_;
  std::optional<Screen> screen_;
  std::optional<StatusReading> status_;
  std::optional<Interval> interval_;
  History history_;
  std::string body_;
  std::string problem_;
  bool is_first_ = false;
  bool ended_ = false;
};

}  // namespace

CommandResult run_status(const Context& context) {
  if (context.arguments.status.watch_seconds) return Watch(context).run();
  Result<std::string, Failure> body = context.admin.get("/status");
  if (!body) return body.error();
  const Result<StatusReading, Failure> status = shown_status(*body, context.arguments.status.hub);
  if (!status) return status.error();
  if (context.json()) {
    context.write_json(*body);
    return ExitCode::kOk;
  }
  context.write_lines(status_lines(*status, context.view));
  return ExitCode::kOk;
}

CommandResult run_hubs(const Context& context) {
  const Result<std::string, Failure> body = context.admin.get("/status");
  if (!body) return body.error();
  const Result<StatusReading, Failure> status = read_status(*body);
  if (!status) return status.error();
  if (context.arguments.names_only) {
    context.write_lines(status->hub_names());
  } else if (context.json()) {
    context.write_json(json_text(Json{{"hubs", field(parse_json(*body), "hubs")}}));
  } else {
    context.write_lines(hubs_lines(*status, context.view));
  }
  return ExitCode::kOk;
}

}  // namespace awps
