// The connection strings of Event Hubs, and what else that service asks for.

#include "stream/kafka/event_hubs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "stream/kafka/scram_advice.h"
#include "tests/stream/kafka_settings_rig.h"

namespace awps {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

constexpr const char* kHub =
    "Endpoint=sb://ours.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey=k3yk3y=";

TEST(EventHubs, GivesBrokersAndSasl) {
  const auto connection = parse_event_hubs_connection(kHub);
  ASSERT_TRUE(connection);
  const auto made =
      make_kafka_settings({.topic = "actions", .group = "g", .event_hubs = *connection});
  ASSERT_TRUE(made);
  for (const auto* properties : {&made->consumer, &made->producer}) {
    for (const auto& [name, value] : std::map<std::string, std::string>{
             {"bootstrap.servers", "ours.servicebus.windows.net:9093"},
             {"security.protocol", "sasl_ssl"},
             {"sasl.mechanisms", "PLAIN"},
             {"sasl.username", "$ConnectionString"},
             {"sasl.password", kHub},
             {"metadata.max.age.ms", "180000"},
             {"connections.max.idle.ms", "180000"}}) {
      EXPECT_EQ(value_of(*properties, name), value);
    }
  }
  EXPECT_EQ(value_of(made->producer, "request.timeout.ms"), "60000");
  EXPECT_EQ(value_of(made->producer, "message.max.bytes"), "1000000");
  EXPECT_THAT(made->secrets, ElementsAre(kHub, "k3yk3y="));
  EXPECT_FALSE(made->is_plain_text);
}

TEST(EventHubs, GivesAnIdentityOauthbearer) {
  KafkaOptions options = local_options();
  options.brokers = "ours.servicebus.windows.net:9093";
  options.token = [] { return KafkaToken{}; };
  const auto made = make_kafka_settings(options);
  ASSERT_TRUE(made);
  EXPECT_EQ(value_of(made->consumer, "sasl.mechanisms"), "OAUTHBEARER");
  EXPECT_EQ(value_of(made->consumer, "security.protocol"), "sasl_ssl");
}

TEST(EventHubs, TakesItsEmulatorOnThisMachine) {
  const auto connection = parse_event_hubs_connection(
      "Endpoint=sb://localhost;SharedAccessKeyName=Root;SharedAccessKey=SAS_KEY_VALUE;"
      "UseDevelopmentEmulator=true;");
  ASSERT_TRUE(connection);
  const auto made =
      make_kafka_settings({.topic = "actions", .group = "g", .event_hubs = *connection});
  ASSERT_TRUE(made);
  EXPECT_THAT(made->consumer, Contains(Pair("bootstrap.servers", "localhost:9092")));
  EXPECT_THAT(made->consumer, Contains(Pair("security.protocol", "sasl_plaintext")));
  EXPECT_TRUE(made->is_plain_text);
}

TEST(EventHubs, RefusesWhatDoesNotFitTogether) {
  KafkaOptions options{.topic = "actions", .group = "g"};
  options.event_hubs = *parse_event_hubs_connection(std::string(kHub) + ";EntityPath=other");
  EXPECT_THAT(mistakes_of(options), ElementsAre(AllOf(HasSubstr("other"), HasSubstr("`topic`"))));
  options.event_hubs->entity_path = "actions";
  EXPECT_THAT(mistakes_of(options), IsEmpty());
  options.session_timeout = std::chrono::seconds(29);
  EXPECT_THAT(mistakes_of(options), ElementsAre(HasSubstr("session_timeout: ")));
  options.session_timeout = std::chrono::seconds(30);
  options.properties = {{"sasl.username", "me"},
                        {"request.timeout.ms", "59999"},
                        {"metadata.max.age.ms", "180001"},
                        {"message.max.bytes", "1000001"}};
  EXPECT_THAT(mistakes_of(options),
              ElementsAre(HasSubstr("\"sasl.username\": `connection`"),
                          HasSubstr("request.timeout.ms\": Event Hubs needs 60000 at least"),
                          HasSubstr("metadata.max.age.ms\": Event Hubs needs 180000 at most"),
                          HasSubstr("message.max.bytes\": Event Hubs needs 1000000 at most")));
  options.properties.clear();
  options.brokers = "elsewhere.example:9093";
  EXPECT_THAT(mistakes_of(options), ElementsAre(HasSubstr("brokers: ")));
}

struct BadHub {
  const char* text;
  const char* problem;
};

TEST(EventHubs, NamesWhatIsWrongWithAStringWithoutItsKey) {
  for (const BadHub& row : std::vector<BadHub>{
           {"", "Endpoint is missing"},
           {"SharedAccessKeyName=a;SharedAccessKey=k3y", "Endpoint is missing"},
           {"Endpoint=https://x/;SharedAccessKeyName=a;SharedAccessKey=k3y", "sb://HOST/"},
           {"Endpoint=sb://k3y@x/;SharedAccessKeyName=a;SharedAccessKey=k3y", "sb://HOST/"},
           {"Endpoint=sb://x/;SharedAccessKeyName=a", "SharedAccessKey is missing"},
           {"Endpoint=sb://x/;SharedAccessKey=k3y", "SharedAccessKeyName is missing"},
           {"Endpoint=sb://x/;SharedAccessKeyName=a;SharedAccessKey=k3y;sharedaccesskey=k3y",
            "repeats a key"},
           {"Endpoint=sb://x/;k3y", "Key=Value"},
           {"Endpoint=https://x.webpubsub.azure.com;AccessKey=k3y;Version=1.0;", "another service"},
           {"Endpoint=sb://x/;SharedAccessSignature=k3y", "ends some day"},
           {"\"Endpoint=sb://x/;SharedAccessKeyName=a;SharedAccessKey=k3y\"", "quote"},
           {"Endpoint=sb://x/;SharedAccessKeyName=a;SharedAccessKey=k3y;UseDevelopmentEmulator=k3y",
            "neither true nor false"},
           {"Endpoint=sb://x/;SharedAccessKeyName=a;SharedAccessKey=k3y;"
            "UseDevelopmentEmulator=true",
            "must be this machine"}}) {
    const auto connection = parse_event_hubs_connection(row.text);
    ASSERT_FALSE(connection) << row.text;
    EXPECT_THAT(connection.error().message, AllOf(HasSubstr(row.problem), Not(HasSubstr("k3y"))));
  }
}

// ---- SCRAM

struct AdviceRow {
  const char* name;
  KafkaSettings::Properties properties;
  int version;
  bool is_given;
};

class ScramAdvice : public ::testing::TestWithParam<AdviceRow> {};

TEST_P(ScramAdvice, IsGivenWhereTheLibraryMayBeAtFault) {
  const AdviceRow& row = GetParam();
  EXPECT_EQ(!advice_on_refusal(row.properties, row.version).empty(), row.is_given);
}

INSTANTIATE_TEST_SUITE_P(
    All, ScramAdvice,
    ::testing::Values(
        AdviceRow{"Debian12", {{"sasl.mechanism", "SCRAM-SHA-512"}}, 0x020002ff, true},
        AdviceRow{"OtherSpelling", {{"sasl.mechanisms", "SCRAM-SHA-256"}}, 0x020600ff, true},
        AdviceRow{"Mended", {{"sasl.mechanism", "SCRAM-SHA-512"}}, 0x020601ff, false},
        AdviceRow{"Plain", {{"sasl.mechanism", "PLAIN"}}, 0x020002ff, false},
        AdviceRow{"NoSasl", {{"client.id", "SCRAM"}}, 0x020002ff, false}),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace awps
