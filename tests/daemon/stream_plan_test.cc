// What the configuration and the settings make of a stream, and what is wrong with them.

#include "daemon/awpsd/stream_plan.h"

#include <gtest/gtest.h>

#include "daemon/awpsd/plan.h"
#include "tests/daemon/daemon_harness.h"

namespace awps {
namespace {

using Environment = std::map<std::string, std::string, std::less<>>;

const std::string kHubs = "service.hub = \"chat\"\n[hubs.chat]\n[hubs.news]\n";
const std::string kEventHubs =
    "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=awpsd;SharedAccessKey=c2VjcmV0";

std::string stream(const std::string& more) {
  return "[streams.orders]\ntopic = \"t\"\n" + more;
}

Result<Plan, ConfigErrors> plan_of(const std::string& toml, Environment more = {}) {
  more.emplace("WebPubSubConnectionString", connection_to("main"));
  return make_plan(config_of(toml), settings_of(std::move(more)));
}

TEST(StreamPlan, HasTheDefaultHubAndTheTimeoutOfTheSlowest) {
  const auto plan =
      plan_of(kHubs + stream("brokers = \"localhost:1\"\nhubs = [\"news\"]\n") +
              "[services.slow]\nconnection = \"WebPubSubConnectionString\"\ntimeout = "
              "\"40s\"\n[hubs.slow]\nservice = \"slow\"\n");
  ASSERT_TRUE(plan.ok()) << to_string(plan.error());
  ASSERT_EQ(plan->streams.size(), 1U);
  EXPECT_EQ(plan->streams[0].config.hub, "chat");
  EXPECT_EQ(plan->streams[0].service_timeout, std::chrono::seconds(10));
  for (const HubPlan& hub : plan->hubs) EXPECT_EQ(hub.takes_records, hub.hub != "slow") << hub.hub;
  const auto all = plan_of(kHubs + stream("brokers = \"localhost:1\"\nhubs = [\"*\"]\n") +
                           "[services.slow]\nconnection = \"WebPubSubConnectionString\"\ntimeout = "
                           "\"40s\"\n[hubs.slow]\nservice = \"slow\"\n");
  ASSERT_TRUE(all.ok()) << to_string(all.error());
  EXPECT_EQ(all->streams[0].service_timeout, std::chrono::seconds(40));
}

TEST(StreamPlan, TakesAConnectionStringOfEventHubs) {
  const auto plan = plan_of(kHubs + stream("connection = \"EH\"\n"), {{"EH", kEventHubs}});
  ASSERT_TRUE(plan.ok()) << to_string(plan.error());
  EXPECT_EQ(plan->streams[0].brokers, "ns.servicebus.windows.net:9093");
  EXPECT_FALSE(plan->streams[0].identity);
}

TEST(StreamPlan, TakesAnIdentityWhoseTokensAreForTheNamespace) {
  const auto plan = plan_of(kHubs + stream("connection = \"EH\"\n"),
                            {{"EH__fullyQualifiedNamespace", "ns.servicebus.windows.net"},
                             {"EH__tenantId", "t"},
                             {"EH__clientId", "c"},
                             {"EH__clientSecret", "s"}});
  ASSERT_TRUE(plan.ok()) << to_string(plan.error());
  EXPECT_EQ(plan->streams[0].brokers, "ns.servicebus.windows.net:9093");
  ASSERT_TRUE(plan->streams[0].identity);
  EXPECT_EQ(plan->streams[0].identity->identity.scope,
            "https://ns.servicebus.windows.net/.default");
  EXPECT_EQ(plan->streams[0].identity->identity.flow, EntraFlow::kClientSecret);
}

struct MistakeCase {
  const char* name;
  std::string toml;
  const char* says;
};
void PrintTo(const MistakeCase& row, std::ostream* out) {
  *out << row.name;
}

const std::string kLocal = "brokers = \"localhost:1\"\n";

const MistakeCase kMistakes[] = {
    {"UnknownHub", kHubs + stream(kLocal + "hub = \"newz\"\n"),
     "test.toml:7:1: streams.orders.hub: there is no [hubs.newz]; did you mean \"news\"?\n"},
    {"UnknownHubAmongOthers", kHubs + stream(kLocal + "hubs = [\"chat\", \"something\"]\n"),
     "test.toml:7:1: streams.orders.hubs: there is no [hubs.something]; add that table, or name a "
     "hub that there is\n"},
    {"NoHub", "[hubs.chat]\n" + stream(kLocal),
     "test.toml:2:10: streams.orders.hub: there is no hub for its records: name one in hub, or in "
     "hubs those that records may name, or set service.hub\n"},
    {"NoHubForLetters", "[hubs.chat]\n" + stream(kLocal + "hubs = [\"chat\"]\n"),
     "test.toml:2:10: streams.orders.hub: there is no hub that keeps its dead letters: name one in "
     "hub, or a topic in dead_letters, or set service.hub\n"},
    {"AHubThatGivesUp",
     kHubs + "[hubs.once]\nambiguous = \"give_up\"\n" + stream(kLocal + "hubs = [\"*\"]\n"),
     "test.toml:5:1: hubs.once.ambiguous: is \"give_up\", but [streams.orders] may address the "
     "hub, "
     "and a record is sent again when its partition changes hands; write \"retry\", or take the "
     "hub "
     "out of the stream's hub and hubs\n"},
    {"NoSetting", kHubs + stream("connection = \"EH\"\n"),
     "test.toml:6:1: streams.orders.connection: setting 'EH' is not set: there is neither a "
     "systemd "
     "credential nor an environment variable of that name, nor of EH__fullyQualifiedNamespace; set "
     "one of them\n"},
    {"NoSecret", kHubs + stream(kLocal + "secret_properties.sasl.password = \"PW\"\n"),
     "test.toml:7:24: streams.orders.secret_properties.\"sasl.password\": the setting 'PW' is not "
     "set; set a systemd credential or an environment variable of that name\n"},
    {"APropertyThatIsOurs", kHubs + stream(kLocal + "properties.group.id = \"x\"\n"),
     "test.toml:7:18: streams.orders.properties.\"group.id\": write the option `group` instead\n"},
    {"PlainTextToElsewhere", kHubs + stream("brokers = \"kafka-1:1\"\n"),
     "test.toml:6:1: streams.orders.brokers: plain text is for this machine alone: set "
     "properties.\"security.protocol\" to \"ssl\" or \"sasl_ssl\"\n"},
    {"TooShortASession",
     kHubs + stream("brokers = \"a.servicebus.windows.net:9093\"\nsession_timeout = \"6s\"\n"
                    "properties.security.protocol = \"ssl\"\n"),
     "test.toml:7:1: streams.orders.session_timeout: Event Hubs needs 30s at least\n"},
    {"AWayOfSharingThatLosesPartitions",
     kHubs + stream(kLocal + "properties.partition.assignment.strategy = "
                             "\"cooperative-sticky\"\n"),
     "test.toml:7:33: streams.orders.properties.\"partition.assignment.strategy\": with "
     "cooperative-sticky, librdkafka loses partitions: leave it out, or write \"range\"\n"},
};

class StreamPlanMistakes : public testing::TestWithParam<MistakeCase> {};

TEST_P(StreamPlanMistakes, AreNamedWithPlaceAndRemedy) {
  const auto plan = plan_of(GetParam().toml);
  EXPECT_EQ(plan.ok() ? "" : to_string(plan.error()), GetParam().says);
}

INSTANTIATE_TEST_SUITE_P(Table, StreamPlanMistakes, testing::ValuesIn(kMistakes),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(StreamPlan, ATopicOfDeadLettersNeedsNoHub) {
  const auto plan =
      plan_of("[hubs.chat]\n" + stream(kLocal + "hubs = [\"chat\"]\ndead_letters = \"poison\"\n"));
  EXPECT_TRUE(plan.ok()) << to_string(plan.error());
}

// What the rules of properties say is tested where they are: here, that it is a mistake.
TEST(StreamPlan, RefusesASecretAmongPropertiesWithoutShowingIt) {
  const auto plan = plan_of(kHubs + stream(kLocal + "properties.sasl.password = \"hush-hush\"\n"));
  ASSERT_FALSE(plan.ok());
  const std::string mistakes = to_string(plan.error());
  EXPECT_NE(mistakes.find("sasl.password"), std::string::npos) << mistakes;
  EXPECT_EQ(mistakes.find("hush"), std::string::npos) << mistakes;
  EXPECT_NE(mistakes.find("test.toml:7:"), std::string::npos) << mistakes;
}

}  // namespace
}  // namespace awps
