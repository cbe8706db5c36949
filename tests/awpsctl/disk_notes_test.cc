// What is said of hubs that keep what they accepted on disk, and the column of it.

#include "daemon/awpsctl/view/disk_notes.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "daemon/awpsctl/view/status_view.h"

namespace awps {
namespace {

HubReading hub_named(const std::string& name) {
  HubReading hub;
  hub.name = name;
  hub.endpoint = "https://one.webpubsub.azure.com";
  hub.state = "running";
  hub.ready = true;
  hub.worker_answered = true;
  hub.max_bytes = 1000;
  hub.delivery = {{1, 2}, {0, 0, 0}};
  hub.request = hub.delivery;
  return hub;
}

struct DiskCase {
  const char* name;
  void (*change)(HubReading&);
  Colour severity;
  const char* part;
  const char* remedy;
};
void PrintTo(const DiskCase& row, std::ostream* out) {
  *out << row.name;
}

const DiskCase kDiskCases[] = {
    {"OnDisk",
     [](auto& hub) {
       hub.log = {.state = "direct", .bytes = 1'048'576, .records = 12, .oldest_seconds = 3};
     },
     Colour::kPlain, "12 actions on disk (1 MiB), the oldest for 3 s", ""},
    {"OnDiskAlone",
     [](auto& hub) {
       hub.held_bytes = hub.max_bytes;  // which is as it should be
       hub.log = {.state = "tail",
                  .records = 12,
                  .tail_records = 7,
                  .oldest_seconds = 3,
                  .largest_holder = "producer 'billing'"};
     },
     Colour::kWarning,
     "7 actions of 12 on disk wait there alone, the oldest for 3 s; most of producer 'billing'",
     "nothing is lost"},
    {"DiskThatFails",
     [](auto& hub) { hub.log = {.state = "failed", .error = "sync '/s/a': Input/output error"}; },
     Colour::kBad, "new actions are refused: sync '/s/a': Input/output error", "mend the disk"},
    {"DiskThatFailsIsSaidOnce",
     [](auto& hub) {
       hub.log = {.state = "failed", .error = "sync '/s/a': Input/output error"};
       hub.ready = false;
       hub.not_ready = "storage_failed: sync '/s/a': Input/output error";
     },
     Colour::kBad, "not ready: storage_failed: sync '/s/a'", ""},
    {"DiskIsFull",
     [](auto& hub) { hub.log = {.state = "tail", .error = "its disk is full: its log takes all"}; },
     Colour::kBad, "producers wait or are refused: its disk is full: its log", "make room"},
    {"DiskIsRead", [](auto& hub) { hub.log = {.state = "recovering"}; }, Colour::kWarning,
     "reads what the last run left on disk", ""},
    {"Destroyed",
     [](auto& hub) { hub.log = {.state = "direct", .lost_records = 2, .damaged_ranges = 1}; },
     Colour::kBad, "damage on the disk has destroyed 2 accepted actions", "awpsd --check-spool"},
    {"Damaged", [](auto& hub) { hub.log = {.state = "direct", .damaged_ranges = 1}; },
     Colour::kWarning, "1 damaged place on the disk; no action was lost", "awpsd --check-spool"},
    {"RefusedLate", [](auto& hub) { hub.log = {.state = "direct", .late_refused = 4}; },
     Colour::kWarning, "4 actions since the start could not be written in time", "the disk"},
    {"DiskNearlyFull",
     [](auto& hub) { hub.log = {.state = "direct", .bytes = 1000, .max_bytes = 1100}; },
     Colour::kWarning, "91% full", "raise spool_max_bytes"},
};

class HubOnDisk : public testing::TestWithParam<DiskCase> {};

TEST_P(HubOnDisk, SaysWhatIsAndWhatToDo) {
  HubReading hub = hub_named("chat");
  GetParam().change(hub);
  const std::vector<Note> notes = hub_notes(hub);
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes[0].severity, GetParam().severity);
  EXPECT_NE(notes[0].text.find(GetParam().part), std::string::npos) << notes[0].text;
  EXPECT_NE(notes[0].remedy.find(GetParam().remedy), std::string::npos) << notes[0].remedy;
}

INSTANTIATE_TEST_SUITE_P(All, HubOnDisk, testing::ValuesIn(kDiskCases),
                         [](const auto& row) { return std::string(row.param.name); });

StatusReading status_of(std::vector<HubReading> hubs) {
  StatusReading status;
  status.version = "0.1.0";
  status.state = "running";
  status.ready = true;
  status.hubs = std::move(hubs);
  return status;
}

/// The line that begins so, in the status of these hubs.
std::string line_with(const std::string& begin, const std::vector<HubReading>& hubs) {
  const std::vector<std::string> lines =
      status_lines(status_of(hubs), {.columns = 200, .rows = SIZE_MAX, .paint = Paint(false)});
  const auto found =
      std::ranges::find_if(lines, [&](const std::string& line) { return line.starts_with(begin); });
  return found == lines.end() ? "" : *found;
}

TEST(DiskColumn, IsThereIfAHubHasALog) {
  HubReading durable = hub_named("durable");
  durable.log = {.state = "direct", .bytes = 2'097'152};
  EXPECT_NE(line_with("HUB", {durable, hub_named("memory")}).find("DISK"), std::string::npos);
  EXPECT_NE(line_with("durable", {durable, hub_named("memory")}).find("2 MiB"), std::string::npos);
  EXPECT_NE(line_with("all 2 hubs", {durable, durable}).find("4 MiB"), std::string::npos);
  EXPECT_EQ(line_with("HUB", {hub_named("memory")}).find("DISK"), std::string::npos);
}

TEST(DiskColumn, SaysThatTheDiskFails) {
  HubReading durable = hub_named("durable");
  durable.log = {.state = "failed"};
  EXPECT_NE(line_with("durable", {durable}).find("failed"), std::string::npos);
  HubReading well = hub_named("well");
  well.log = {.state = "direct"};
  EXPECT_NE(line_with("all 2 hubs", {durable, well}).find("failed"), std::string::npos);
}

}  // namespace
}  // namespace awps
