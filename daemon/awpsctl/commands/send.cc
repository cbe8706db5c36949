// `awpsctl send`: files of protocol lines, or one action. Each file is sent as one producer, and
// the next one once every action of it has its answer: files of several stops arrive in order.

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "base/terminal_text.h"
#include "daemon/awpsctl/commands/context.h"
#include "daemon/awpsctl/commands/line_source.h"
#include "daemon/awpsctl/commands/one_action.h"
#include "daemon/awpsctl/commands/send_files.h"
#include "daemon/awpsctl/commands/sending.h"
#include "daemon/awpsctl/figures.h"
#include "daemon/awpsctl/wire/json_fields.h"
#include "daemon/awpsctl/wire/producer_connection.h"

namespace awps {

namespace {

// The hub of a hello that begins the text; a bad hello is refused, as the daemon would.
Result<std::string, Failure> hub_of_hello(std::string_view text) {
  SentLines lines(text.size());
  while (!text.empty() && lines.actions() == 0) {
    const size_t end = std::min(text.find('\n'), text.size());
    const SentLines::Kind kind = lines.take(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (kind == SentLines::Kind::kHello) return to_lower(lines.hub());
    if (kind == SentLines::Kind::kBadHello) {
      return Failure{ExitCode::kDataError, "invalid_action",
                     "line " + std::to_string(lines.lines()) + ": " + lines.bad_hello() +
                         "; nothing was sent, since it could go to another hub"};
    }
  }
  return std::string();
}

class SendCommand {
 public:
  explicit SendCommand(const Context& context)
      : context_(context), wanted_(context.arguments.send) {
    if (wanted_.timeout_seconds) {
      deadline_ = SystemClock().now() + from_seconds(*wanted_.timeout_seconds);
    }
  }

  CommandResult run() {
    const Result<std::string, Failure> one = one_action_line(wanted_);
    if (!one) return one.error();
    if (!one->empty() || std::ranges::count(wanted_.files, "-") > 0) {
      if (wanted_.remove) return Failure{ExitCode::kUsage, "usage", "--remove is for files alone"};
    }
    if (!one->empty()) {
      LineSource source(*one + "\n");
      return say_alone(send(source, "", ""));
    }
    Result<std::vector<std::string>, Failure> files = files_to_send(wanted_);
    if (!files) return files.error();
    // One file that is named itself: as it has always been said.
    if (wanted_.files.size() == 1 && *files == wanted_.files) return send_alone(files->front());
    return send_all(*files);
  }

 private:
  CommandResult send_alone(const std::string& path) {
    const Result<FileToSend, Failure> file = FileToSend::open(path, wanted_);
    if (!file) return file.error();
    LineSource source(file->fd());
    Result<SendResult, Failure> sent = send(source, path, "");
    if (!sent) return sent.error();
    const Result<bool, Failure> removed = remove(*file, *sent);
    if (wanted_.remove && context_.json()) sent->json["removed"] = removed && *removed;
    const CommandResult said = say_alone(std::move(sent));
    if (!removed) return removed.error();
    say_what_stays(*file, *said, *removed, "");
    return said;
  }

  CommandResult say_alone(Result<SendResult, Failure> sent) const {
    if (!sent) return sent.error();
    if (context_.json()) {
      context_.write_json(json_text(sent->json));
      return sent->exit_code;
    }
    context_.out << SendAccount::summary(sent->sums) << std::endl;
    if (!sent->open.empty()) context_.err << "awpsctl: " << sent->open << '\n';
    return sent->exit_code;
  }

  // The first failure ends it: what is behind must not overtake what is to be sent again.
  CommandResult send_all(const std::vector<std::string>& files) {
    SendAccount::Sums total;
    Json list = Json::array();
    ExitCode code = ExitCode::kOk;
    std::optional<Failure> failure;
    size_t ended = 0;
    bool goes_on = true;
    while (ended < files.size() && goes_on) {
      const std::string& path = files[ended];
      const Result<SendResult, Failure> sent = send_one_of_several(path, failure);
      goes_on = sent && sent->is_final;
      if (!sent) {
        if (!failure) failure = sent.error();
        break;
      }
      ++ended;
      total += sent->sums;
      if (code == ExitCode::kOk) code = sent->exit_code;
      if (context_.json()) list.push_back(sent->json);
    }
    if (context_.json()) {
      context_.write_json(json_text(list));
    } else {
      context_.out << "in total " << counted(ended, "file") << ", " << SendAccount::summary(total)
                   << std::endl;
    }
    say_left_out(files, ended);
    if (failure) return *failure;
    return code;
  }

  // `not_removed`: why a file stays that was to go; that is said at the end, and the others follow.
  Result<SendResult, Failure> send_one_of_several(const std::string& path,
                                                  std::optional<Failure>& not_removed) {
    const Result<FileToSend, Failure> file = FileToSend::open(path, wanted_);
    if (!file) return file.error();
    const std::string label = printable(path) + ": ";
    LineSource source(file->fd());
    Result<SendResult, Failure> sent = send(source, path, label);
    if (!sent) return sent;
    const Result<bool, Failure> removed = remove(*file, *sent);
    if (!removed && !not_removed) not_removed = removed.error();
    if (context_.json()) {
      sent->json["file"] = path;
      if (wanted_.remove) sent->json["removed"] = removed && *removed;
      return sent;
    }
    context_.out << label << SendAccount::summary(sent->sums) << std::endl;
    if (!sent->open.empty()) context_.err << "awpsctl: " << label << sent->open << '\n';
    if (removed) say_what_stays(*file, sent->exit_code, *removed, label);
    return sent;
  }

  Result<SendResult, Failure> send(LineSource& source, const std::string& name,
                                   const std::string& label) {
    const Result<std::string, Failure> hub = hub_of(source, name);
    if (!hub) {
      const Failure& bad = hub.error();
      return Failure{bad.exit_code, bad.code, label + bad.message};
    }
    if (socket_.empty()) {
      context_.admin.set_deadline(deadline_);
      const Result<std::string, Failure> socket = producers_socket(context_);
      context_.admin.set_deadline(std::nullopt);
      if (!socket) return socket.error();
      socket_ = *socket;
    }
    const auto connection = ProducerConnection::open(socket_, *hub, wanted_.ack, deadline_);
    if (!connection) return connection.error();
    return Sending({.context = context_,
                    .connection = **connection,
                    .source = source,
                    .deadline = deadline_,
                    .name = name,
                    .label = label})
        .run();
  }

  // The hub that the hello is to name.
  Result<std::string, Failure> hub_of(LineSource& source, const std::string& name) const {
    const std::optional<std::string_view> text = source.wait_first_line(deadline_);
    if (!text) {
      return Failure{ExitCode::kTempFail, "timeout",
                     "--timeout is over: '" + name +
                         "' has given no line yet, and nothing was sent; allow more time"};
    }
    Result<std::string, Failure> hub = hub_of_hello(*text);
    if (!hub || wanted_.hub.empty()) return hub;
    return wanted_.hub;
  }

  // Whether it is gone.
  Result<bool, Failure> remove(const FileToSend& file, const SendResult& sent) const {
    if (!wanted_.remove || sent.exit_code != ExitCode::kOk) return false;
    if (const Result<void, Failure> removed = file.remove(); !removed) return removed.error();
    return true;
  }

  void say_what_stays(const FileToSend& file, ExitCode code, bool is_removed,
                      const std::string& label) const {
    if (is_removed || context_.json() || !file.is_undelivered()) return;
    if (code == ExitCode::kOk) {
      context_.err << "awpsctl: " << label << "sent; remove it, so that nobody sends it twice: `"
                   << remove_command(file.path()) << "`\n";
    } else if (wanted_.remove) {
      context_.err << "awpsctl: " << label
                   << "stays, since not all of it was taken; sending it again repeats what was\n";
    }
  }

  void say_left_out(const std::vector<std::string>& files, size_t ended) const {
    if (ended == files.size() || context_.json()) return;
    context_.err << "awpsctl: not sent, so that it does not overtake what came before:";
    for (size_t i = ended; i < std::min(files.size(), ended + kMostNamed); ++i) {
      context_.err << ' ' << printable(files[i]);
    }
    if (files.size() > ended + kMostNamed) {
      context_.err << " and " << count_text(files.size() - ended - kMostNamed) << " more";
    }
    context_.err << '\n';
  }

  static constexpr size_t kMostNamed = 10;

  const Context& context_;
  const SendArguments& wanted_;
  std::optional<Instant> deadline_;
  std::string socket_;  // once it is known
};

}  // namespace

CommandResult run_send(const Context& context) {
  if (!context.arguments.send.stream.empty()) return run_send_to_stream(context);
  return SendCommand(context).run();
}

}  // namespace awps
