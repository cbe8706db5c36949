#include "http/curl_transport.h"

#include <gtest/gtest.h>

#include <future>
#include <latch>
#include <map>

#include "tests/http/scripted_server.h"

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Long enough for a busy machine; nothing that works waits for it.
constexpr seconds kPatience{20};

class CurlTransportTest : public testing::Test {
 protected:
  std::vector<Completion> complete(CurlTransport& transport, size_t count) {
    std::vector<Completion> completions;
    const Instant end = clock_.now() + kPatience;
    while (completions.size() < count && clock_.now() < end) {
      transport.poll(seconds(1), completions);
    }
    EXPECT_EQ(completions.size(), count);
    completions.resize(count);
    return completions;
  }

  HttpResponse send(CurlTransport& transport, const HttpRequest& request) {
    transport.start(1, request);
    return complete(transport, 1).front().response;
  }

  HttpResponse send(const HttpRequest& request) {
    CurlTransport transport(clock_, options_);
    return send(transport, request);
  }

  SystemClock clock_;
  CurlOptions options_;
};

HttpRequest post(std::string_view url, std::string_view body = "hello") {
  return {.method = HttpMethod::kPost,
          .url = url,
          .content_type = "text/plain",
          .body = body,
          .bearer_token = "token",
          .client_request_id = "id-1",
          .timeout = kPatience};
}

TEST_F(CurlTransportTest, SendsWhatTheRequestSays) {
  std::promise<ReceivedRequest> received;
  ScriptedServer server([&](ServerConnection& connection) {
    received.set_value(connection.read_request().value_or(ReceivedRequest{}));
    connection.write(kAccepted);
  });
  const std::string url = server.url("/api/hubs/h/users/a%2Fb%2E/:send?api-version=1");
  const HttpResponse response = send(post(url));
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(response.error, TransportError::kNone);
  EXPECT_EQ(response.error_text, "");
  const ReceivedRequest request = received.get_future().get();
  EXPECT_TRUE(
      request.head.starts_with("POST /api/hubs/h/users/a%2Fb%2E/:send?api-version=1 HTTP/1.1\r\n"));
  for (const std::string_view line :
       {"Content-Type: text/plain\r\n", "Authorization: Bearer token\r\n", "Content-Length: 5\r\n",
        "x-ms-client-request-id: id-1\r\n", "Accept: application/json\r\n", "User-Agent: awpsd/"}) {
    EXPECT_NE(request.head.find(line), std::string::npos) << line;
  }
  EXPECT_EQ(request.body, "hello");
}

TEST_F(CurlTransportTest, SendsAnExtraHeaderWithItsRequestAlone) {
  std::vector<std::string> heads;
  std::promise<void> both;
  ScriptedServer server([&](ServerConnection& connection) {
    while (heads.size() < 2) {
      heads.push_back(connection.read_request().value_or(ReceivedRequest{}).head);
      connection.write(kAccepted);
    }
    both.set_value();
  });
  const std::string url = server.url("/");
  CurlTransport transport(clock_, options_);
  HttpRequest request{.method = HttpMethod::kGet,
                      .url = url,
                      .extra_header = "Metadata: true",
                      .timeout = kPatience};
  EXPECT_EQ(send(transport, request).status, 202);
  request.extra_header = {};
  EXPECT_EQ(send(transport, request).status, 202);
  both.get_future().wait();
  EXPECT_NE(heads[0].find("\r\nMetadata: true\r\n"), std::string::npos) << heads[0];
  EXPECT_EQ(heads[1].find("Metadata"), std::string::npos) << heads[1];
}

struct MethodCase {
  const char* name;
  HttpMethod method;
  std::string_view content_type;
  std::string_view body;
  std::string_view content_length;  // of the request; empty: no such line
};

// One after the other on one handle: what one leaves behind must not show in the next.
constexpr MethodCase kMethods[] = {
    {"POST", HttpMethod::kPost, "text/plain", "abc", "3"},
    {"PUT", HttpMethod::kPut, "", "", "0"},
    {"DELETE", HttpMethod::kDelete, "", "", ""},
    {"HEAD", HttpMethod::kHead, "", "", ""},
    {"POST", HttpMethod::kPost, "", "", "0"},
    {"GET", HttpMethod::kGet, "", "", ""},
    {"PUT", HttpMethod::kPut, "application/json", "{}", "2"},
    {"HEAD", HttpMethod::kHead, "", "", ""},
    {"DELETE", HttpMethod::kDelete, "", "", ""},
    {"POST", HttpMethod::kPost, "text/plain", "", "0"},
};

TEST_F(CurlTransportTest, LeavesNoTraceOfOneMethodInTheNext) {
  std::promise<std::vector<ReceivedRequest>> received;
  ScriptedServer server([&](ServerConnection& connection) {
    std::vector<ReceivedRequest> requests;
    while (auto request = connection.read_request()) {
      requests.push_back(*request);
      connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }
    received.set_value(requests);
  });
  {
    CurlTransport transport(clock_, options_);
    const std::string url = server.url("/x");
    for (const MethodCase& row : kMethods) {
      const HttpRequest request{.method = row.method,
                                .url = url,
                                .content_type = row.content_type,
                                .body = row.body,
                                .timeout = kPatience};
      EXPECT_EQ(send(transport, request).status, 200) << row.name;
    }
  }
  const std::vector<ReceivedRequest> requests = received.get_future().get();
  ASSERT_EQ(requests.size(), std::size(kMethods));
  for (size_t i = 0; i < requests.size(); ++i) {
    const MethodCase& row = kMethods[i];
    const std::string& head = requests[i].head;
    const auto has = [&](const std::string& text) { return head.find(text) != std::string::npos; };
    EXPECT_TRUE(head.starts_with(std::string(row.name) + " /x HTTP/1.1\r\n")) << head;
    EXPECT_EQ(requests[i].body, row.body) << head;
    EXPECT_EQ(has("Content-Length: "), !row.content_length.empty()) << head;
    EXPECT_TRUE(row.content_length.empty() ||
                has("Content-Length: " + std::string(row.content_length) + "\r\n"))
        << head;
    EXPECT_EQ(has("Content-Type:"), !row.content_type.empty()) << head;
    EXPECT_FALSE(has("Authorization:") || has("x-ms-client-request-id:") || has("Expect:")) << head;
  }
}

TEST_F(CurlTransportTest, AsksForNoContinueBeforeALargeBody) {
  std::promise<ReceivedRequest> received;
  ScriptedServer server([&](ServerConnection& connection) {
    received.set_value(connection.read_request().value_or(ReceivedRequest{}));
    connection.write(kAccepted);
  });
  const std::string body(3UL << 20, 'x');
  EXPECT_EQ(send(post(server.url("/"), body)).status, 202);
  const ReceivedRequest request = received.get_future().get();
  EXPECT_EQ(request.head.find("Expect"), std::string::npos);
  EXPECT_EQ(request.head.find("chunked"), std::string::npos);
  EXPECT_EQ(request.body.size(), body.size());
}

TEST_F(CurlTransportTest, ReadsWhatTheServiceSaysOfAnError) {
  ScriptedServer server(always(
      "HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nRetry-After: 3\r\n"
      "x-ms-error-code: Error.Throttled\r\nContent-Length: 7\r\n\r\n{\"a\":1}"));
  const HttpResponse response = send(post(server.url("/")));
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(response.error_code, "Error.Throttled");
  EXPECT_EQ(response.retry_after, seconds(3));
  EXPECT_EQ(response.body, "{\"a\":1}");
}

TEST_F(CurlTransportTest, FollowsNoRedirect) {
  ScriptedServer server(
      always("HTTP/1.1 307 Temporary Redirect\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_EQ(send(post(server.url("/"))).status, 307);
  EXPECT_EQ(server.requests(), 1);
}

TEST_F(CurlTransportTest, UsesFewConnectionsForManyRequests) {
  ScriptedServer server(always(std::string(kAccepted)));
  options_.max_connections = 4;
  CurlTransport transport(clock_, options_);
  std::vector<std::string> urls;
  for (int i = 0; i < 500; ++i) urls.push_back(server.url("/" + std::to_string(i)));
  for (size_t i = 0; i < urls.size(); ++i) transport.start(i, post(urls[i]));
  EXPECT_EQ(transport.in_flight(), 500U);
  std::map<uint64_t, int> seen;
  for (const Completion& completion : complete(transport, urls.size())) {
    EXPECT_EQ(completion.response.status, 202);
    EXPECT_LE(completion.started, completion.finished);
    ++seen[completion.tag];
  }
  EXPECT_EQ(seen.size(), 500U);
  EXPECT_EQ(server.requests(), 500);
  EXPECT_LE(server.connections(), 4);
  EXPECT_EQ(transport.in_flight(), 0U);
}

TEST_F(CurlTransportTest, StartsWhatWaitsInOrder) {
  ScriptedServer server(always(std::string(kAccepted)));
  options_.max_connections = 1;
  CurlTransport transport(clock_, options_);
  const std::string url = server.url("/");
  for (uint64_t tag = 1; tag <= 3; ++tag) transport.start(tag, post(url));
  uint64_t expected = 1;
  for (const Completion& completion : complete(transport, 3)) EXPECT_EQ(completion.tag, expected++);
}

TEST_F(CurlTransportTest, CallsAUrlThatIsNoneUnsentAndGoesOn) {
  ScriptedServer server(always(std::string(kAccepted)));
  CurlTransport transport(clock_, options_);
  const std::string url = server.url("/");
  EXPECT_EQ(send(transport, post(url)).status, 202);
  const HttpResponse refused = send(transport, post("http://a b/"));
  EXPECT_EQ(refused.error, TransportError::kConnect);
  EXPECT_NE(refused.error_text, "");
  EXPECT_EQ(send(transport, post(url)).status, 202);
  EXPECT_EQ(server.requests(), 2);
}

TEST_F(CurlTransportTest, TellsAProxyTheWholeUrlAsItIs) {
  std::promise<ReceivedRequest> received;
  ScriptedServer proxy([&](ServerConnection& connection) {
    received.set_value(connection.read_request().value_or(ReceivedRequest{}));
    connection.write(kAccepted);
  });
  options_.proxy = "http://127.0.0.1:" + std::to_string(proxy.port());
  EXPECT_EQ(send(post("http://service.invalid/a%2Fb/../c?x=%2f")).status, 202);
  const std::string head = received.get_future().get().head;
  EXPECT_TRUE(head.starts_with("POST http://service.invalid/a%2Fb/../c?x=%2f HTTP/1.1\r\n"))
      << head;
  const size_t agent = head.find("User-Agent: awpsd/");
  EXPECT_NE(agent, std::string::npos) << head;
  EXPECT_EQ(head.find("User-Agent", agent + 1), std::string::npos) << head;
}

TEST_F(CurlTransportTest, EndsWhatIsUnderWayWithItself) {
  ScriptedServer server([](ServerConnection& connection) { connection.wait_until_peer_closes(); });
  CurlTransport transport(clock_, options_);
  const std::string url = server.url("/");
  transport.start(1, post(url));
  std::vector<Completion> completions;
  transport.poll(milliseconds(0), completions);
  EXPECT_TRUE(completions.empty());
}

TEST_F(CurlTransportTest, ReturnsWhenNothingHappensInTime) {
  CurlTransport transport(clock_, options_);
  std::vector<Completion> completions;
  const Instant before = clock_.now();
  transport.poll(milliseconds(5), completions);
  EXPECT_GE(clock_.now() - before, milliseconds(5));
  EXPECT_TRUE(completions.empty());
}

TEST_F(CurlTransportTest, IsWokenBeforeItWaits) {
  CurlTransport transport(clock_, options_);
  std::vector<Completion> completions;
  const Instant before = clock_.now();
  transport.wake();
  transport.wake();
  transport.poll(kPatience, completions);
  EXPECT_LT(clock_.now() - before, kPatience);
  transport.poll(milliseconds(5), completions);
  EXPECT_GE(clock_.now() - before, milliseconds(5)) << "two wakes before a poll end only that one";
}

TEST_F(CurlTransportTest, IsWokenFromAnotherThreadAgainAndAgain) {
  CurlTransport transport(clock_, options_);
  std::vector<Completion> completions;
  const Instant before = clock_.now();
  std::atomic<int> rounds{0};
  std::thread waker([&] {
    for (int round = 0; round < 1000; ++round) {
      transport.wake();
      rounds.wait(round);
    }
  });
  for (int round = 0; round < 1000; ++round) {
    transport.poll(kPatience, completions);
    ++rounds;
    rounds.notify_one();
  }
  waker.join();
  EXPECT_LT(clock_.now() - before, kPatience) << "a wake was lost";
}

TEST_F(CurlTransportTest, SharesNothingWithOneOnAnotherThread) {
  ScriptedServer server(always(std::string(kAccepted)));
  const std::string url = server.url("/");
  std::latch both(2);
  const auto run = [&] {
    CurlTransport transport(clock_, options_);
    both.arrive_and_wait();
    for (uint64_t tag = 0; tag < 50; ++tag) transport.start(tag, post(url));
    EXPECT_EQ(complete(transport, 50).size(), 50U);
  };
  std::thread other(run);
  run();
  other.join();
  EXPECT_EQ(server.requests(), 100);
}

}  // namespace
}  // namespace awps
