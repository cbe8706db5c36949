// How a status looks, and what is said about it.

#include "daemon/awpsctl/view/status_view.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "base/terminal_text.h"
#include "daemon/awpsctl/commands/check_findings.h"
#include "daemon/awpsctl/view/notes.h"

namespace awps {
namespace {

StatusReading well() {
  StatusReading status;
  status.protocol = 1;
  status.version = AWPS_VERSION;
  status.pid = 71;
  status.now = "2026-01-02T12:37:53.678Z";
  status.uptime_seconds = 100;
  status.state = "running";
  status.ready = true;
  EndpointReading& endpoint = status.endpoints.emplace_back();
  endpoint.url = "https://contoso.webpubsub.azure.com";
  endpoint.state = "open";
  HubReading& hub = status.hubs.emplace_back();
  hub.name = "chat";
  hub.endpoint = endpoint.url;
  hub.state = "running";
  hub.ready = true;
  hub.worker_answered = true;
  hub.max_bytes = 1000;
  return status;
}

struct NoteCase {
  const char* name;
  std::function<void(StatusReading&)> change;
  Colour severity;
  const char* part;    // of the text
  const char* remedy;  // part of it
};
void PrintTo(const NoteCase& row, std::ostream* out) {
  *out << row.name;
}

const NoteCase kNotes[] = {
    {"Paused", [](auto& s) { s.hubs[0].state = "paused"; }, Colour::kWarning, "paused",
     "awpsctl resume chat"},
    {"Draining", [](auto& s) { s.hubs[0].state = "draining"; }, Colour::kWarning, "draining",
     "awpsctl resume chat"},
    {"Drained", [](auto& s) { s.hubs[0].state = "drained"; }, Colour::kWarning, "nothing is left",
     "awpsctl resume chat"},
    {"Removed", [](auto& s) { s.hubs[0].state = "removed"; }, Colour::kWarning,
     "no longer configured", "dead-letters purge --hub chat --all"},
    {"NotReady",
     [](auto& s) {
       s.hubs[0].ready = false;
       s.hubs[0].not_ready = "401";
     },
     Colour::kBad, "not ready: 401", ""},
    {"SilentWorker", [](auto& s) { s.hubs[0].worker_answered = false; }, Colour::kWarning,
     "did not answer", "awpsctl check"},
    {"Unbalanced", [](auto& s) { s.hubs[0].actions.accepted = 1; }, Colour::kBad, "1 accepted",
     "status --json"},
    {"NearlyFull", [](auto& s) { s.hubs[0].held_bytes = 900; }, Colour::kWarning, "90% full",
     "max_queued_bytes"},
    {"KindsHeld", [](auto& s) { s.hubs[0].kinds_held = {"sendToAll"}; }, Colour::kBad,
     "may not send sendToAll", "Web PubSub Service Owner"},
    {"WaitingLane",
     [](auto& s) {
       s.hubs[0].waiting_lanes = {{"group g", 120}};
     },
     Colour::kWarning, "group g: 120 wait", "conflationKey"},
    {"Concurrency", [](auto& s) { s.hubs[0].concurrency_reason = "grew"; }, Colour::kPlain,
     "requests at once", ""},
    {"DeadLetters",
     [](auto& s) {
       s.hubs[0].dead_letters = 3;
       s.hubs[0].last_dead_letter = "HTTP 400";
     },
     Colour::kWarning, "3 dead letters; the last: HTTP 400", "dead-letters list --hub chat"},
    {"DeadLettersThatAreNotOnDisk",
     [](auto& s) {
       s.hubs[0].dead_letters_unwritten = 3;
       s.hubs[0].dead_letters_error = "the disk is full";
     },
     Colour::kWarning, "3 dead letters in memory alone, which a stop loses: the disk is full", ""},
    {"DeadLettersThatAreNotTidiedUp",
     [](auto& s) { s.hubs[0].dead_letters_error = "files that are not needed stay: EIO"; },
     Colour::kWarning, "the disk of the dead letters: files that are not needed stay: EIO", ""},
    {"EndpointPaused",
     [](auto& s) {
       s.endpoints[0].state = "paused";
       s.endpoints[0].reason = "Retry-After";
       s.endpoints[0].seconds_left = 12;
     },
     Colour::kWarning, "paused: Retry-After; 12s left", ""},
    {"EndpointHeld", [](auto& s) { s.endpoints[0].state = "held"; }, Colour::kBad, "held",
     "fix the cause; `awpsctl reload` asks again at once"},
    {"EndpointHeldForAReason",
     [](auto& s) {
       s.endpoints[0].state = "held";
       s.endpoints[0].hold = "unreachable";
       s.endpoints[0].reason = "service unreachable";
       s.endpoints[0].cause = "could not resolve host";
       s.endpoints[0].remedy = "check DNS";
       s.endpoints[0].seconds_left = 4;
     },
     Colour::kBad, "held: service unreachable (could not resolve host); it is asked again in 4.0s",
     "check DNS; `awpsctl reload` asks again at once"},
    {"NoWayToAnEndpoint",
     [](auto& s) {
       s.endpoints[0].cause = "connection refused";
       s.endpoints[0].remedy = "check the network";
     },
     Colour::kWarning,
     "could not be reached: connection refused; no request has been answered since",
     "check the network"},
    {"OneSuspect",
     [](auto& s) {
       s.endpoints[0].hubs = {"chat"};
       s.endpoints[0].suspects = 1;
       s.endpoints[0].named_suspects = {{"sendToGroup in group 'a'", "500", 200}};
     },
     Colour::kWarning,
     "1 target fails while others are answered: sendToGroup in group 'a' for 3 min (500)",
     "`awpsctl dead-letters list --hub chat`"},
    {"ManySuspects",
     [](auto& s) {
       s.endpoints[0].suspects = 1204;
       const SuspectReading suspect{"sendToAll", "timeout", 5};
       s.endpoints[0].named_suspects = {suspect, suspect, suspect, suspect};
     },
     Colour::kWarning,
     "1,204 targets fail while others are answered: sendToAll for 5 s (timeout); sendToAll for 5 s "
     "(timeout); sendToAll for 5 s (timeout); 1,201 more",
     "dead-letters list --hub HUB"},
    {"LearntBound",
     [](auto& s) { s.endpoints[0].learnt_bounds = {"fan_out: off; tried again in 60 s"}; },
     Colour::kWarning, "fan_out: off; tried again in 60 s", "awpsctl reload"},
    {"Charges",
     [](auto& s) {
       s.hubs[0].requests.charged_answered = 7;
       s.hubs[0].requests.charged_healthy = 2;
     },
     Colour::kPlain,
     "9 failed attempts counted against actions: 7 while others were answered, 2 because", ""},
    {"PaceLearnt",
     [](auto& s) {
       s.endpoints[0].pace = 950;
       s.endpoints[0].learnt = true;
       s.endpoints[0].pace_reason = "learnt from 429: the service took 1000 a second";
     },
     Colour::kPlain, "950 requests a second: learnt from 429: the service took 1000 a second", ""},
    {"PaceLearntWithoutAReason",
     [](auto& s) {
       s.endpoints[0].pace = 950;
       s.endpoints[0].learnt = true;
     },
     Colour::kPlain, "950 requests a second (learnt)", ""},
    {"Undelivered",
     [](auto& s) {
       s.spool = {.path = "/no/such folder",
                  .undelivered = {.files = 2,
                                  .actions = 586,
                                  .bytes = 70'000,
                                  .oldest_at = "2026-01-02T03:03:20.000Z",
                                  .known = true}};
     },
     Colour::kWarning,
     "earlier stops left 2 files with 586 actions (68 KiB) under '/no/such folder', the oldest "
     "of 2026-01-02T03:03:20.000Z",
     "`sudo awpsctl send --remove '/no/such folder'`"},
    {"UndeliveredAtLeast",
     [](auto& s) {
       s.spool.undelivered = {.files = 1, .actions = 9, .at_least = true, .known = true};
     },
     Colour::kWarning, "1 file with at least 9 actions", "awpsctl send --remove"},
    {"UndeliveredInAFolderOfOurOwn",
     [](auto& s) {
       s.spool.path = testing::TempDir();
       s.spool.undelivered = {.files = 1, .actions = 9, .known = true};
     },
     Colour::kWarning, "1 file with 9 actions", "`awpsctl send --remove"},
    {"UndeliveredUnknown",
     [](auto& s) { s.spool.undelivered = {.error = "Permission denied", .known = true}; },
     Colour::kWarning, "cannot look for what earlier stops left", "spool.path"},
    {"Restart", [](auto& s) { s.pending_restart = {"socket.path"}; }, Colour::kWarning,
     "socket.path", "systemctl restart awpsd"},
    {"LogLines", [](auto& s) { s.log_lines_dropped = 3; }, Colour::kWarning,
     "3 lines dropped since the start", "deliveries do not wait"},
    {"Stopping", [](auto& s) { s.state = "stopping"; }, Colour::kWarning, "stopping", ""},
};

class Notes : public testing::TestWithParam<NoteCase> {};

TEST_P(Notes, SayWhatIsAndWhatToDo) {
  StatusReading status = well();
  GetParam().change(status);
  const std::vector<Note> notes = notes_of(status);
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes[0].severity, GetParam().severity);
  EXPECT_NE(notes[0].text.find(GetParam().part), std::string::npos) << notes[0].text;
  EXPECT_NE(notes[0].remedy.find(GetParam().remedy), std::string::npos) << notes[0].remedy;
}

INSTANTIATE_TEST_SUITE_P(All, Notes, testing::ValuesIn(kNotes),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(Notes, AreNoneWhereAllIsWell) {
  EXPECT_TRUE(notes_of(well()).empty());
}

TEST(Notes, HaveTheWorstFirst) {
  StatusReading status = well();
  status.hubs[0].dead_letters = 1;
  status.hubs[0].concurrency_reason = "grew";
  status.hubs[0].kinds_held = {"sendToAll"};
  const std::vector<Note> notes = notes_of(status);
  ASSERT_EQ(notes.size(), 3u);
  EXPECT_EQ(notes[0].severity, Colour::kBad);
  EXPECT_EQ(notes[2].severity, Colour::kPlain);
}

TEST(Notes, AreNotAtTheMercyOfNames) {
  StatusReading status = well();
  status.hubs[0].waiting_lanes = {{"group \x1b[2J", 1}};
  EXPECT_EQ(notes_of(status)[0].text.find('\x1b'), std::string::npos);
}

// A status in which much is going on.
StatusReading busy(size_t hubs) {
  StatusReading status = well();
  HubReading& first = status.hubs[0];
  first.kinds_held = {"sendToAll", "sendToGroup"};
  first.concurrency_reason = "fell since the round trips grew from 10 ms to 50 ms";
  first.waiting_lanes = {{"group a-rather-long-name-of-a-group", 123456}};
  first.dead_letters = 3;
  EndpointReading& endpoint = status.endpoints[0];
  endpoint.suspects = 1'000'000;
  endpoint.named_suspects = {{std::string(200, 'x'), std::string(200, 'y'), 5}};
  endpoint.learnt_bounds = {"names in a filter: at most 50: the service refused 100"};
  first.actions.accepted = first.actions.delivered = 123'456'789;
  for (size_t i = 1; i < hubs; ++i) {
    status.hubs.push_back(status.hubs[0]);
    status.hubs.back().name = "a-hub-with-quite-a-long-name-" + std::to_string(i);
  }
  return status;
}

TEST(Status, CountsTheSuspectsOfAnEndpoint) {
  StatusReading status = well();
  status.endpoints[0].suspects = 37;
  const auto lines = status_lines(status, {.columns = 80, .paint = Paint(false)});
  const auto row = std::ranges::find_if(
      lines, [](const std::string& line) { return line.starts_with("https://contoso"); });
  ASSERT_NE(row, lines.end());
  EXPECT_NE(row->find(" 37"), std::string::npos) << *row;
}

TEST(LiveView, FitsEveryWindow) {
  const History history;
  for (const size_t hubs : {1UL, 3UL, 40UL}) {
    const StatusReading status = busy(hubs);
    const std::optional<Interval> interval = interval_since_start(status);
    const LiveView view{status, interval, history, "the daemon does not answer", "q: end"};
    for (const size_t columns : {60UL, 80UL, 120UL, 200UL}) {
      for (const size_t rows : {1UL, 2UL, 5UL, 10UL, 24UL, 60UL}) {
        const auto lines =
            live_lines(view, {.columns = columns, .rows = rows, .paint = Paint(false)});
        EXPECT_LE(lines.size(), rows) << hubs << " hubs, " << columns << " x " << rows;
        for (const std::string& line : lines) EXPECT_LE(columns_of(line), columns) << line;
      }
    }
  }
}

TEST(LiveView, SaysWhatIsLeftOut) {
  const History history;
  const StatusReading status = busy(40);
  const std::optional<Interval> none;
  const LiveView view{status, none, history, "", "q: end"};
  const auto lines = live_lines(view, {.columns = 80, .rows = 24, .paint = Paint(false)});
  EXPECT_TRUE(std::ranges::any_of(lines, [](const std::string& line) {
    return line.find("make the window taller") != line.npos;
  }));
  EXPECT_EQ(lines.back(), "q: end");
}

TEST(LiveView, SaysThatRatesAreNotKnownYet) {
  const History history;
  const StatusReading status = well();
  const std::optional<Interval> none;
  const LiveView view{status, none, history, "", ""};
  const auto lines = live_lines(view, {.columns = 80, .paint = Paint(false)});
  EXPECT_NE(lines[1].find("in – actions/s"), std::string::npos) << lines[1];
}

TEST(History, ScalesItsTrendToTheHighestRate) {
  History history;
  StatusReading status = well();
  for (const double rate : {0.0, 50.0, 100.0}) {
    Interval interval;
    interval.hubs.push_back(HubInterval{.delivered = rate});
    history.add(status, interval);
  }
  EXPECT_EQ(history.trend("chat", 10), "▁▅█");
  EXPECT_EQ(history.trend("chat", 2), "▅█");
  EXPECT_EQ(history.trend("news", 10), "");
}

TEST(Findings, NameWhatIsBadAndItsRemedy) {
  const StatusReading status = well();
  const Result<AdminAnswer, Failure> alive = AdminAnswer{200, "ok"};
  const Result<AdminAnswer, Failure> ready = AdminAnswer{503, "hub chat: 401\nhub news: 401\n"};
  const std::optional<Failure> socket =
      Failure{ExitCode::kNoPermission, "no_permission", "group awpsd"};
  const Result<std::string, Failure> config =
      Failure{ExitCode::kConfig, "invalid_config", "awpsd.toml:3: unknown key\nawpsd.toml:7: \x1b"};
  const std::vector<Note> findings = findings_of({status, alive, ready, socket, config});
  std::vector<std::string> bad;
  for (const Note& finding : findings) {
    if (finding.severity == Colour::kBad) bad.push_back(finding.subject + ": " + finding.text);
  }
  EXPECT_EQ(bad,
            (std::vector<std::string>{"ready: hub chat: 401\nhub news: 401", "socket: group awpsd",
                                      "config: awpsd.toml:3: unknown key\nawpsd.toml:7: \\x1b"}));
}

TEST(Findings, NameWhatFailsWhileOthersAreAnswered) {
  StatusReading status = well();
  status.endpoints[0].suspects = 1;
  status.endpoints[0].named_suspects = {{"sendToAll", "timeout", 5}};
  status.endpoints[0].learnt_bounds = {"merge: off"};
  const Result<AdminAnswer, Failure> answer = AdminAnswer{200, "ok"};
  const Result<std::string, Failure> config = std::string(R"({"changes":[]})");
  const std::vector<Note> findings = findings_of({status, answer, answer, std::nullopt, config});
  std::vector<std::string> warnings;
  for (const Note& finding : findings) {
    EXPECT_NE(finding.severity, Colour::kBad) << finding.text;
    if (finding.severity == Colour::kWarning) warnings.push_back(finding.text);
  }
  EXPECT_EQ(warnings, (std::vector<std::string>{
                          "1 target fails while others are answered: sendToAll for 5 s (timeout)",
                          "coalesced requests are limited; merge: off"}));
}

TEST(Findings, SayWhatEarlierStopsLeft) {
  StatusReading status = well();
  const Result<AdminAnswer, Failure> answer = AdminAnswer{200, "ok"};
  const Result<std::string, Failure> config = std::string(R"({"changes":[]})");
  const auto last = [&] {
    return findings_of({status, answer, answer, std::nullopt, config}).back();
  };
  EXPECT_EQ(last().subject, "disk") << "a daemon that says nothing of it";
  status.spool.undelivered.known = true;
  EXPECT_EQ(last(), (Note{Colour::kGood, "undelivered", "no files of earlier stops", ""}));
  status.spool.undelivered.files = 1;
  EXPECT_EQ(last().subject, "undelivered");
  EXPECT_EQ(last().severity, Colour::kWarning);
}

TEST(Findings, AreWrappedBesideTheirSubjects) {
  const std::vector<Note> findings = {
      {Colour::kGood, "daemon", "awpsd 0.1.0", ""},
      {Colour::kBad, "hub chat", "not ready: the service answers 401", "look at its log"},
      {Colour::kBad, "config", "a.toml:3: a\na.toml:7: b", ""}};
  EXPECT_EQ(finding_lines(findings, 44, Paint(false)),
            (std::vector<std::string>{
                "ok       daemon    awpsd 0.1.0",
                "bad      hub chat  not ready: the service",
                "                   answers 401",
                "                   → look at its log",
                "bad      config    a.toml:3: a",
                "                   a.toml:7: b",
            }));
}

}  // namespace
}  // namespace awps
