// A status of many hubs: those with trouble first, sums, and notes that hubs share.

#include "daemon/awpsctl/view/many_hubs.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "daemon/awpsctl/view/status_view.h"

namespace awps {
namespace {

constexpr const char* kOpen = "https://one.webpubsub.azure.com";
constexpr const char* kHeld = "https://two.webpubsub.azure.com";

EndpointReading endpoint(const std::string& url, const std::string& state) {
  EndpointReading reading;
  reading.url = url;
  reading.state = state;
  return reading;
}

HubReading hub(const std::string& name) {
  HubReading reading;
  reading.name = name;
  reading.endpoint = kOpen;
  reading.state = "running";
  reading.ready = true;
  reading.worker_answered = true;
  reading.max_bytes = 1000;
  reading.delivery = {{1, 2}, {0, 0, 0}};
  reading.request = reading.delivery;
  return reading;
}

// hub-0 and so on, all of them well.
StatusReading well(size_t hubs) {
  StatusReading status;
  status.version = "0.1.0";
  status.pid = 71;
  status.uptime_seconds = 100;
  status.state = "running";
  status.ready = true;
  status.endpoints = {endpoint(kOpen, "open")};
  for (size_t i = 0; i < hubs; ++i) status.hubs.push_back(hub("hub-" + std::to_string(i)));
  return status;
}

void make_unready(HubReading& hub, const std::string& reason) {
  hub.ready = false;
  hub.not_ready = reason;
}

// Each kind of trouble, the least urgent first.
StatusReading troubled() {
  StatusReading status = well(6);
  status.ready = false;
  status.endpoints.push_back(endpoint(kHeld, "held"));
  status.hubs[1].state = "paused";
  status.hubs[2].endpoint = kHeld;
  make_unready(status.hubs[2], "it is held");
  status.hubs[3].dead_letters = 2;
  make_unready(status.hubs[5], "its delivery loop does not turn");
  return status;
}

std::vector<std::string> subjects(const std::vector<Note>& notes) {
  std::vector<std::string> found;
  for (const Note& note : notes) found.push_back(note.subject);
  return found;
}

TEST(ManyHubs, HaveTroubleFirst) {
  EXPECT_EQ(by_trouble(troubled()), (std::vector<size_t>{5, 2, 1, 3, 0, 4}));
  EXPECT_EQ(in_trouble(troubled()), 4u);
}

TEST(ManyHubs, KeepTheirOrderWhereAllIsWell) {
  EXPECT_EQ(by_trouble(well(4)), (std::vector<size_t>{0, 1, 2, 3}));
  EXPECT_EQ(in_trouble(well(4)), 0u);
}

TEST(ManyHubs, AreAddedUp) {
  std::vector<HubReading> hubs = well(3).hubs;
  for (size_t i = 0; i < hubs.size(); ++i) {
    hubs[i].actions.accepted = i + 1;
    hubs[i].requests.answers_5xx = 10 * i;
    hubs[i].held_bytes = 100;
    hubs[i].delivery.counts = {i, 1, 0};
  }
  const HubReading sum = sum_of(hubs);
  EXPECT_EQ(sum.name, "all 3 hubs");
  EXPECT_EQ(sum.actions.accepted, 6u);
  EXPECT_EQ(sum.requests.errors(), 30u);
  EXPECT_EQ(sum.held_bytes, 300);
  EXPECT_EQ(sum.max_bytes, 3000);
  EXPECT_EQ(sum.delivery.counts, (std::vector<uint64_t>{3, 3, 0}));
}

TEST(ManyHubs, LeaveOutHistogramsOfAnotherForm) {
  std::vector<HubReading> hubs = well(2).hubs;
  hubs[0].delivery.counts = {1, 0, 0};
  hubs[1].delivery = {{5}, {7, 0}};
  EXPECT_EQ(sum_of(hubs).delivery.counts, (std::vector<uint64_t>{1, 0, 0}));
}

TEST(ManyHubs, ShareANote) {
  std::vector<HubReading> hubs = well(100).hubs;
  for (HubReading& one : hubs) {
    one.state = "paused";
    one.actions.queued = one.name.size();
    one.actions.accepted = one.actions.queued;
    one.concurrency_reason = "grew";
  }
  hubs[7].dead_letters = 3;
  const std::vector<Note> notes = notes_of_hubs(hubs);
  ASSERT_EQ(subjects(notes),
            (std::vector<std::string>{"hubs hub-0, hub-1, hub-2 and 97 more", "hub-7"}));
  EXPECT_EQ(notes[0].text, "paused: they accept, and send nothing");
  EXPECT_EQ(notes[0].remedy, "`awpsctl resume HUB` lets it send");
  EXPECT_EQ(notes[1].remedy, "`awpsctl dead-letters list --hub hub-7`");
}

TEST(ManyHubs, ShareTheReasonThatTheyHaveInCommonAlone) {
  std::vector<HubReading> hubs = well(12).hubs;
  for (size_t i = 0; i < 10; ++i) make_unready(hubs[i], i < 5 ? "401" : "no network");
  make_unready(hubs[10], "its delivery loop does not turn");
  EXPECT_EQ(subjects(notes_of_hubs(hubs)),
            (std::vector<std::string>{"hubs hub-0, hub-1, hub-2 and 2 more",
                                      "hubs hub-5, hub-6, hub-7 and 2 more", "hub-10"}));
}

TEST(ManyHubs, HaveNotesOfTheirOwnIfTheyAreFew) {
  std::vector<HubReading> hubs = well(4).hubs;
  for (HubReading& one : hubs) {
    one.state = "paused";
    one.concurrency_reason = "grew";
  }
  EXPECT_EQ(notes_of_hubs(hubs).size(), 8u);
}

TEST(ManyHubs, AreNamedUpToAFew) {
  EXPECT_EQ(some_of({"a"}), "a");
  EXPECT_EQ(some_of({"a", "b", "c", "d"}), "a, b, c, d");
  EXPECT_EQ(some_of({"a", "b", "c", "d", "e"}), "a, b, c and 2 more");
}

TEST(ManyHubs, AreALineEachInTheStatus) {
  StatusReading status = troubled();
  for (HubReading& one : status.hubs) {
    one.actions.accepted = one.actions.delivered = 5;
    one.delivery.counts = {5, 0, 0};
  }
  const auto lines = status_lines(status, {.columns = 72, .paint = Paint(false)});
  const auto titles =
      std::ranges::find_if(lines, [](const std::string& line) { return line.starts_with("HUB "); });
  ASSERT_GE(lines.end() - titles, 8);
  EXPECT_EQ(std::vector<std::string>(titles, titles + 8),
            (std::vector<std::string>{
                "HUB         STATE         ACCEPTED  WAITING  DELIVERED  DEAD    P99",
                "all 6 hubs  4 in trouble        30        0         30     0  990ms",
                "hub-5       not ready            5        0          5     0  990ms",
                "hub-2       not ready            5        0          5     0  990ms",
                "hub-1       paused               5        0          5     0  990ms",
                "hub-3       running              5        0          5     0  990ms",
                "hub-0       running              5        0          5     0  990ms",
                "hub-4       running              5        0          5     0  990ms",
            }));
}

TEST(ManyHubs, OfOneHubThereAreNoSums) {
  for (const std::string& line : status_lines(well(1), {.columns = 80, .paint = Paint(false)})) {
    EXPECT_FALSE(line.starts_with("all ")) << line;
  }
}

TEST(ManyHubs, HaveTheirSumsAndTroublesInASmallWindow) {
  StatusReading status = well(100);
  make_unready(status.hubs[97], "its delivery loop does not turn");
  status.hubs[98].state = "paused";
  StatusReading later = status;
  later.uptime_seconds += 2;
  for (HubReading& one : later.hubs) one.actions.accepted = one.actions.delivered = 4;
  const std::optional<Interval> interval = interval_between(status, later);
  const LiveView view{later, interval, History(), "", "q: end"};
  const auto lines = live_lines(view, {.columns = 80, .rows = 24, .paint = Paint(false)});
  ASSERT_EQ(lines.size(), 24u);
  EXPECT_EQ(lines[7].substr(0, 40), "all 100 hubs  2 in trouble   200    200 ") << lines[7];
  EXPECT_TRUE(lines[8].starts_with("hub-97        not ready")) << lines[8];
  EXPECT_TRUE(lines[9].starts_with("hub-98        paused")) << lines[9];
  const auto has = [&](const std::string& words) {
    return std::ranges::any_of(
        lines, [&](const std::string& line) { return line.find(words) != std::string::npos; });
  };
  EXPECT_TRUE(has("more; make the window taller"));
  EXPECT_TRUE(has("hub-97: not ready: its delivery loop does not turn"));
  EXPECT_TRUE(has("hub-98: paused"));
}

TEST(ManyEndpoints, ThatAreWellShareALine) {
  StatusReading status = well(1);
  status.endpoints.clear();
  for (int i = 0; i < 9; ++i) {
    status.endpoints.push_back(endpoint("https://e" + std::to_string(i), "open"));
  }
  status.endpoints[4].state = "held";
  status.endpoints[6].cause = "connection refused";
  status.endpoints[8].suspects = 1;
  const auto lines = status_lines(status, {.columns = 80, .paint = Paint(false)});
  std::vector<std::string> starts;
  for (size_t i = 3; i < 8; ++i) starts.push_back(lines[i].substr(0, lines[i].find("  ")));
  EXPECT_EQ(starts, (std::vector<std::string>{"ENDPOINT", "https://e4", "https://e6", "https://e8",
                                              "6 endpoints open, without trouble"}));
}

TEST(ManyHubs, AreListedWithTroubleFirst) {
  const auto lines = hubs_lines(troubled(), {.columns = 120, .paint = Paint(false)});
  EXPECT_TRUE(lines[1].starts_with("hub-5  not ready")) << lines[1];
  EXPECT_TRUE(lines[2].starts_with("hub-2  not ready")) << lines[2];
}

}  // namespace
}  // namespace awps
