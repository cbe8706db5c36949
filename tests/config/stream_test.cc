// [streams.NAME]: values, files that follow one another, mistakes, and what a reload changes.

#include <gtest/gtest.h>

#include <filesystem>

#include "config/load.h"
#include "config/print.h"

namespace awps {
namespace {

ConfigReading reading_of(const std::string& text) {
  return parse_config(std::vector<ConfigText>{{"f", text}});
}

Config parsed(const std::string& text) {
  ConfigReading reading = reading_of(text);
  EXPECT_TRUE(reading.ok()) << to_string(reading.mistakes);
  return std::move(reading.config);
}

using Names = std::vector<std::string>;
using Properties = StreamConfig::Properties;

constexpr const char* kWhole = R"(
[streams.orders]
brokers = "kafka-1:9093,[::1]:9092"
connection = "EventHubs"
topic = "awps.actions_1-x"
group = "fleet 1"
hub = "Chat"
hubs = ["News", "Log"]
max_ahead = 7
start = "latest"
dead_letters = "awps-dead"
session_timeout = "45s"
[streams.orders.properties]
"client.rack" = "eu\"1"
fetch.wait.max.ms = 100
"socket.keepalive.enable" = true
[streams.orders.secret_properties]
"sasl.password" = "KafkaPassword"
)";

/// One that has what it needs, and then `more`.
std::string stream_with(const std::string& more) {
  return "[streams.a]\ntopic = \"t\"\nbrokers = \"b:1\"\n" + more;
}

TEST(StreamConfig, HasItsValues) {
  const StreamConfig expected{.brokers = "kafka-1:9093,[::1]:9092",
                              .connection = "EventHubs",
                              .topic = "awps.actions_1-x",
                              .group = "fleet 1",
                              .hub = "chat",
                              .hubs = {"news", "log"},
                              .max_ahead = 7,
                              .start = StreamConfig::Start::kLatest,
                              .dead_letters = "awps-dead",
                              .session_timeout = std::chrono::seconds(45),
                              .properties = {{"client.rack", "eu\"1"},
                                             {"fetch.wait.max.ms", "100"},
                                             {"socket.keepalive.enable", "true"}},
                              .secret_properties = {{"sasl.password", "KafkaPassword"}}};
  EXPECT_EQ(parsed(kWhole).streams.at("orders"), expected);
}

TEST(StreamConfig, HasDefaultsForAllButItsTopicAndItsBrokers) {
  const StreamConfig stream = parsed(stream_with("")).streams.at("a");
  EXPECT_EQ(stream, (StreamConfig{.brokers = "b:1", .topic = "t"}));
  EXPECT_EQ(stream.group, "awpsd");
  EXPECT_EQ(stream.max_ahead, 5000u);
  EXPECT_EQ(stream.session_timeout, std::chrono::seconds(30));
}

TEST(StreamConfig, OfAnythingReadsBackAsTheSame) {
  const Config config = parsed(kWhole + stream_with("hubs = [\"*\"]\n"));
  const std::string printed = print_config(config);
  EXPECT_EQ(parsed(printed), config) << printed;
}

TEST(StreamConfig, TakesWhatALaterFileSaysKeyByKey) {
  const ConfigReading reading = parse_config(
      std::vector<ConfigText>{{"first", kWhole},
                              {"second",
                               "[streams.orders]\nhubs = [\"a\"]\n[streams.orders.properties]\n"
                               "fetch.wait.max.ms = 5\n\"client.id\" = \"x\"\n"}});
  ASSERT_TRUE(reading.ok()) << to_string(reading.mistakes);
  const StreamConfig& stream = reading.config.streams.at("orders");
  EXPECT_EQ(stream.hubs, Names{"a"});
  EXPECT_EQ(stream.max_ahead, 7u);
  EXPECT_EQ(stream.properties, (Properties{{"client.id", "x"},
                                           {"client.rack", "eu\"1"},
                                           {"fetch.wait.max.ms", "5"},
                                           {"socket.keepalive.enable", "true"}}));
}

struct MistakeCase {
  const char* name;
  std::string text;
  std::string mistakes;
};
void PrintTo(const MistakeCase& row, std::ostream* out) {
  *out << row.name;
}

const std::string kBrokersRemedy =
    "f:4:1: streams.a.brokers: is no list of brokers; write host and port of each, with commas "
    "between, such as \"NAME.servicebus.windows.net:9093\" or \"kafka-1:9093,kafka-2:9093\"\n";
const std::string kTopicRemedy =
    "is no name of a topic; write 1 to 249 letters, digits, '.', '_' and '-', such as "
    "\"awps-actions\"\n";
const std::string kNameRemedy =
    "is no name of a stream; write 1 to 64 letters, digits, '.', '_' and '-', such as "
    "[streams.orders]\n";
const std::string kSettingRemedy =
    "is no name of a setting; write the NAME of the credential or environment variable that holds "
    "it, never the secret itself\n";

std::string with_brokers(const std::string& brokers) {
  return "[streams.a]\ntopic = \"t\"\n\nbrokers = \"" + brokers + "\"";
}

std::string many_streams(size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    const std::string name(1, static_cast<char>('a' + i));
    text += "[streams." + name + "]\ntopic = \"" + name + "\"\nbrokers = \"b:1\"\n";
  }
  return text;
}

const MistakeCase kMistakes[] = {
    {"SharedByNoStream", "service.shared_by = \"orders\"",
     "f:1:9: service.shared_by: there is no [streams.orders]; add that table, or remove this: the "
     "limit is then this daemon's alone\n"},
    {"SharedByAMisspelledStream",
     "[services.b]\nconnection = \"B\"\nshared_by = \"ordres\"\n[streams.orders]\nbrokers = "
     "\"k:1\"\ntopic = \"t\"",
     "f:3:1: services.b.shared_by: there is no [streams.ordres]; did you mean \"orders\"?\n"},
    {"NoTopic", "[streams.a]\nbrokers = \"b:1\"",
     "f:1:10: streams.a: does not say what to read; add topic, such as topic = \"awps-actions\"\n"},
    {"NoBrokers", "[streams.a]\ntopic = \"t\"",
     "f:1:10: streams.a: does not say where to read; add brokers, such as brokers = "
     "\"kafka-1:9093\", or connection, the name of the setting with an Event Hubs connection "
     "string\n"},
    {"NoPort", with_brokers("kafka-1"), kBrokersRemedy},
    {"OneWithoutPort", with_brokers("kafka-1:9092,kafka-2"), kBrokersRemedy},
    {"CommaAtTheEnd", with_brokers("kafka-1:9092,"), kBrokersRemedy},
    {"TwoCommas", with_brokers("kafka-1:9092,,kafka-2:9092"), kBrokersRemedy},
    {"BlankBetween", with_brokers("kafka-1:9092, kafka-2:9092"), kBrokersRemedy},
    {"Scheme", with_brokers("PLAINTEXT://kafka-1:9092"), kBrokersRemedy},
    {"TopicWithABlank", stream_with("dead_letters = \"a b\""),
     "f:4:1: streams.a.dead_letters: " + kTopicRemedy},
    {"EmptyTopic", "[streams.a]\ntopic = \"\"\nbrokers = \"b:1\"",
     "f:2:1: streams.a.topic: " + kTopicRemedy},
    {"TopicOfDots", "[streams.a]\ntopic = \"..\"\nbrokers = \"b:1\"",
     "f:2:1: streams.a.topic: " + kTopicRemedy},
    {"LongTopic", "[streams.a]\ntopic = \"" + std::string(250, 't') + "\"\nbrokers = \"b:1\"",
     "f:2:1: streams.a.topic: " + kTopicRemedy},
    {"EmptyGroup", stream_with("group = \"\""),
     "f:4:1: streams.a.group: is no consumer group; write 1 to 255 bytes, such as \"awpsd\"\n"},
    {"NoHubInHubs", stream_with("hubs = [\"a\", \"1\"]"),
     "f:4:1: streams.a.hubs: item 2 is not the name of a hub: a letter first, then letters, digits "
     "or _ ` , . [ ], at most 128 in all, or \"*\" for all hubs\n"},
    {"AnyHubAndAnother", stream_with("hubs = [\"*\", \"chat\"]"),
     "f:4:1: streams.a.hubs: has \"*\", which is every hub, and others; write one or the other\n"},
    {"NothingAhead", stream_with("max_ahead = 0"),
     "f:4:1: streams.a.max_ahead: is too small; the least is 1\n"},
    {"MuchAhead", stream_with("max_ahead = 1000001"),
     "f:4:1: streams.a.max_ahead: is too large; the most is 1000000\n"},
    {"OtherStart", stream_with("start = \"newest\""),
     "f:4:1: streams.a.start: is \"newest\"; write \"earliest\" or \"latest\"\n"},
    {"ShortSession", stream_with("session_timeout = \"5s\""),
     "f:4:1: streams.a.session_timeout: is too small; the least is \"6s\"\n"},
    {"LongSession", stream_with("session_timeout = \"6m\""),
     "f:4:1: streams.a.session_timeout: is too large; the most is \"5m\"\n"},
    {"ConnectionString", stream_with("connection = \"Endpoint=sb://x;SharedAccessKey=secret\""),
     "f:4:1: streams.a.connection: " + kSettingRemedy},
    {"SecretItself", stream_with("secret_properties.\"sasl.password\" = \"se cret\""),
     "f:4:19: streams.a.secret_properties.\"sasl.password\": " + kSettingRemedy},
    {"PropertyTwice",
     stream_with("properties.\"sasl.password\" = \"x\"\nsecret_properties.sasl.password = \"X\""),
     "f:5:24: streams.a.secret_properties.\"sasl.password\": is in properties, too; remove it from "
     "one of them\n"},
    {"ListAsAProperty", stream_with("properties.x = [\"a\"]"),
     "f:4:12: streams.a.properties.x: is a list; write a string in quotes, a whole number, true or "
     "false\n"},
    {"FractionAsAProperty", stream_with("properties.x = 1.5"),
     "f:4:12: streams.a.properties.x: is the number 1.5; write a string in quotes, a whole number, "
     "true or false\n"},
    {"ControlCharacterInAProperty", stream_with("properties.x = \"a\\nb\""),
     "f:4:12: streams.a.properties.x: has a control character in it; write it on one line, without "
     "\\n, \\t or \\u\n"},
    {"PropertiesThatAreNoTable", stream_with("properties = \"a=b\""),
     "f:4:1: streams.a.properties: is a string; write a table headed [streams.a.properties]\n"},
    {"StreamThatIsNoTable", "streams.a = 1",
     "f:1:9: streams.a: is the number 1; write a table headed [streams.a]\n"},
    {"StreamWithoutAName", "[streams.\"\"]", "f:1:10: streams.\"\": " + kNameRemedy},
    {"StreamWithABlank", "[streams.\"a b\"]", "f:1:10: streams.\"a b\": " + kNameRemedy},
    {"UnknownKey", stream_with("max_aheads = 1"),
     "f:4:1: streams.a.max_aheads: is no option; did you mean max_ahead?\n"},
    {"KeyOfAnotherTable", stream_with("max_in_flight = 1"),
     "f:4:1: streams.a.max_in_flight: is no option here; it belongs in [hub_defaults]\n"},
    {"KeyOfAStreamElsewhere", "[service]\nsession_timeout = \"30s\"",
     "f:2:1: service.session_timeout: is no option here; it belongs in [streams.NAME]\n"},
    {"TheSameTwice", stream_with("[streams.b]\ntopic = \"t\"\nbrokers = \"b:1\""),
     "f:4:10: streams.b: reads the topic \"t\" in the group \"awpsd\", as streams.a does, and each "
     "would have half of its records; remove one of them, or give it another group\n"},
    {"OwnTopicForDeadLetters", stream_with("dead_letters = \"t\""),
     "f:4:1: streams.a.dead_letters: is the topic that streams.a reads: what was given up would "
     "come again; write another topic\n"},
    {"TopicOfAnotherForDeadLetters",
     stream_with("dead_letters = \"u\"\n[streams.b]\ntopic = \"u\"\nbrokers = \"b:1\""),
     "f:4:1: streams.a.dead_letters: is the topic that streams.b reads: what was given up would "
     "come again; write another topic\n"},
    {"OneTooMany", many_streams(kMostStreams + 1),
     "f:49:10: streams.q: is one stream too many: there may be 16; give the topic more partitions "
     "instead, or run a second daemon\n"},
};

class StreamMistakes : public testing::TestWithParam<MistakeCase> {};

TEST_P(StreamMistakes, AreNamedWithPlaceAndRemedy) {
  const ConfigReading reading = reading_of(GetParam().text);
  EXPECT_EQ(reading.ok() ? "" : to_string(reading.mistakes), GetParam().mistakes);
}

INSTANTIATE_TEST_SUITE_P(Table, StreamMistakes, testing::ValuesIn(kMistakes),
                         [](const auto& row) { return std::string(row.param.name); });

const MistakeCase kFine[] = {
    {"AnotherGroup", stream_with("[streams.b]\ntopic = \"t\"\nbrokers = \"b:1\"\ngroup = \"g\""),
     ""},
    {"AnotherCluster", stream_with("[streams.b]\ntopic = \"t\"\nbrokers = \"c:1\""), ""},
    {"ConnectionAlone", "[streams.a]\ntopic = \"t\"\nconnection = \"EventHubs\"", ""},
    {"AsManyAsThereMayBe", many_streams(kMostStreams), ""},
    {"AnyHub", stream_with("hubs = [\"*\"]"), ""},
    {"NameWithADot", "[streams.\"a.b\"]\ntopic = \"t\"\nbrokers = \"b:1\"", ""},
};

INSTANTIATE_TEST_SUITE_P(Fine, StreamMistakes, testing::ValuesIn(kFine),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(StreamChanges, SayAStreamThatCameOrWentByItsTable) {
  const Config with = parsed(stream_with("max_ahead = 7"));
  EXPECT_EQ(changes_between(Config(), with),
            (std::vector<ConfigChange>{{"streams.a", "", "configured", Applies::kAtReload},
                                       {"streams.a.brokers", "\"\"", "\"b:1\"", Applies::kAtReload},
                                       {"streams.a.max_ahead", "5000", "7", Applies::kAtReload},
                                       {"streams.a.topic", "\"\"", "\"t\"", Applies::kAtReload}}));
  EXPECT_EQ(changes_between(with, Config()).front(),
            (ConfigChange{"streams.a", "configured", "", Applies::kAtReload}));
}

TEST(StreamChanges, WaitForAStartButForHubsAndMaxAhead) {
  const Config before = parsed(stream_with(""));
  const Config after = parsed(stream_with(
      "hubs = [\"x\"]\nmax_ahead = 7\ngroup = \"g\"\nproperties = {\"client.id\" = \"x\"}"));
  EXPECT_EQ(changes_between(before, after),
            (std::vector<ConfigChange>{
                {"streams.a.group", "\"awpsd\"", "\"g\"", Applies::kAtStart},
                {"streams.a.hubs", "[]", "[\"x\"]", Applies::kAtReload},
                {"streams.a.max_ahead", "5000", "7", Applies::kAtReload},
                {"streams.a.properties", "{}", "{ \"client.id\" = \"x\" }", Applies::kAtStart}}));
}

TEST(StreamExamples, AreGoodConfigurations) {
  const std::filesystem::path folder =
      std::filesystem::path(AWPS_CONFIG_FILE).parent_path() / "streams";
  size_t examples = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::filesystem::path file = entry.path();
    const ConfigReading reading = load_config(std::span(&file, 1));
    EXPECT_TRUE(reading.ok()) << to_string(reading.mistakes);
    EXPECT_EQ(reading.config.streams.size(), 1U) << file;
    ++examples;
  }
  EXPECT_EQ(examples, 3U);
}

}  // namespace
}  // namespace awps
