// `awpsctl dead-letters …`: what was given up, to look at, send again, keep elsewhere, or drop.

#include <algorithm>
#include <optional>
#include <utility>

#include "base/json_text.h"
#include "base/terminal_text.h"
#include "daemon/awpsctl/commands/context.h"
#include "daemon/awpsctl/commands/export_file.h"
#include "daemon/awpsctl/figures.h"
#include "daemon/awpsctl/view/action_text.h"
#include "daemon/awpsctl/view/table.h"
#include "daemon/awpsctl/wire/interrupts.h"
#include "daemon/awpsctl/wire/json_fields.h"
#include "daemon/awpsctl/wire/json_slice.h"

namespace awps {

namespace {

constexpr uint64_t kPageLetters = 100;
constexpr size_t kNameColumns = 14;  // of what is known of a letter

struct Page {
  std::string body;
  std::vector<std::string_view> letters;  // of `body`, each a JSON object
  uint64_t next_after = 0;

  Page() = default;
  Page(Page&&) = delete;  // `letters` borrows from `body`
};

Result<void, Failure> ask_page(AdminClient& admin, const std::string& target, Page& page) {
  Result<std::string, Failure> body = admin.get(target);
  if (!body) return body.error();
  page.body = std::move(*body);
  const Json json = parse_json(page.body);
  if (!field(json, "deadLetters").is_array()) {
    return Failure{ExitCode::kUnavailable, "not_awpsd",
                   "the daemon's answer to " + target + " is no list of dead letters: '" +
                       shortened(printable(page.body), 60) + "'; update it, or awpsctl"};
  }
  page.letters = element_slices(member_slice(page.body, "deadLetters"));
  page.next_after = count_field(json, "nextAfter");
  return {};
}

std::string page_target(const std::string& hub, uint64_t after, uint64_t limit) {
  return "/dead-letters?" + query_parameter("hub", hub) + "&after=" + std::to_string(after) +
         "&limit=" + std::to_string(limit);
}

// The hub that is named, or all.
Result<std::vector<std::string>, Failure> chosen_hubs(const Context& context) {
  const std::string& hub = context.arguments.dead_letters.hub;
  if (!hub.empty()) return std::vector<std::string>{hub};
  const Result<StatusReading, Failure> status = ask_status(context.admin);
  if (!status) return status.error();
  return status->hub_names();
}

// Numbers count in their hub, so one must be meant.
Result<std::string, Failure> the_hub(const Context& context) {
  const Result<std::vector<std::string>, Failure> hubs = chosen_hubs(context);
  if (!hubs) return hubs.error();
  if (hubs->size() == 1) return hubs->front();
  return Failure{ExitCode::kUsage, "usage",
                 "the numbers of dead letters count in their hub: say which with --hub (" +
                     printable(joined(*hubs, ", ")) + ")"};
}

Result<void, Failure> numbers_or_all(const Context& context, const std::string& command) {
  const DeadLetterArguments& wanted = context.arguments.dead_letters;
  if (wanted.all != wanted.numbers.empty()) {
    return Failure{ExitCode::kUsage, "usage",
                   "say which dead letters to " + command +
                       ": their numbers (see `awpsctl dead-letters list`), or --all, not both"};
  }
  return {};
}

// Calls `each` with every letter of the hub (or those of the numbers) until it returns false.
Result<void, Failure> each_letter(AdminClient& admin, const std::string& hub,
                                  const std::function<bool(std::string_view)>& each) {
  for (uint64_t after = 0;;) {
    Page page;
    const Result<void, Failure> asked =
        ask_page(admin, page_target(hub, after, kPageLetters), page);
    if (!asked) return asked.error();
    for (const std::string_view letter : page.letters) {
      if (!each(letter)) return {};
    }
    if (page.next_after <= after) return {};
    after = page.next_after;
  }
}

Table letters_table() {
  return Table({{.title = "HUB"},
                {.title = "NUMBER", .is_right = true},
                {.title = "GIVEN UP", .priority = 3},
                {.title = "CODE", .priority = 1},
                {.title = "STATUS", .priority = 2, .is_right = true},
                {.title = "TRIES", .priority = 4, .is_right = true},
                {.title = "ACTION", .flexible = true},
                {.title = "REASON", .flexible = true}});
}

bool is_of_record(const Json& letter) {
  return field(letter, "record").is_object();
}

std::string what_text(const Json& letter) {
  return is_of_record(letter) ? record_text(field(letter, "record"))
                              : action_text(field(letter, "action"));
}

void add_letter(Table& table, const Json& letter) {
  const uint64_t status = count_field(letter, "httpStatus");
  table.add({{printable(text_field(letter, "hub"))},
             {std::to_string(count_field(letter, "number"))},
             {printable(text_field(letter, "givenUpAt"))},
             {printable(text_field(letter, "code")), Colour::kBad},
             {status == 0 ? "–" : std::to_string(status)},
             {std::to_string(count_field(letter, "attempts"))},
             {what_text(letter)},
             {printable(text_field(letter, "reason"))}});
}

void show_letter(const Context& context, std::string_view letter_text) {
  const Json letter = parse_json(letter_text);
  const auto line = [&](const char* name, const std::string& text) {
    std::string lines = printable_lines(text);
    for (size_t at = 0; (at = lines.find('\n', at)) != std::string::npos; ++at) {
      lines.insert(at + 1, kNameColumns, ' ');
    }
    if (!text.empty()) context.out << padded_right(name, kNameColumns) << lines << '\n';
  };
  line("number", text_field(letter, "number"));
  line("hub", text_field(letter, "hub"));
  line("action", std::string(member_slice(letter_text, "action")));
  line("record", std::string(member_slice(letter_text, "record")));
  line("producer", text_field(letter, "producer"));
  if (is_of_record(letter)) {
    line("refused", text_field(letter, "givenUpAt"));
  } else {
    line("accepted", text_field(letter, "acceptedAt"));
    line("given up", text_field(letter, "givenUpAt"));
    line("attempts", text_field(letter, "attempts"));
  }
  line("code", text_field(letter, "code"));
  line("reason", text_field(letter, "reason"));
  if (is_of_record(letter)) return;
  const uint64_t status = count_field(letter, "httpStatus");
  line("status", status == 0 ? "no answer" : std::to_string(status));
  line("answer", text_field(letter, "body"));
}

// What redrive and purge ask for. All are those that were there when it was asked for, where the
// daemon numbers them: what comes since is not meant.
Result<std::vector<std::string>, Failure> choices(const Context& context) {
  const DeadLetterArguments& wanted = context.arguments.dead_letters;
  std::vector<std::string> choices;
  if (!wanted.all) {
    const Result<std::string, Failure> hub = the_hub(context);
    if (!hub) return hub.error();
    choices.push_back(json_text(Json{{"hub", *hub}, {"numbers", wanted.numbers}}));
    return choices;
  }
  const Result<StatusReading, Failure> status = ask_status(context.admin, wanted.hub);
  if (!status) return status.error();
  for (const HubReading& hub : status->hubs) {
    if (!hub.worker_answered) {
      return Failure{ExitCode::kTempFail, "unavailable",
                     "hub " + printable(hub.name) +
                         " does not say which dead letters it has: its worker is busy; nothing was "
                         "done, try again later"};
    }
    const std::optional<uint64_t>& last = hub.last_dead_letter_number;
    if (last && *last == 0) continue;  // there never was one
    Json choice{{"hub", hub.name}, {"all", true}};
    if (last) choice["upTo"] = *last;
    choices.push_back(json_text(choice));
  }
  return choices;
}

// Asks for each hub, and adds up what the daemon says it did under `key`.
CommandResult carry_out(const Context& context, const std::string& target, const char* key,
                        const char* done) {
  const Result<std::vector<std::string>, Failure> bodies = choices(context);
  if (!bodies) return bodies.error();
  uint64_t total = 0;
  Json warnings = Json::array();
  for (const std::string& body : *bodies) {
    const Result<std::string, Failure> answer = context.admin.post(target, body);
    if (!answer) return answer.error();
    const Json json = parse_json(*answer);
    total += count_field(json, key);
    for (const std::string& warning : texts_field(json, "warnings")) warnings.push_back(warning);
  }
  if (context.json()) {
    Json result{{key, total}};
    if (target == "/dead-letters/redrive") result["warnings"] = warnings;
    context.write_json(json_text(result));
  } else {
    context.out << counted(total, "dead letter") << ' ' << done << '\n';
    for (const Json& warning : warnings) {
      context.out << context.view.paint("warning", Colour::kWarning) << ": "
                  << printable(warning.get<std::string>()) << '\n';
    }
  }
  const size_t asked = context.arguments.dead_letters.numbers.size();
  if (total >= asked) return ExitCode::kOk;
  context.err << "awpsctl: " << asked - total << " of " << asked
              << (warnings.empty()
                      ? " were not there: they were sent again, purged or dropped before\n"
                      : " were not sent again: a warning says why, or they were not there\n");
  return kNegative;
}

// While one lives a signal ends what the daemon is asked for, and not the process.
class Interruptible {
 public:
  explicit Interruptible(AdminClient& admin) : admin_(admin) { admin.set_interrupts(&interrupts_); }
  ~Interruptible() { admin_.set_interrupts(nullptr); }
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;

 private:
  AdminClient& admin_;
  Interrupts interrupts_;
};

// One line as `awpsctl send` takes it.
std::string sendable(std::string_view letter) {
  const std::string_view action = member_slice(letter, "action");
  if (!action.starts_with('{') || !member_slice(action, "hub").empty()) return std::string(action);
  std::string line = "{\"hub\":";
  append_json_string(line, text_field(parse_json(letter), "hub"));
  const bool is_empty = action.find_first_not_of(" \t\r\n", 1) == action.rfind('}');
  if (!is_empty) line += ',';
  return line.append(action.substr(1));
}

}  // namespace

CommandResult run_dead_letters_list(const Context& context) {
  const DeadLetterArguments& wanted = context.arguments.dead_letters;
  if (wanted.after != 0) {
    if (const Result<std::string, Failure> hub = the_hub(context); !hub) return hub.error();
  }
  const Result<std::vector<std::string>, Failure> hubs = chosen_hubs(context);
  if (!hubs) return hubs.error();
  Table table = letters_table();
  std::string letters;
  Json next_after = Json::object();  // by hub, of those that have more
  for (const std::string& hub : *hubs) {
    Page page;
    const Result<void, Failure> asked =
        ask_page(context.admin, page_target(hub, wanted.after, wanted.limit), page);
    if (!asked) return asked.error();
    for (const std::string_view letter : page.letters) {
      add_letter(table, parse_json(letter));
      letters.append(letters.empty() ? "" : ",").append(letter);
    }
    if (page.next_after != 0) next_after[hub] = page.next_after;
  }
  if (context.json()) {
    context.write_json("{\"deadLetters\":[" + letters + "],\"nextAfter\":" + json_text(next_after) +
                       "}");
  } else if (table.empty()) {
    context.out << "no dead letters\n";
  } else {
    context.write_lines(table.lines(context.view.columns, context.view.paint));
    for (const auto& [hub, after] : next_after.items()) {
      context.out << "… more: `awpsctl dead-letters list --hub " << printable(hub) << " --after "
                  << after << "`\n";
    }
  }
  return ExitCode::kOk;
}

CommandResult run_dead_letters_show(const Context& context) {
  const Result<std::string, Failure> hub = the_hub(context);
  if (!hub) return hub.error();
  ExitCode code = ExitCode::kOk;
  bool first = true;
  for (const uint64_t number : context.arguments.dead_letters.numbers) {
    Page page;
    const std::string target = page_target(*hub, number == 0 ? 0 : number - 1, 1);
    if (const Result<void, Failure> asked = ask_page(context.admin, target, page); !asked) {
      return asked.error();
    }
    if (page.letters.empty() || count_field(parse_json(page.letters.front()), "number") != number) {
      context.err << "awpsctl: hub " << printable(*hub) << " has no dead letter " << number
                  << "; see `awpsctl dead-letters list`\n";
      code = kNegative;
      continue;
    }
    if (context.json()) {
      context.write_json(page.letters.front());
      continue;
    }
    if (!first) context.out << '\n';
    first = false;
    show_letter(context, page.letters.front());
  }
  return code;
}

CommandResult run_dead_letters_redrive(const Context& context) {
  if (const auto chosen = numbers_or_all(context, "redrive"); !chosen) return chosen.error();
  return carry_out(context, "/dead-letters/redrive", "redriven", "sent again");
}

CommandResult run_dead_letters_purge(const Context& context) {
  const DeadLetterArguments& wanted = context.arguments.dead_letters;
  if (const auto chosen = numbers_or_all(context, "purge"); !chosen) return chosen.error();
  if (!wanted.yes) {
    const std::string what = wanted.all ? std::string("all dead letters of ") +
                                              (wanted.hub.empty() ? "every hub" : wanted.hub)
                                        : counted(wanted.numbers.size(), "dead letter");
    return Failure{ExitCode::kUsage, "usage",
                   "purge drops " + printable(what) +
                       " for good; keep them with `awpsctl dead-letters export`, then add --yes"};
  }
  return carry_out(context, "/dead-letters/purge", "purged", "purged");
}

CommandResult run_dead_letters_export(const Context& context) {
  const DeadLetterArguments& wanted = context.arguments.dead_letters;
  Result<std::vector<std::string>, Failure> hubs = chosen_hubs(context);
  if (!hubs) return hubs.error();
  if (!wanted.numbers.empty()) {
    const Result<std::string, Failure> hub = the_hub(context);
    if (!hub) return hub.error();
    *hubs = {*hub};
  }
  ExportFile file(wanted.output);
  std::optional<Interruptible> interruptible;
  if (!wanted.output.empty()) interruptible.emplace(context.admin);  // no half of a file is left
  size_t exported = 0;
  size_t records = 0;
  for (const std::string& hub : *hubs) {
    const auto take = [&](std::string_view letter) {
      const Json parsed = parse_json(letter);
      const uint64_t number = count_field(parsed, "number");
      if (!wanted.numbers.empty() && !std::ranges::count(wanted.numbers, number)) return true;
      if (is_of_record(parsed)) {
        ++records;
        return true;
      }
      file.append(sendable(letter));
      ++exported;
      return file.ok();
    };
    if (!file.ok()) break;
    if (const auto done = each_letter(context.admin, hub, take); !done) return done.error();
  }
  if (const Result<void, Failure> written = file.finish(); !written) return written.error();
  if (records > 0) {
    context.err << "awpsctl: " << counted(records, "dead letter")
                << " left out: records of streams that were refused are no actions; "
                   "`awpsctl dead-letters list --json` has them\n";
  }
  if (!wanted.output.empty() && context.json()) {
    context.write_json(json_text(Json{{"exported", exported}, {"file", wanted.output}}));
  } else if (!wanted.output.empty()) {
    context.out << counted(exported, "dead letter") << " in '" << wanted.output
                << "'; `awpsctl send` sends them again\n";
  }
  return exported >= wanted.numbers.size() ? ExitCode::kOk : kNegative;
}

}  // namespace awps
