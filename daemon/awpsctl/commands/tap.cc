// `awpsctl tap`: settled actions as they come, sampled by the daemon, each with its fate.

#include <ctime>

#include "daemon/awpsctl/commands/context.h"
#include "daemon/awpsctl/view/action_text.h"
#include "daemon/awpsctl/wire/json_fields.h"

namespace awps {

namespace {

std::string time_text(WallTime now) {
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  const time_t seconds = milliseconds / 1000;
  tm parts{};
  ::localtime_r(&seconds, &parts);
  char text[32];
  const size_t length = std::strftime(text, sizeof text, "%H:%M:%S", &parts);
  return std::string(text, length) + "." + std::to_string(1000 + milliseconds % 1000).substr(1);
}

}  // namespace

CommandResult run_tap(const Context& context) {
  const TapArguments& wanted = context.arguments.tap;
  std::string target = "/tap?" + query_parameter("perSecond", std::to_string(wanted.rate));
  if (!wanted.hub.empty()) target += "&" + query_parameter("hub", wanted.hub);
  constexpr size_t kTimeColumns = 14;
  const size_t columns =
      context.view.columns > kTimeColumns ? context.view.columns - kTimeColumns : 1;
  const SystemClock clock;
  uint64_t shown = 0;
  Interrupts interrupts;
  context.admin.set_interrupts(&interrupts);
  const Result<void, Failure> ended = context.admin.stream(target, [&](std::string_view line) {
    if (line.empty()) return true;
    const Json record = parse_json(line);
    if (context.json()) {
      context.out << line << std::endl;
    } else {
      context.out << time_text(clock.wall_now()) << "  "
                  << tap_line(record, columns, context.view.paint) << std::endl;
    }
    if (field(record, "leftOut").is_null()) ++shown;
    return wanted.count == 0 || shown < wanted.count;
  });
  context.admin.set_interrupts(nullptr);
  if (!ended && ended.error().code == "interrupted") return ExitCode::kOk;
  if (!ended) return ended.error();
  if (wanted.count != 0 && shown >= wanted.count) return ExitCode::kOk;
  return Failure{ExitCode::kUnavailable, "ended",
                 "the daemon ended the tap; is it stopping? See `systemctl status awpsd`"};
}

}  // namespace awps
