// What of librdkafka's properties is ours, what is refused, what is a secret.

#include "stream/kafka/kafka_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "stream/kafka/kafka_client.h"
#include "tests/stream/kafka_settings_rig.h"
#include "tests/support/test_folder.h"

namespace awps {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct RefusedProperty {
  const char* name;
  const char* value;
  const char* remedy;
};

class RefusedProperties : public ::testing::TestWithParam<RefusedProperty> {};

TEST_P(RefusedProperties, AreNamedWithTheirRemedyInBothTables) {
  const RefusedProperty& row = GetParam();
  for (const bool is_secret : {false, true}) {
    KafkaOptions options = local_options();
    (is_secret ? options.secret_properties : options.properties)[row.name] = row.value;
    const std::string table = is_secret ? "secret_properties" : "properties";
    EXPECT_THAT(mistakes_of(options),
                ElementsAre(AllOf(HasSubstr(table + ".\"" + row.name + "\": "),
                                  HasSubstr(row.remedy), Not(HasSubstr("#")))));
  }
}

INSTANTIATE_TEST_SUITE_P(
    ByKind, RefusedProperties,
    ::testing::Values(
        // What loads or starts something.
        RefusedProperty{"plugin.library.paths", "/tmp/#.so", "foreign code"},
        RefusedProperty{"ssl.engine.location", "/tmp/#.so", "foreign code"},
        RefusedProperty{"ssl.engine.id", "#", "foreign code"},
        RefusedProperty{"ssl.providers", "#", "foreign code"},
        RefusedProperty{"sasl.kerberos.kinit.cmd", "#", "starts a program"},
        RefusedProperty{"enable.sasl.oauthbearer.unsecure.jwt", "true", "signature"},
        // What writes too much, or what is for tests.
        RefusedProperty{"debug", "all", "secrets"}, RefusedProperty{"log_level", "7", "secrets"},
        RefusedProperty{"log.queue", "true", "secrets"},
        RefusedProperty{"internal.termination.signal", "9", "leave it out"},
        RefusedProperty{"test.mock.num.brokers", "3", "for tests"},
        RefusedProperty{"ut_handle_ProduceResponse", "#", "for tests"},
        // What is an option of the stream.
        RefusedProperty{"bootstrap.servers", "#:1", "`brokers`"},
        RefusedProperty{"metadata.broker.list", "#:1", "`brokers`"},
        RefusedProperty{"group.id", "#", "`group`"},
        RefusedProperty{"auto.offset.reset", "latest", "`start`"},
        RefusedProperty{"session.timeout.ms", "6000", "`session_timeout`"},
        RefusedProperty{"heartbeat.interval.ms", "100", "`session_timeout`"},
        RefusedProperty{"max.poll.interval.ms", "100", "`session_timeout`"},
        // What we depend on.
        RefusedProperty{"enable.auto.commit", "true", "commits what is settled"},
        RefusedProperty{"auto.commit.enable", "true", "commits what is settled"},
        RefusedProperty{"auto.commit.interval.ms", "1", "commits what is settled"},
        RefusedProperty{"enable.auto.offset.store", "true", "commits what is settled"},
        RefusedProperty{"offset.store.method", "file", "commits what is settled"},
        RefusedProperty{"offset.store.path", "/tmp/#", "commits what is settled"},
        RefusedProperty{"queued.max.messages.kbytes", "65536", "1 MiB a partition"},
        RefusedProperty{"queued.min.messages", "100000", "1 MiB a partition"},
        RefusedProperty{"fetch.message.max.bytes", "9000000", "1 MiB a partition"},
        RefusedProperty{"max.partition.fetch.bytes", "9000000", "1 MiB a partition"},
        RefusedProperty{"fetch.max.bytes", "9000000", "1 MiB a partition"},
        RefusedProperty{"group.protocol.type", "#", "sets it itself"},
        RefusedProperty{"enable.partition.eof", "false", "sets it itself"},
        RefusedProperty{"statistics.interval.ms", "1000", "sets it itself"},
        RefusedProperty{"enabled_events", "1", "sets it itself"},
        RefusedProperty{"allow.auto.create.topics", "true", "by its owner"},
        // What keeps written records safe and in order.
        RefusedProperty{"acks", "1", "acks = all"},
        RefusedProperty{"request.required.acks", "1", "acks = all"},
        RefusedProperty{"partitioner", "random", "murmur2"},
        RefusedProperty{"enable.idempotence", "true", "acks = all"},
        RefusedProperty{"transactional.id", "#", "acks = all"},
        RefusedProperty{"max.in.flight", "5", "acks = all"},
        RefusedProperty{"max.in.flight.requests.per.connection", "5", "acks = all"},
        RefusedProperty{"message.timeout.ms", "1", "acks = all"},
        RefusedProperty{"delivery.timeout.ms", "1", "acks = all"}));

TEST(KafkaProperties, TakesSecretsInTheirOwnTableAlone) {
  for (const char* name :
       {"sasl.password", "ssl.key.password", "ssl.keystore.password", "ssl.key.pem", "ssl.ca.pem",
        "ssl.certificate.pem", "sasl.oauthbearer.client.secret", "sasl.oauthbearer.config"}) {
    KafkaOptions options = local_options();
    options.properties[name] = "tr0ub4dor";
    EXPECT_THAT(mistakes_of(options),
                ElementsAre(AllOf(HasSubstr(name), HasSubstr("`secret_properties`"),
                                  Not(HasSubstr("tr0ub4dor")))));
    // Debian's librdkafka is built without what asks an authority for tokens.
    if (name == std::string_view("sasl.oauthbearer.client.secret")) continue;
    options.properties.clear();
    options.secret_properties[name] = "tr0ub4dor";
    const auto made = make_kafka_settings(options);
    ASSERT_TRUE(made) << name;
    EXPECT_EQ(value_of(made->consumer, name), "tr0ub4dor");
    EXPECT_THAT(made->secrets, ElementsAre("tr0ub4dor"));
  }
}

TEST(KafkaProperties, NamesThoseThatLibrdkafkaDoesNotKnowOrTake) {
  KafkaOptions options = local_options();
  options.properties = {{"fetch.wait.max.ms", "soon"}, {"group.protocoll", "x"}, {"clientid", "a"}};
  options.secret_properties = {{"socket.timeout.ms", "hunter2"}};
  EXPECT_THAT(
      mistakes_of(options),
      ElementsAre(
          HasSubstr("\"clientid\": librdkafka"),
          HasSubstr("fetch.wait.max.ms\": librdkafka says: "), HasSubstr("group.protocoll\": "),
          AllOf(HasSubstr("secret_properties.\"socket.timeout.ms\""), Not(HasSubstr("hunter2")))));
}

TEST(KafkaProperties, NamesWhatIsSetTwice) {
  KafkaOptions options = local_options();
  options.properties = {
      {"sasl.mechanism", "PLAIN"}, {"sasl.mechanisms", "PLAIN"}, {"client.id", "a"}};
  options.secret_properties = {{"client.id", "b"}};
  EXPECT_THAT(mistakes_of(options), ElementsAre(HasSubstr("\"sasl.mechanisms\": it is set twice"),
                                                HasSubstr("\"client.id\": it is set twice")));
}

struct BrokersRow {
  const char* brokers;
  const char* protocol;
  bool is_taken;
};

TEST(KafkaSettings, SpeaksPlainTextToThisMachineAlone) {
  for (const BrokersRow& row : std::vector<BrokersRow>{{"127.0.0.1:9092", "", true},
                                                       {"localhost:9092,[::1]:9093", "", true},
                                                       {"PLAINTEXT://localhost:9092", "", true},
                                                       {"kafka:9092", "", false},
                                                       {"kafka:9092", "plaintext", false},
                                                       {"kafka:9092", "SASL_PLAINTEXT", false},
                                                       {"localhost:9092,kafka:9092", "", false},
                                                       {"127.0.0.1.evil.example:9092", "", false},
                                                       {"kafka:9093", "ssl", true},
                                                       {"kafka:9093", "SASL_SSL", true}}) {
    KafkaOptions options = local_options();
    options.brokers = row.brokers;
    if (*row.protocol != '\0') options.properties["security.protocol"] = row.protocol;
    const auto made = make_kafka_settings(options);
    EXPECT_EQ(made.ok(), row.is_taken) << row.brokers << ' ' << row.protocol;
    if (made) continue;
    EXPECT_THAT(made.error(), ElementsAre(HasSubstr("\"security.protocol\"")));
  }
}

TEST(KafkaSettings, WantsToKnowWhoTheBrokerIs) {
  KafkaOptions options = local_options();
  options.brokers = "kafka:9093";
  options.properties = {{"security.protocol", "ssl"},
                        {"enable.ssl.certificate.verification", "false"}};
  EXPECT_THAT(mistakes_of(options), ElementsAre(HasSubstr("ssl.ca.location")));
}

// Else the service would start, and only its stream would say what is wrong.
TEST(KafkaSettings, LooksAtTheFilesThatItsPropertiesName) {
  const TestFolder folder;
  const std::string path = folder.file("authority.pem");
  KafkaOptions options = local_options();
  options.properties = {{"security.protocol", "ssl"}, {"ssl.ca.location", path}};
  EXPECT_THAT(mistakes_of(options), ElementsAre(AllOf(HasSubstr("properties.\"ssl.ca.location\""),
                                                      HasSubstr(path), HasSubstr("No such file"))));
  folder.write("authority.pem", "no certificate\n");
  EXPECT_THAT(mistakes_of(options), ElementsAre(HasSubstr("ssl.ca.location")));
  for (const std::string& place : {std::string("probe"), folder.file("")}) {
    options.properties["ssl.ca.location"] = place;
    EXPECT_THAT(mistakes_of(options), IsEmpty()) << place;
  }
}

TEST(KafkaSettings, BoundsWhatIsReadAheadBelowItsPromise) {
  const auto made = make_kafka_settings(local_options());
  ASSERT_TRUE(made);
  const size_t queued = std::stoul(value_of(made->consumer, "queued.max.messages.kbytes")) * 1000;
  const size_t fetched = std::stoul(value_of(made->consumer, "fetch.message.max.bytes"));
  const size_t records = std::stoul(value_of(made->consumer, "queued.min.messages"));
  for (const size_t size : {50UL, 130UL, 1000UL, 10'000UL}) {
    const size_t most = std::min(records, queued / size) + fetched / size;
    EXPECT_LE(most * (size + 300), kPrefetchBytes) << size;
  }
}

// What is asked of a broker for one partition holds up what others need by then.
TEST(KafkaSettings, AsksAgainSoonWhereNothingArrives) {
  const auto made = make_kafka_settings(local_options());
  ASSERT_TRUE(made);
  EXPECT_LE(std::stol(value_of(made->consumer, "fetch.wait.max.ms")), 50);
  KafkaOptions options = local_options();
  options.properties = {{"fetch.wait.max.ms", "200"}};
  const auto changed = make_kafka_settings(options);
  ASSERT_TRUE(changed);
  EXPECT_EQ(value_of(changed->consumer, "fetch.wait.max.ms"), "200");
}

TEST(KafkaSettings, PollsAndBeatsInTimeForEachSession) {
  for (const int seconds : {6, 30, 45, 300}) {
    KafkaOptions options = local_options();
    options.session_timeout = std::chrono::seconds(seconds);
    const auto made = make_kafka_settings(options);
    ASSERT_TRUE(made);
    const long session = std::stol(value_of(made->consumer, "session.timeout.ms"));
    EXPECT_EQ(session, seconds * 1000L);
    EXPECT_GE(std::stol(value_of(made->consumer, "max.poll.interval.ms")), session);
    EXPECT_LE(std::stol(value_of(made->consumer, "heartbeat.interval.ms")), session / 3);
  }
}

TEST(KafkaSettings, LetsTheOperatorReplaceDefaults) {
  KafkaOptions options = local_options();
  options.properties = {
      {"partition.assignment.strategy", "range"}, {"client.id", "me"}, {"linger.ms", "50"}};
  const auto made = make_kafka_settings(options);
  ASSERT_TRUE(made);
  EXPECT_EQ(value_of(made->consumer, "partition.assignment.strategy"), "range");
  EXPECT_EQ(value_of(made->consumer, "client.id"), "me");
  EXPECT_EQ(value_of(made->producer, "linger.ms"), "50");
  EXPECT_EQ(value_of(made->producer, "acks"), "all");
}

TEST(KafkaSettings, AreThoseOfThisLibrdkafka) {
  KafkaOptions options = local_options();
  options.properties = {{"linger.ms", "50"}, {"fetch.wait.max.ms", "50"}};
  const auto made = make_kafka_settings(options);
  ASSERT_TRUE(made);
  std::string lines;
  const KafkaClient::Hooks hooks{.log = [&](int, const std::string& line) { lines += line; }};
  const auto consumer = KafkaClient::make_consumer(*made, hooks);
  EXPECT_TRUE(consumer) << consumer.error().message;
  const auto producer = KafkaClient::make_producer(*made, {}, hooks);
  EXPECT_TRUE(producer) << producer.error().message;
  // Each is given what is for the other.
  EXPECT_THAT(lines, Not(HasSubstr("CONFWARN")));
}

TEST(KafkaSettings, ReplacesSecretsInLines) {
  const std::vector<std::string> secrets = {"Endpoint=sb://x/;SharedAccessKey=k3y", "k3y", ""};
  EXPECT_EQ(without_secrets("a Endpoint=sb://x/;SharedAccessKey=k3y b k3yk3y", secrets),
            "a … b ……");
}

}  // namespace
}  // namespace awps
