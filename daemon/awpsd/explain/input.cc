#include "daemon/awpsd/explain/input.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "action/decoder.h"
#include "auth/hub_name.h"
#include "base/unique_fd.h"
#include "socket/line_splitter.h"

namespace awps {

namespace {

static_assert(kReadPadding >= kLinePadding, "the decoder reads over the end of a line");

class InputReader final : public LineVisitor {
 public:
  InputReader(const Plan& plan, ExplainInput& input)
      : plan_(plan), input_(input), hub_(find_hub(plan.default_hub)) {
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
  void end_ordered_batch() override { in_ordered_batch_ = false; }

  std::optional<size_t> find_hub(std::string_view name) const;
  std::string hub_names() const;
  std::optional<size_t> route(const Action& action);
  void add_place(const Action* action);
  void refuse(RejectCode code, std::string message);

  const Plan& plan_;
  ExplainInput& input_;
  std::optional<size_t> hub_;  // where an action goes that names none
  ActionDecoder decoder_;
  uint64_t line_ = 0;
  bool first_line_ = true;
  bool ended_ = false;
  uint32_t ordered_batches_ = 0;
  bool in_ordered_batch_ = false;
  std::optional<size_t> batch_hub_;
};

void InputReader::take(const Line& line) {
  line_ = line.number;
  const size_t before = input_.places.size();
  if (line.too_long) {
    refuse(RejectCode::kLineTooLong,
           "the line exceeds what the daemon takes (socket.max_line_bytes); send shorter lines");
  } else {
    decoder_.decode(line.text, first_line_, *this);
  }
  first_line_ = false;
  const size_t count = input_.places.size() - before;
  for (size_t i = before; i < input_.places.size(); ++i) {
    input_.places[i].element = static_cast<uint32_t>(i - before + 1);
    input_.places[i].elements = static_cast<uint32_t>(count);
  }
}

std::optional<size_t> InputReader::find_hub(std::string_view name) const {
  const Result<std::string> canonical = canonical_hub(name);
  if (!canonical) return std::nullopt;
  const auto found =
      std::ranges::find_if(plan_.hubs, [&](const HubPlan& hub) { return hub.hub == *canonical; });
  if (found == plan_.hubs.end()) return std::nullopt;
  return static_cast<size_t>(found - plan_.hubs.begin());
}

std::string InputReader::hub_names() const {
  std::string names;
  for (const HubPlan& hub : plan_.hubs) {
    names += names.empty() ? "'" : ", '";
    names += hub.hub + "'";
  }
  return names;
}

std::optional<size_t> InputReader::route(const Action& action) {
  const std::string_view name = action.options->hub;
  const std::optional<size_t> hub = name.empty() ? hub_ : find_hub(name);
  if (!hub) {
    refuse(RejectCode::kUnknownHub,
           name.empty() ? "the action names no hub, and there is no default; add \"hub\" to it or "
                          "to the hello, or set service.hub"
                        : "there is no hub '" + std::string(name) + "', but " + hub_names() +
                              "; correct \"hub\", or configure it as [hubs.NAME]");
    return std::nullopt;
  }
  if (!in_ordered_batch_) return hub;
  if (!batch_hub_) batch_hub_ = hub;
  if (batch_hub_ == hub) return hub;
  refuse(RejectCode::kInvalidAction, "an ordered batch goes to one hub, this one to '" +
                                         plan_.hubs[*batch_hub_].hub +
                                         "'; send this element in another batch");
  return std::nullopt;
}

void InputReader::on_action(const Action& action) {
  const std::optional<size_t> hub = route(action);
  if (!hub) return;
  const InputAction* kept = input_.arena.make(InputAction{
      .action = copy_into(action, input_.arena),
      .seq = input_.places.size() + 1,
      .ordered_batch = in_ordered_batch_ ? ordered_batches_ : 0,
  });
  add_place(&kept->action);
  input_.by_hub[*hub].push_back(*kept);
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
  if (hello.hub.empty()) return;
  hub_ = find_hub(hello.hub);
  if (hub_) return;
  on_bad_hello({RejectCode::kUnknownHub,
                "there is no hub '" + std::string(hello.hub) + "', but " + hub_names() +
                    "; correct \"hub\" of the hello, or configure it as [hubs.NAME]",
                {}});
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
  in_ordered_batch_ = true;
  batch_hub_.reset();
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
