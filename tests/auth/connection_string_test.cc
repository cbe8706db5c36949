#include "auth/connection_string.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

struct Taken {
  const char* name;
  std::string_view text;
  std::string_view url;
  std::string_view key;
};

class TakenTest : public testing::TestWithParam<Taken> {};

TEST_P(TakenTest, GivesEndpointAndKey) {
  const Result<ConnectionString> result = parse_connection_string(GetParam().text);
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->endpoint.url, GetParam().url);
  EXPECT_EQ(result->access_key, GetParam().key);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, TakenTest,
    testing::Values(
        Taken{"Portal", "Endpoint=https://a.webpubsub.azure.com;AccessKey=abc+/=;Version=1.0;",
              "https://a.webpubsub.azure.com", "abc+/="},
        Taken{"Emulator", "Endpoint=http://localhost:8080;AccessKey=ABC=;Version=1.0;",
              "http://localhost:8080", "ABC="},
        Taken{"KeysInAnyCase", "eNDPOINT=https://a.b;ACCESSKEY=k", "https://a.b", "k"},
        Taken{"Blanks", " Endpoint = https://a.b ;\n AccessKey = k \r\n;\t", "https://a.b", "k"},
        Taken{"EqualsSignsInTheKey", "Endpoint=https://a.b;AccessKey=x==y=", "https://a.b",
              "x==y="},
        Taken{"EmptyParts", ";;Endpoint=https://a.b;;AccessKey=k;;", "https://a.b", "k"},
        Taken{"UnknownKey", "Endpoint=https://a.b;AccessKey=k;ClientEndpoint=https://c",
              "https://a.b", "k"},
        Taken{"NoScheme", "Endpoint=a.b;AccessKey=k", "https://a.b", "k"},
        Taken{"NoSchemeWithPortAndPath", "Endpoint=a.b:444/x;AccessKey=k", "https://a.b:444/x",
              "k"},
        Taken{"UpperCase", "Endpoint=HTTPS://A.B/Path;AccessKey=k", "https://a.b/Path", "k"},
        Taken{"TrailingSlashes", "Endpoint=https://a.b//;AccessKey=k", "https://a.b", "k"},
        Taken{"Prefix", "Endpoint=https://a.b/sub/x%20y/;AccessKey=k", "https://a.b/sub/x%20y",
              "k"},
        Taken{"Port", "Endpoint=http://localhost/;AccessKey=k;Port=81", "http://localhost:81", "k"},
        Taken{"PortReplacesTheEndpoints", "Endpoint=https://a.b:444;AccessKey=k;Port=8443",
              "https://a.b:8443", "k"},
        Taken{"UsualPortGoes", "Endpoint=https://a.b:444;AccessKey=k;Port=443", "https://a.b", "k"},
        Taken{"UsualPortInTheUrlGoes", "Endpoint=https://a.b:443/x;AccessKey=k", "https://a.b/x",
              "k"},
        Taken{"HttpsPortOfHttpStays", "Endpoint=http://127.0.0.1:443;AccessKey=k",
              "http://127.0.0.1:443", "k"},
        Taken{"LowestPort", "Endpoint=a.b;AccessKey=k;Port=1", "https://a.b:1", "k"},
        Taken{"HighestPort", "Endpoint=a.b;AccessKey=k;Port=65535", "https://a.b:65535", "k"},
        Taken{"LoopbackNet", "Endpoint=http://127.8.9.10;AccessKey=k", "http://127.8.9.10", "k"},
        Taken{"LoopbackOfSix", "Endpoint=http://[::1]:8090;AccessKey=k", "http://[::1]:8090", "k"},
        Taken{"LoopbackOfSixInFull", "Endpoint=http://[0:0:0:0:0:0:0:1];AccessKey=k",
              "http://[0:0:0:0:0:0:0:1]", "k"},
        Taken{"SixOverTls", "Endpoint=https://[2001:DB8::1];AccessKey=k", "https://[2001:db8::1]",
              "k"}),
    [](const auto& row) { return row.param.name; });

struct Refused {
  const char* name;
  std::string_view text;
  std::string_view reason;  // what the message must say
};

class RefusedTest : public testing::TestWithParam<Refused> {};

TEST_P(RefusedTest, SaysWhyWithoutTheKey) {
  const Result<ConnectionString> result = parse_connection_string(GetParam().text);
  ASSERT_FALSE(result.ok()) << result->endpoint.url;
  const std::string& message = result.error().message;
  EXPECT_NE(message.find(GetParam().reason), std::string::npos) << message;
  EXPECT_EQ(message.find("s3cret"), std::string::npos) << message;
}

INSTANTIATE_TEST_SUITE_P(
    Texts, RefusedTest,
    testing::Values(
        Refused{"Empty", "", "Endpoint is missing"},
        Refused{"NoEndpoint", "AccessKey=s3cret", "Endpoint is missing"},
        Refused{"EmptyEndpoint", "Endpoint=;AccessKey=s3cret", "Endpoint is missing"},
        Refused{"NoKey", "Endpoint=https://a.b", "AccessKey is missing"},
        Refused{"EmptyKey", "Endpoint=https://a.b;AccessKey= ", "AccessKey is missing"},
        Refused{"KeyAlone", "s3cret", "part 1 is not of the form"},
        Refused{"PartWithoutEquals", "Endpoint=https://a.b;AccessKey=s3;s3cret", "part 3 is not"},
        Refused{"EmptyName", "Endpoint=https://a.b;=s3cret", "part 2 is not of the form"},
        Refused{"EndpointTwice", "Endpoint=a.b;endpoint=a.b;AccessKey=s3cret", "part 2 repeats"},
        Refused{"KeyTwice", "Endpoint=a.b;AccessKey=s3cret;ACCESSKEY=s3cret", "part 3 repeats"},
        Refused{"UnknownTwice", "Endpoint=a.b;AccessKey=s3cret;x=1;X=2", "part 4 repeats"},
        Refused{"PortZero", "Endpoint=a.b;AccessKey=s3cret;Port=0", "Port is not"},
        Refused{"PortTooHigh", "Endpoint=a.b;AccessKey=s3cret;Port=65536", "Port is not"},
        Refused{"PortNegative", "Endpoint=a.b;AccessKey=s3cret;Port=-1", "Port is not"},
        Refused{"PortSigned", "Endpoint=a.b;AccessKey=s3cret;Port=+80", "Port is not"},
        Refused{"PortEmpty", "Endpoint=a.b;AccessKey=s3cret;Port=", "Port is not"},
        Refused{"PortNoNumber", "Endpoint=a.b;AccessKey=s3cret;Port=80x", "Port is not"},
        Refused{"PortInTheUrl", "Endpoint=https://a.b:0;AccessKey=s3cret", "port is not"},
        Refused{"EmptyPortInTheUrl", "Endpoint=https://a.b:;AccessKey=s3cret", "port is not"},
        Refused{"HttpElsewhere", "Endpoint=http://a.b;AccessKey=s3cret", "loopback hosts only"},
        Refused{"HttpNearLoopback", "Endpoint=http://128.0.0.1;AccessKey=s3cret", "loopback"},
        Refused{"HttpNamedLikeLoopback", "Endpoint=http://127.0.0.1.a.b;AccessKey=s3cret",
                "loopback"},
        Refused{"HttpNamedLikeLocalhost", "Endpoint=http://localhost.a.b;AccessKey=s3cret",
                "loopback"},
        Refused{"HttpOnAnyAddress", "Endpoint=http://0.0.0.0;AccessKey=s3cret", "loopback"},
        Refused{"HttpMappedAddress", "Endpoint=http://[::ffff:1.2.3.4];AccessKey=s3cret",
                "loopback"},
        Refused{"OtherScheme", "Endpoint=wss://a.b;AccessKey=s3cret", "neither https nor http"},
        Refused{"UserName", "Endpoint=https://u:s3cret@a.b;AccessKey=s3cret", "user name"},
        Refused{"Query", "Endpoint=https://a.b?x=1;AccessKey=s3cret", "query"},
        Refused{"Fragment", "Endpoint=https://a.b/#x;AccessKey=s3cret", "query or a fragment"},
        Refused{"NoHost", "Endpoint=https://;AccessKey=s3cret", "no valid host"},
        Refused{"PathForHost", "Endpoint=https:///s3cret;AccessKey=s3cret", "no valid host"},
        Refused{"BlankInHost", "Endpoint=https://a b;AccessKey=s3cret", "no valid host"},
        Refused{"OpenBracket", "Endpoint=https://[::1;AccessKey=s3cret", "lacks its ']'"},
        Refused{"NoAddressInBrackets", "Endpoint=https://[a.b];AccessKey=s3cret", "no valid host"},
        Refused{"AfterBrackets", "Endpoint=https://[::1]x;AccessKey=s3cret", "other than a port"},
        Refused{"DotSegments", "Endpoint=https://a.b/x/../y;AccessKey=s3cret", "path is not valid"},
        Refused{"BlankInPath", "Endpoint=https://a.b/x y;AccessKey=s3cret", "path is not valid"},
        Refused{"HalfAnEscape", "Endpoint=https://a.b/%2;AccessKey=s3cret", "path is not valid"}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    WhatPeoplePaste, RefusedTest,
    testing::Values(
        Refused{"InQuotes", R"("Endpoint=https://a.b;AccessKey=s3cret;Version=1.0;")",
                "stands in quotes"},
        Refused{"InSingleQuotes", "'Endpoint=https://a.b;AccessKey=s3cret'", "stands in quotes"},
        Refused{"InCurlyQuotes", "“Endpoint=https://a.b;AccessKey=s3cret”", "stands in quotes"},
        Refused{"QuotesAndNewline", "\"Endpoint=https://a.b;AccessKey=s3cret\"\n",
                "stands in quotes"},
        Refused{"QuoteBehindTheKey", R"(Endpoint=https://a.b;AccessKey=s3cret")",
                "AccessKey has a quote at an end"},
        Refused{"KeyInQuotes", R"(Endpoint=https://a.b;AccessKey="s3cret";Version=1.0)",
                "AccessKey has a quote at an end"},
        Refused{"QuoteAtTheVeryEnd", R"(Endpoint=https://a.b;AccessKey=s3cret;Version=1.0;")",
                "a quote stands at its end"},
        Refused{"QuoteBehindTheVersion", R"(Endpoint=https://a.b;AccessKey=s3cret;Version=1.0")",
                "part 3 has a quote at an end"},
        Refused{"EndpointInQuotes", R"(Endpoint="https://a.b";AccessKey=s3cret)",
                "part 1 has a quote at an end"},
        Refused{"WholeLineOfAnEnvFile", "Web=Endpoint=https://a.b;AccessKey=s3cret",
                "setting's name stands before it"},
        Refused{"LineOfAnEnvFileInQuotes", R"(Web="Endpoint=https://a.b;AccessKey=s3cret")",
                "a quote at an end"},
        Refused{"KeyVaultReference", "@Microsoft.KeyVault(SecretUri=https://v/secrets/s3cret)",
                "a Key Vault reference"},
        Refused{"Url", "https://a.webpubsub.azure.com", "a URL alone"},
        Refused{"ClientUrl", "wss://a.b/client/hubs/h?access_token=s3cret", "a URL alone"},
        Refused{"Json", R"({"connectionString":"s3cret"})", "it is JSON"},
        Refused{"SignalR", "Endpoint=https://a.service.signalr.net;AccessKey=s3cret;Version=1.0;",
                "belongs to Azure SignalR Service"},
        Refused{"ServiceBus", "Endpoint=sb://a.servicebus.windows.net/;SharedAccessKey=s3cret",
                "belongs to another service"},
        Refused{"ServiceBusHost", "Endpoint=https://a.servicebus.windows.net/;AccessKey=s3cret",
                "belongs to Service Bus"},
        Refused{"Communication", "endpoint=https://a.communication.azure.com/;accesskey=s3cret",
                "belongs to Communication Services"},
        Refused{"Storage", "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=s3cret",
                "belongs to another service"},
        Refused{"PlaceholderOfTheReadme", "Endpoint=https://a.b;AccessKey=…;Version=1.0;",
                "AccessKey is a placeholder"},
        Refused{"PlaceholderOfDots", "Endpoint=https://a.b;AccessKey=...;Version=1.0;",
                "AccessKey is a placeholder"},
        Refused{"PlaceholderInBrackets", "Endpoint=https://a.b;AccessKey=<s3cret>;Version=1.0;",
                "AccessKey is a placeholder"},
        Refused{"PlaceholderOfAShell", "Endpoint=https://a.b;AccessKey=${s3cret}",
                "AccessKey is a placeholder"},
        Refused{"PlaceholderForAName", "Endpoint=https://<name>.webpubsub.azure.com;AccessKey=k",
                "with the name of your service"},
        Refused{"BlankInTheKey", "Endpoint=https://a.b;AccessKey=s3cret s3cret",
                "characters that no key has"},
        Refused{"BytesThatAreNoText", "Endpoint=https://a.b;AccessKey=s3cret\xff",
                "characters that no key has"}),
    [](const auto& row) { return row.param.name; });

TEST(ConnectionString, MayBePlainHttpToTheHostsThatAreNamed) {
  const std::vector<std::string> hosts = {"emulator"};
  const auto taken = parse_connection_string("Endpoint=http://Emulator:8090;AccessKey=k", hosts);
  ASSERT_TRUE(taken.ok()) << taken.error().message;
  EXPECT_EQ(taken->endpoint.url, "http://emulator:8090");
  EXPECT_FALSE(parse_connection_string("Endpoint=http://emulator.x;AccessKey=k", hosts).ok());
  EXPECT_FALSE(parse_connection_string("Endpoint=http://a.emulator;AccessKey=k", hosts).ok());
  EXPECT_FALSE(parse_connection_string("Endpoint=http://emulator;AccessKey=k").ok());
}

TEST(ServiceEndpoint, KnowsItsHost) {
  EXPECT_EQ(host_of({"https://a.b:444/x"}), "a.b");
  EXPECT_EQ(host_of({"https://a.b/x:1"}), "a.b");
  EXPECT_EQ(host_of({"http://[::1]:80"}), "::1");
  EXPECT_EQ(host_of({"https://a.b"}), "a.b");
}

TEST(ConnectionString, HasABound) {
  std::string text = "Endpoint=https://a.b;AccessKey=k";
  for (int i = 0; i < 100; ++i) text += ";k" + std::to_string(i) + "=v";
  EXPECT_FALSE(parse_connection_string(text).ok());
}

}  // namespace
}  // namespace awps
