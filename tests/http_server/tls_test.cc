// TLS: what is spoken, and that whoever does not finish a handshake holds up nobody.

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "http_server/tls_context.h"
#include "tests/http_server/server_harness.h"

namespace awps::http_server {
namespace {

using std::chrono::milliseconds;

HttpClient client_of(const TestServer& server, const ClientTls& tls) {
  return HttpClient(to_text(server.server.addresses()[0]), tls);
}

TEST(Tls, IsOfTheNewestVersionWithHttp11) {
  TestServer server(Door::kTls);
  HttpClient client = server.client();
  ASSERT_EQ(client.get("/ok").status, 200);
  EXPECT_EQ(client.tls_words(), "TLSv1.3 http/1.1");
}

TEST(Tls, IsSpokenWithAClientThatOffersNoProtocol) {
  TestServer server(Door::kTls);
  HttpClient client = client_of(server, {.protocols = ""});
  ASSERT_EQ(client.get("/ok").status, 200);
  EXPECT_EQ(client.tls_words(), "TLSv1.3 ");
}

TEST(Tls, IsRefusedToAnOldVersionAndToAnotherProtocol) {
  TestServer server(Door::kTls);
  HttpClient old = client_of(server, {.is_old = true});
  EXPECT_FALSE(old.shakes_hands());
  HttpClient newer = client_of(server, {.protocols = "h2"});
  EXPECT_FALSE(newer.shakes_hands());
  HttpClient client = server.client();
  EXPECT_EQ(client.get("/ok").status, 200);
}

TEST(Handshakes, ThatFailEndTheirConnection) {
  TestServer server(Door::kTls);
  for (const std::string& words :
       {request_text("GET /ok HTTP/1.1"), std::string(100'000, 'x'), std::string("\x16\x03\x01")}) {
    HttpClient plain = server.plain_client();
    (void)plain.write(words);  // it may be closed before the last byte
    if (words.size() < 4) plain.close();
  }
  HttpClient client = server.client();
  ASSERT_EQ(client.get("/ok").status, 200);
  while (server.server.connections() > 1) ASSERT_EQ(client.get("/ok").status, 200);
  EXPECT_TRUE(server.handler.notes().empty());
}

TEST(Handshakes, ThatDoNotComeHoldUpNobodyAndEnd) {
  TestServer server(Door::kTls, {.handshake_time = milliseconds(1000)});
  HttpClient silent = server.plain_client();
  HttpClient half = server.plain_client();
  ASSERT_TRUE(half.write("\x16\x03\x01\x02"));
  HttpClient client = server.client();
  EXPECT_EQ(client.get("/ok").status, 200);
  EXPECT_TRUE(silent.reads_end());
  EXPECT_TRUE(half.reads_end());
  EXPECT_EQ(client.get("/ok").status, 200);
  while (server.server.connections() > 1) ASSERT_EQ(client.get("/ok").status, 200);
}

TEST(Handshakes, ThatAreTooManyMakeRoomOldestFirst) {
  TestServer server(Door::kTls, {.max_strangers = 8});  // three handshakes at once
  const std::string request = request_text("GET /ok HTTP/1.1", {kKnown});
  HttpClient known = server.client();
  ASSERT_EQ(known.ask(request).status, 200);
  std::vector<HttpClient> silent;
  for (int i = 0; i < 30; ++i) {
    silent.push_back(server.plain_client());
    ASSERT_TRUE(silent.back().is_connected());
  }
  HttpClient client = server.client();
  EXPECT_EQ(client.get("/ok").status, 200);
  for (int i = 0; i < 27; ++i) EXPECT_TRUE(silent[static_cast<size_t>(i)].reads_end()) << i;
  EXPECT_FALSE(silent.back().has_unread());
  EXPECT_EQ(known.ask(request).status, 200);
}

TEST(Handshakes, AreEndedByAStop) {
  TestServer server(Door::kTls, {.stop_time = std::chrono::minutes(10)});
  HttpClient client = server.client();
  ASSERT_EQ(client.get("/ok").status, 200);
  HttpClient silent = server.plain_client();
  while (server.server.connections() < 2) ASSERT_EQ(client.get("/ok").status, 200);
  server.server.stop();
  EXPECT_TRUE(silent.reads_end());
}

// The client has sent what the server will not read, and is to get the answer all the same.
TEST(Tls, IsEndedSoThatTheClientGetsTheAnswer) {
  TestServer server(Door::kTls);
  HttpClient client = server.client();
  const std::string more(1'000'000, 'x');
  ASSERT_TRUE(client.write(request_text("GET /end HTTP/1.1") + more));
  EXPECT_EQ(client.read().body, "ok\n");
  EXPECT_TRUE(client.reads_end());
}

struct BadFile {
  std::string name;
  std::string words;  // of the message
  std::function<void(TlsContext::Options& files, const TestFolder& folder)> spoil;
};

std::ostream& operator<<(std::ostream& out, const BadFile& one) {
  return out << one.name;
}

class BadFiles : public testing::TestWithParam<BadFile> {};

const BadFile kBadFiles[] = {
    {"NoCertificate", "read the TLS certificate '",
     [](auto& files, auto& folder) { files.certificate_file = folder.file("none"); }},
    {"CertificateThatIsNone", "read the TLS certificate '",
     [](auto& files, auto& folder) { files.certificate_file = folder.write("empty", "x"); }},
    {"NoKey", "read the key of the TLS certificate '",
     [](auto& files, auto& folder) { files.key_file = folder.file("none"); }},
    {"KeyThatIsNone", "read the key of the TLS certificate '",
     [](auto& files, auto&) {
       files.key_file = files.certificate_file;
       std::filesystem::permissions(files.key_file, std::filesystem::perms(0600));
     }},
    {"KeyOfAnother", "mismatch",
     [](auto& files, auto& folder) {
       files.key_file = make_certificate(folder, "other").key_file;
     }},
    {"KeyForOthers", "`chmod 640` it",
     [](auto& files, auto&) {
       std::filesystem::permissions(files.key_file, std::filesystem::perms(0644));
     }},
    {"KeyInAPipe", "no regular file",
     [](auto& files, auto& folder) {
       files.key_file = folder.file("pipe");
       ASSERT_EQ(::mkfifo(files.key_file.c_str(), 0600), 0);
     }},
    {"KeyWithAPassPhrase", "read the key of the TLS certificate '",
     [](auto& files, auto&) {
       const std::string command = "openssl ec -aes256 -passout pass:secret -in " + files.key_file +
                                   " -out " + files.key_file + " 2>/dev/null";
       ASSERT_EQ(std::system(command.c_str()), 0);
     }},
};

TEST_P(BadFiles, AreRefusedWithTheirName) {
  const TestFolder folder;
  TlsContext::Options files = make_certificate(folder);
  GetParam().spoil(files, folder);
  const auto context = TlsContext::load(files);
  ASSERT_FALSE(context);
  EXPECT_NE(context.error().message.find(GetParam().words), std::string::npos)
      << context.error().message;
}

INSTANTIATE_TEST_SUITE_P(All, BadFiles, testing::ValuesIn(kBadFiles),
                         [](const auto& test) { return test.param.name; });

TEST(Certificates, MayStandInOneFileWithTheirKey) {
  const TestFolder folder;
  const TlsContext::Options files = make_certificate(folder);
  const std::string both = folder.file("both.pem");
  const std::string command =
      "umask 077; cat " + files.certificate_file + " " + files.key_file + " > " + both;
  ASSERT_EQ(std::system(command.c_str()), 0);
  EXPECT_TRUE(TlsContext::load({.certificate_file = both, .key_file = both}));
}

/// A self-signed certificate in one file with its key; `options` are those of `openssl req`.
std::string make_pem(const TestFolder& folder, const std::string& options) {
  const std::string path = folder.file("made.pem");
  const std::string command =
      "umask 077; openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
      "-subj /CN=common.example -keyout " +
      path + ".key -out " + path + ".crt " + options + " 2>/dev/null && cat " + path + ".crt " +
      path + ".key > " + path;
  AWPS_CHECK(std::system(command.c_str()) == 0);
  return path;
}

TEST(Certificates, SayWhenTheyEnd) {
  const TestFolder folder;
  const std::string path = make_pem(folder, "-days 9");
  const auto context = TlsContext::load({.certificate_file = path, .key_file = path});
  ASSERT_TRUE(context);
  const Duration left = (*context)->not_after() - SystemClock().wall_now();
  EXPECT_GT(left, std::chrono::hours(9 * 24) - std::chrono::minutes(5));
  EXPECT_LE(left, std::chrono::hours(9 * 24));
}

TEST(Certificates, EndWithTheFirstOfTheirChain) {
  const TestFolder folder;
  const std::string brief = make_pem(folder, "-days 3");
  const std::string first = folder.write("brief.crt", "");
  std::filesystem::rename(brief + ".crt", first);
  const std::string path = make_pem(folder, "-days 9");
  ASSERT_EQ(std::system(("cat " + first + " >> " + path).c_str()), 0);
  const auto context = TlsContext::load({.certificate_file = path, .key_file = path});
  ASSERT_TRUE(context);
  EXPECT_LE((*context)->not_after() - SystemClock().wall_now(), std::chrono::hours(3 * 24));
}

TEST(Certificates, SayForWhomTheyAre) {
  const TestFolder folder;
  const std::string path = make_pem(
      folder, "-addext subjectAltName=DNS:Gateway.Example,DNS:*.wild.example,IP:10.1.2.3,IP:::1");
  const auto context = TlsContext::load({.certificate_file = path, .key_file = path});
  ASSERT_TRUE(context);
  EXPECT_EQ((*context)->names(),
            (std::vector<std::string>{"gateway.example", "*.wild.example", "10.1.2.3", "::1"}));
}

}  // namespace
}  // namespace awps::http_server
