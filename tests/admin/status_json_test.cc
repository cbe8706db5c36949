// The status as JSON: ADMIN.md's example is the oracle for its shape, so that the document cannot
// say what the daemon does not do.

#include "admin/status_json.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "base/check.h"
#include "tests/admin/fake_service.h"

namespace awps::admin {
namespace {

using nlohmann::json;

std::string document() {
  std::ifstream file(AWPS_ADMIN_DOCUMENT);
  std::stringstream text;
  text << file.rdbuf();
  AWPS_CHECK(!text.str().empty());
  return text.str();
}

void replace_all(std::string& text, const std::string& what, const std::string& with) {
  for (size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

/// The example, with what its dots stand for.
json documented() {
  std::string text = document();
  const size_t begin = text.find("```json\n");
  text = text.substr(begin + 8, text.find("```", begin + 8) - begin - 8);
  replace_all(text, ", …]", "]");
  for (const std::string name : {"\"request\": ", "\"commit\": "}) {
    replace_all(text, name + "{…}",
                name + R"({"boundsSeconds": [1.0], "counts": [0], "sumSeconds": 0.1})");
  }
  const json parsed = json::parse(text, nullptr, false);
  AWPS_CHECK(parsed.is_object());
  return parsed;
}

/// "hubs[].actions.queued number" for every member at any depth.
void add_shape(const json& value, const std::string& path, std::set<std::string>& shape) {
  if (value.is_object()) {
    for (const auto& [name, member] : value.items()) {
      add_shape(member, path.empty() ? name : path + "." + name, shape);
    }
    return;
  }
  if (value.is_array()) {
    if (value.empty()) shape.insert(path + "[]");
    for (const json& item : value) add_shape(item, path + "[]", shape);
    return;
  }
  const std::string type = value.is_number() ? "number" : value.type_name();
  shape.insert(path + " " + type);
}

std::set<std::string> shape_of(const json& value) {
  std::set<std::string> shape;
  add_shape(value, "", shape);
  return shape;
}

TEST(StatusJson, HasTheShapeThatTheDocumentShows) {
  ServiceStatus status = sample_status();
  status.hubs.pop_back();
  status.hubs[0].report->kinds_held.clear();  // empty in the example
  status.streams[0].partitions.pop_back();    // less is known of it
  EXPECT_EQ(shape_of(json::parse(status_json(status))), shape_of(documented()));
}

TEST(StatusJson, SaysWhatTheExampleSays) {
  const json status = json::parse(status_json(sample_status()));
  EXPECT_EQ(status["protocol"], 1);
  EXPECT_EQ(status["startedAt"], "2026-01-02T03:04:05.678Z");
  EXPECT_EQ(status["uptimeSeconds"], 12.3);
  EXPECT_EQ(status["logLinesDropped"], 11);
  EXPECT_EQ(status["state"], "running");
  EXPECT_EQ(status["ready"], true);
  EXPECT_EQ(status["intake"]["pausedReads"], sample_status().intake.paused_reads);
  EXPECT_EQ(status["endpoints"][0]["pace"]["learnt"], true);
  EXPECT_EQ(status["endpoints"][0]["sharedBy"]["owned"], 24);
  EXPECT_EQ(status["endpoints"][0]["sharedBy"]["part"], 0.375);
  const json& hub = status["hubs"][0];
  EXPECT_EQ(hub["queue"]["waitingLanes"][0]["target"], "group dashboard");
  EXPECT_EQ(hub["deadLetters"]["lastNumber"], 95);
  EXPECT_EQ(hub["deadLetters"]["dropped"], 303);
  EXPECT_EQ(hub["deadLetters"]["store"], "disk");
  EXPECT_EQ(hub["deadLetters"]["unwritten"], 304);
  EXPECT_EQ(hub["deadLetters"]["error"], "write '/spool': no space");
  EXPECT_EQ(hub["busySeconds"], 1.5);
  EXPECT_EQ(hub["limits"]["requestsPerSecond"], 12.5);
}

TEST(StatusJson, SaysWhatRoomTheLogsHave) {
  const json spool = json::parse(status_json(sample_status()))["spool"];
  EXPECT_EQ(spool["bytes"], 4'000'011);
  EXPECT_EQ(spool["maxBytes"], 4'000'012);
  EXPECT_EQ(spool["freeBytes"], 4'000'013);
  EXPECT_EQ(spool["minFreeBytes"], 4'000'014);
}

TEST(StatusJson, SaysWhatEarlierStopsLeft) {
  ServiceStatus sample = sample_status();
  EXPECT_EQ(json::parse(status_json(sample))["spool"]["undelivered"],
            json::parse(R"({"files": 2, "actions": 586, "bytes": 70000, "atLeast": false,
                            "oldestAt": "2026-01-02T03:03:20.000Z", "error": ""})"));
  sample.undelivered = {.is_at_least = true, .error = "Permission denied"};
  EXPECT_EQ(json::parse(status_json(sample))["spool"]["undelivered"],
            json::parse(R"({"files": 0, "actions": 0, "bytes": 0, "atLeast": true,
                            "error": "Permission denied"})"));
}

TEST(StatusJson, SaysWhatIsKnownOfTrouble) {
  ServiceStatus sample = sample_status();
  EndpointStatus& held = sample.endpoints[0];
  held.state = "held";
  held.hold = "credential";
  held.remedy = "check the access key";
  held.suspects = 7;  // more than have a name
  const json endpoint = json::parse(status_json(sample))["endpoints"][0];
  EXPECT_EQ(endpoint["hold"], "credential");
  EXPECT_EQ(endpoint["remedy"], "check the access key");
  EXPECT_EQ(endpoint["suspects"]["count"], 7);
  EXPECT_EQ(endpoint["suspects"]["named"], json::parse(R"([{"target": "sendToGroup in group 'news'",
                             "cause": "500 InternalServerError", "seconds": 12.5}])"));
  EXPECT_EQ(endpoint["learnt"][0], "fan_out: off: such requests fail; tried again in 60 s");
  EXPECT_EQ(endpoint["rulesOff"], json::array({"fan_out"}));
}

TEST(StatusJson, KeepsTheLawOfTheActions) {
  const json status = json::parse(status_json(sample_status()));
  for (const json& hub : status["hubs"]) {
    const json& actions = hub["actions"];
    uint64_t sum = 0;
    for (const char* name : {"queued", "active", "deferred", "delivered", "superseded",
                             "deadLettered", "expired", "abandoned", "returned"}) {
      sum += actions[name].get<uint64_t>();
    }
    EXPECT_EQ(actions["accepted"], sum);
  }
}

TEST(StatusJson, SaysEveryNumberOfAHub) {
  // Each number of the sample is another one, so that one which is left out shows.
  const ServiceStatus status = sample_status();
  const std::string text = status_json(status);
  const HubValues& values = status.hubs[1].values;
  const auto says = [&](std::string_view field, uint64_t value) {
    const std::string number = ":" + std::to_string(value);
    return field == "busy_nanoseconds" || text.find(number + ",") != std::string::npos ||
           text.find(number + "}") != std::string::npos;
  };
#define AWPS_EXPECT(field, ...) EXPECT_TRUE(says(#field, values.field)) << #field;
  AWPS_HUB_COUNTERS(AWPS_EXPECT)
  AWPS_HUB_CHARGES(AWPS_EXPECT)
#undef AWPS_EXPECT
}

TEST(StatusJson, SaysEveryNumberOfALog) {
  const ServiceStatus status = sample_status();
  const std::string text = status_json(status);
  const SpoolValues& values = status.hubs[0].spool->values;
  const auto says = [&](std::string_view field, uint64_t value) {
    const std::string number = ":" + std::to_string(value);
    return field == "failed" || field == "recovery_nanoseconds" ||
           text.find(number + ",") != std::string::npos ||
           text.find(number + "}") != std::string::npos;
  };
#define AWPS_EXPECT(field, ...) EXPECT_TRUE(says(#field, values.field)) << #field;
  AWPS_SPOOL_COUNTERS(AWPS_EXPECT)
  AWPS_SPOOL_ERRORS(AWPS_EXPECT)
  AWPS_SPOOL_GAUGES(AWPS_EXPECT)
#undef AWPS_EXPECT
  const json spool = json::parse(text)["hubs"][0]["spool"];
  EXPECT_EQ(spool["state"], "tail");
  EXPECT_EQ(spool["holders"][0]["producer"], "billing");
  EXPECT_EQ(spool["holders"][0]["connection"], 12);
  EXPECT_EQ(spool["holders"][0]["bytes"], 345);
  EXPECT_EQ(spool["oldestSeconds"], 2.5);
  EXPECT_EQ(spool["recoverySeconds"], 0.25);
  EXPECT_EQ(spool["maxBytes"], 1073741824);
}

TEST(StatusJson, SaysEveryNumberOfAStream) {
  const StreamValues values = sample_status().streams[0].values;
  const json stream = json::parse(status_json(sample_status()))["streams"][0];
#define AWPS_EXPECT(field, ...) EXPECT_EQ(stream[#field], values.field);
  AWPS_STREAM_COUNTERS(AWPS_EXPECT)
#undef AWPS_EXPECT
#define AWPS_EXPECT(field, label) EXPECT_EQ(stream["commits"][label], values.field);
  AWPS_STREAM_COMMITS(AWPS_EXPECT)
#undef AWPS_EXPECT
#define AWPS_EXPECT(field, label) EXPECT_EQ(stream["rebalances"][label], values.field);
  AWPS_STREAM_REBALANCES(AWPS_EXPECT)
#undef AWPS_EXPECT
}

TEST(StatusJson, SaysWhatHoldsAPartitionBack) {
  const json stream = json::parse(status_json(sample_status()))["streams"][0];
  EXPECT_EQ(stream["cause"], "no broker answers: Connection refused");
  EXPECT_EQ(stream["maxAhead"], 5000);
  EXPECT_EQ(stream["partitions"][0], json::parse(R"({
      "number": 3, "ownedSince": "2026-01-02T03:04:10.000Z", "settledOffset": 120033,
      "committedOffset": 120031, "lag": 300000, "ahead": 5000, "wait": "ahead",
      "oldest": {"offset": 120033, "seconds": 61.5, "writtenAt": "2026-01-02T03:01:40.000Z",
                 "hub": "chat", "action": "sendToGroup",
                 "why": "the service answered 503; attempt 7 in 12 s"}})"));
  EXPECT_EQ(stream["partitions"][1],
            json::parse(R"({"number": 11, "ownedSince": "2026-01-02T03:04:11.000Z", "ahead": 0,
                            "wait": ""})"))
      << "what is not known is left out";
}

TEST(StatusJson, HasALogOnlyForAHubThatHasOne) {
  const json status = json::parse(status_json(sample_status()));
  EXPECT_TRUE(status["hubs"][0].contains("spool"));
  EXPECT_FALSE(status["hubs"][1].contains("spool"));
}

TEST(StatusJson, SaysWhyALogHasFailed) {
  ServiceStatus status = sample_status();
  status.hubs[0].spool->state = "failed";
  status.hubs[0].spool->error = "sync '/var/lib/awpsd/spool/chat/a': Input/output error";
  const json spool = json::parse(status_json(status))["hubs"][0]["spool"];
  EXPECT_EQ(spool["state"], "failed");
  EXPECT_EQ(spool["error"], "sync '/var/lib/awpsd/spool/chat/a': Input/output error");
}

TEST(StatusJson, IsTestedWithNumbersThatDiffer) {
  const ServiceStatus status = sample_status();
  std::map<uint64_t, std::string> fields;
  const auto add = [&](uint64_t number, const std::string& field) {
    const auto [known, is_new] = fields.emplace(number, field);
    EXPECT_TRUE(is_new) << field << " has the number of " << known->second;
  };
#define AWPS_ADD(field, ...) \
  if (std::string_view(#field) != "busy_nanoseconds") add(hub.values.field, hub.name + "." #field);
  for (const HubStatus& hub : status.hubs) {
    AWPS_HUB_COUNTERS(AWPS_ADD)
    AWPS_HUB_GAUGES(AWPS_ADD)
    AWPS_HUB_CHARGES(AWPS_ADD)
  }
#undef AWPS_ADD
#define AWPS_ADD(field, ...)                                  \
  if (std::string_view(#field) != "failed" &&                 \
      std::string_view(#field) != "recovery_nanoseconds") {   \
    add(status.hubs[0].spool->values.field, "spool." #field); \
  }
  AWPS_SPOOL_COUNTERS(AWPS_ADD)
  AWPS_SPOOL_ERRORS(AWPS_ADD)
  AWPS_SPOOL_GAUGES(AWPS_ADD)
#undef AWPS_ADD
#define AWPS_ADD(field, ...) add(status.intake.field, "intake." #field);
  AWPS_INTAKE_COUNTERS(AWPS_ADD)
#undef AWPS_ADD
}

TEST(StatusJson, CountsOneBucketMoreThanBounds) {
  const json status = json::parse(status_json(sample_status()));
  const json& latency = status["hubs"][0]["latency"];
  for (const char* name : {"delivery", "request"}) {
    EXPECT_EQ(latency[name]["counts"].size(), latency[name]["boundsSeconds"].size() + 1);
  }
  EXPECT_EQ(latency["delivery"]["boundsSeconds"][0], 0.0001);
  EXPECT_EQ(latency["delivery"]["boundsSeconds"][36], 100);
}

TEST(StatusJson, LeavesOutWhatAWorkerThatDidNotAnswerKnows) {
  const json hub = json::parse(status_json(sample_status()))["hubs"][1];
  EXPECT_FALSE(hub.contains("deadLetters"));
  EXPECT_FALSE(hub["limits"].contains("kindsHeld"));
  EXPECT_FALSE(hub["limits"].contains("concurrencyReason"));
  EXPECT_FALSE(hub["queue"].contains("waitingLanes"));
}

TEST(StatusJson, NamesTheStates) {
  ServiceStatus status = sample_status();
  status.stopping = true;
  status.not_ready = {"it stops"};
  const std::pair<HubState, const char*> states[] = {{HubState::kRunning, "running"},
                                                     {HubState::kPaused, "paused"},
                                                     {HubState::kDraining, "draining"},
                                                     {HubState::kDrained, "drained"},
                                                     {HubState::kRemoved, "removed"}};
  for (const auto& [state, word] : states) {
    status.hubs[0].state = state;
    EXPECT_EQ(json::parse(status_json(status))["hubs"][0]["state"], word);
  }
  const json stopping = json::parse(status_json(status));
  EXPECT_EQ(stopping["state"], "stopping");
  EXPECT_EQ(stopping["ready"], false);
  EXPECT_EQ(stopping["notReady"][0], "it stops");
}

TEST(StatusJson, IsValidWhateverTheWorldSays) {
  ServiceStatus status = sample_status();
  status.endpoints[0].cause = "\xff\xfe half: \xe2\x82 quote \" line\n \x01";
  status.hubs[0].report->last_dead_letter = std::string("a\0b", 3);
  const json parsed = json::parse(status_json(status), nullptr, false);
  ASSERT_TRUE(parsed.is_object());
  const auto cause = parsed["endpoints"][0]["cause"].get<std::string>();
  EXPECT_NE(cause.find("\xef\xbf\xbd"), std::string::npos) << "no U+FFFD";
  EXPECT_TRUE(cause.ends_with(" quote \" line\n \x01"));
  EXPECT_EQ(parsed["hubs"][0]["deadLetters"]["last"], std::string("a\0b", 3));
}

}  // namespace
}  // namespace awps::admin
