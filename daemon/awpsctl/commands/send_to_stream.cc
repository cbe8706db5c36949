// `awpsctl send --stream NAME`: files of protocol lines, or one action, as records of a topic. Each
// file is whole at the broker before the next one begins: files of several stops arrive in order.

#include <algorithm>
#include <memory>
#include <utility>

#include "base/terminal_text.h"
#include "daemon/awpsctl/commands/context.h"
#include "daemon/awpsctl/commands/line_source.h"
#include "daemon/awpsctl/commands/one_action.h"
#include "daemon/awpsctl/commands/send_files.h"
#include "daemon/awpsctl/figures.h"
#include "daemon/awpsctl/records/stream_access.h"
#include "daemon/awpsctl/records/stream_sending.h"
#include "daemon/awpsctl/wire/json_fields.h"

namespace awps {

namespace {

class StreamSendCommand {
 public:
  explicit StreamSendCommand(const Context& context)
      : context_(context), wanted_(context.arguments.send) {}

  CommandResult run() {
    const Result<std::string, Failure> one = one_action_line(wanted_);
    if (!one) return one.error();
    const bool is_file = one->empty() && std::ranges::count(wanted_.files, "-") == 0;
    if (wanted_.remove && !is_file) {
      return Failure{ExitCode::kUsage, "usage", "--remove is for files alone"};
    }
    Result<std::vector<std::string>, Failure> files = std::vector<std::string>();
    if (one->empty()) files = files_to_send(wanted_);
    if (!files) return files.error();
    auto access = StreamAccess::open(wanted_.stream, wanted_.config);
    if (!access) return access.error();
    StreamSending::Options options{
        .access = **access, .hub = wanted_.hub, .err = context_.json() ? nullptr : &context_.err};
    if (wanted_.timeout_seconds) {
      options.deadline = SystemClock().now() + from_seconds(*wanted_.timeout_seconds);
    }
    StreamSending sending(std::move(options));
    if (one->empty()) return send_files(*files, sending);
    LineSource source(*one + "\n");
    return say_sum(sending.send(source, "", ""));
  }

 private:
  CommandResult say_sum(const Result<StreamSent, Failure>& sent) const {
    if (!sent) return sent.error();
    if (context_.json()) {
      context_.write_json(json_text(sent->json()));
    } else {
      context_.out << sent->summary() << std::endl;
    }
    return sent->exit_code();
  }

  // The first failure ends it: what is behind must not overtake what is to be sent again.
  CommandResult send_files(const std::vector<std::string>& files, StreamSending& sending) const {
    StreamSent total;
    std::optional<Failure> not_removed;
    size_t ended = 0;
    while (ended < files.size() && total.exit_code() != ExitCode::kTempFail) {
      const std::string& path = files[ended++];
      const Result<FileToSend, Failure> file = FileToSend::open(path, wanted_);
      if (!file) return file.error();
      const std::string label = files.size() > 1 ? printable(path) + ": " : "";
      LineSource source(file->fd());
      const Result<StreamSent, Failure> sent = sending.send(source, path, label);
      if (!sent) return sent.error();
      total += *sent;
      if (files.size() > 1 && !context_.json()) {
        context_.out << label << sent->summary() << std::endl;
      }
      if (std::optional<Failure> failure = put_away(*file, *sent, label); failure && !not_removed) {
        not_removed = std::move(failure);
      }
    }
    if (ended < files.size() && !context_.json()) {
      context_.err << "awpsctl: not sent, so that it does not overtake what came before: "
                   << counted(files.size() - ended, "file") << ", beginning with "
                   << printable(files[ended]) << '\n';
    }
    const CommandResult said = say_sum(total);
    if (not_removed) return *not_removed;
    return said;
  }

  // What was written as a whole is to be sent by nobody else.
  std::optional<Failure> put_away(const FileToSend& file, const StreamSent& sent,
                                  const std::string& label) const {
    const bool is_whole = sent.exit_code() == ExitCode::kOk;
    if (wanted_.remove && is_whole) {
      const Result<void, Failure> removed = file.remove();
      return removed ? std::nullopt : std::optional(removed.error());
    }
    if (!file.is_undelivered() || context_.json()) return std::nullopt;
    if (is_whole) {
      context_.err << "awpsctl: " << label << "sent; remove it, so that nobody sends it twice: `"
                   << remove_command(file.path()) << "`\n";
    } else if (wanted_.remove) {
      context_.err << "awpsctl: " << label
                   << "stays, since not all of it was written; sending it again repeats what was\n";
    }
    return std::nullopt;
  }

  const Context& context_;
  const SendArguments& wanted_;
};

}  // namespace

CommandResult run_send_to_stream(const Context& context) {
  return StreamSendCommand(context).run();
}

}  // namespace awps
