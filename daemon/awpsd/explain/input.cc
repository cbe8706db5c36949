#include "daemon/awpsd/explain/input.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "action/decoder.h"
#include "base/unique_fd.h"
#include "intake/router.h"
#include "socket/line_splitter.h"

namespace awps {

namespace {

static_assert(kReadPadding >= kLinePadding, "the decoder reads over the end of a line");

class InputReader final : public LineVisitor {
 public:
  InputReader(const Plan& plan, ExplainInput& input)
      : input_(input),
        hubs_(hubs_of(plan), plan.default_hub),
        router_(PeerCredentials{}, hubs_.default_hub()) {
    input_.by_hub.resize(plan.hubs.size());
  }

  void take(const Line& line);
  bool ended() const { return ended_; }

 private:
  void on_action(const Action& action) override;
  void on_rejected(const Rejection& rejection) override;
  void on_warning(std::string message) override;
  void on_hello(const Hello& hello) override;
  void on_bad_hello(const Rejection& rejection) override;
  void begin_ordered_batch() override;
  void end_ordered_batch() override { router_.end_ordered_batch(); }

  static std::vector<IntakeHub> hubs_of(const Plan& plan);
  void add_place(const Action* action);
  void refuse(RejectCode code, std::string message);

  ExplainInput& input_;
  HubDirectory hubs_;  // in the plan's order
  Router router_;
  ActionDecoder decoder_;
  uint64_t line_ = 0;
  LinesBefore lines_before_;
  bool ended_ = false;
  uint32_t ordered_batches_ = 0;
};

void InputReader::take(const Line& line) {
  line_ = line.number;
  const size_t before = input_.places.size();
  if (line.too_long) {
    refuse(RejectCode::kLineTooLong,
           "the line exceeds what the daemon takes (socket.max_line_bytes); send shorter lines");
  } else {
    decoder_.decode(line.text, lines_before_, *this);
  }
  lines_before_.none = false;
  const size_t count = input_.places.size() - before;
  for (size_t i = before; i < input_.places.size(); ++i) {
    input_.places[i].element = static_cast<uint32_t>(i - before + 1);
    input_.places[i].elements = static_cast<uint32_t>(count);
  }
}

// Whoever asks may use all of them.
std::vector<IntakeHub> InputReader::hubs_of(const Plan& plan) {
  std::vector<IntakeHub> hubs;
  for (const HubPlan& hub : plan.hubs) hubs.push_back({.name = hub.hub});
  return hubs;
}

void InputReader::on_action(const Action& action) {
  Router::Decision hub = router_.route(action.options->hub, hubs_);
  if (!hub) return refuse(hub.error().code, hub.error().message);
  const InputAction* kept = input_.arena.make(InputAction{
      .action = copy_into(action, input_.arena),
      .seq = input_.places.size() + 1,
      .ordered_batch = router_.in_ordered_batch() ? ordered_batches_ : 0,
  });
  add_place(&kept->action);
  input_.by_hub[hubs_.index_of(**hub)].push_back(*kept);
}

void InputReader::add_place(const Action* action) {
  input_.places.push_back({.line = line_});
  input_.actions.push_back(action);
}

void InputReader::on_rejected(const Rejection& rejection) {
  refuse(rejection.code, rejection.message);
}

void InputReader::refuse(RejectCode code, std::string message) {
  add_place(nullptr);
  input_.refused.push_back(
      {.line = line_, .code = std::string(name_of(code)), .text = std::move(message)});
}

void InputReader::on_warning(std::string message) {
  const bool known = std::ranges::any_of(
      input_.warnings, [&](const InputNote& note) { return note.text == message; });
  if (!known) input_.warnings.push_back({.line = line_, .code = {}, .text = std::move(message)});
}

void InputReader::on_hello(const Hello& hello) {
  const Router::Decision hub = router_.greet(hello.hub, hubs_);
  if (!hub) on_bad_hello({hub.error().code, hub.error().message, {}});
}

void InputReader::on_bad_hello(const Rejection& rejection) {
  ended_ = true;
  input_.refused.push_back(
      {.line = line_,
       .code = std::string(name_of(rejection.code)),
       .text = rejection.message + " (the connection is closed: nothing behind it is read)"});
}

void InputReader::begin_ordered_batch() {
  ++ordered_batches_;
  router_.begin_ordered_batch();
}

}  // namespace

Result<std::string> read_input_file(const std::string& file) {
  const bool is_standard_input = file == "-";
  const UniqueFd opened(is_standard_input ? -1 : ::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  const int fd = is_standard_input ? STDIN_FILENO : opened.get();
  std::string text;
  std::array<char, 64 * 1024> piece;
  for (;;) {
    const ssize_t count = fd < 0 ? -1 : ::read(fd, piece.data(), piece.size());
    if (count > 0) text.append(piece.data(), static_cast<size_t>(count));
    if (count == 0) return text;
    if (count > 0 || (fd >= 0 && errno == EINTR)) continue;
    return Error{"read '" + file + "': " + std::strerror(errno) +
                 "; give a file of protocol lines, or - for standard input"};
  }
}

void read_input(std::string text, const Plan& plan, size_t max_line_bytes, ExplainInput& input) {
  std::string_view bytes = text.append(kReadPadding, '\0');
  bytes.remove_suffix(kReadPadding);
  InputReader reader(plan, input);
  LineSplitter splitter(max_line_bytes);
  while (!reader.ended()) {
    std::optional<Line> line = splitter.next(bytes);
    if (!line) line = splitter.last();
    if (!line) return;
    reader.take(*line);
  }
}

}  // namespace awps
