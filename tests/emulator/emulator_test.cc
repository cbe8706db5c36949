// The emulator over real sockets: what the pure tests cannot see.

#include "emulator/emulator.h"

#include <gtest/gtest.h>
#include <sys/time.h>

#include <boost/asio.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

namespace awps::emulator {
namespace {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;
using Tcp = asio::ip::tcp;
using boost::system::error_code;

constexpr auto kDeadline = std::chrono::seconds(20);

std::string bearer(Emulator& emulator, const std::string& path) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto expires = std::chrono::duration_cast<std::chrono::seconds>(now).count() + 3600;
  return signed_token(R"({"aud":")" + emulator.endpoint() + path + R"(","exp":)" +
                          std::to_string(expires) + R"(,"sub":"u","role":"webpubsub.sendToGroup"})",
                      HmacKey(emulator.access_key()));
}

/// A blocking client whose reads fail after the deadline.
class TestSocket {
 public:
  explicit TestSocket(Emulator& emulator) : socket_(context_) {
    socket_.connect({asio::ip::address_v4::loopback(), emulator.port()});
    const timeval deadline{.tv_sec = kDeadline.count(), .tv_usec = 0};
    setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
  }

  void write(std::string_view text) { asio::write(socket_, asio::buffer(text)); }

  /// One answer: its head, and its body by Content-Length. Empty at the end of the connection.
  std::string read_answer() {
    size_t head = 0;
    while ((head = in_.find("\r\n\r\n")) == std::string::npos) {
      if (!read_some()) return {};
    }
    head += 4;
    const std::string name = "Content-Length: ";
    const size_t length_at = in_.find(name);
    const size_t length = length_at < head ? std::stoul(in_.substr(length_at + name.size())) : 0;
    while (in_.size() < head + length) {
      if (!read_some()) return {};
    }
    const std::string answer = in_.substr(0, head + length);
    in_.erase(0, head + length);
    return answer;
  }
  const error_code& error() const { return error_; }
  Tcp::socket& socket() { return socket_; }

 private:
  bool read_some() {
    char bytes[4096];
    const size_t size = socket_.read_some(asio::buffer(bytes), error_);
    in_.append(bytes, size);
    return !error_;
  }

  asio::io_context context_;
  Tcp::socket socket_;
  std::string in_;
  error_code error_;
};

std::string post_request(Emulator& emulator, const std::string& path, const std::string& type,
                         const std::string& body) {
  return "POST " + path +
         "?api-version=2024-12-01 HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(emulator.port()) +
         "\r\nAuthorization: Bearer " + bearer(emulator, path) + "\r\nContent-Type: " + type +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string send_request(Emulator& emulator, const std::string& body,
                         const std::string& hub = "chat") {
  return post_request(emulator, "/api/hubs/" + hub + "/:send", "text/plain", body);
}

std::string add_request(Emulator& emulator, const std::string& group) {
  return post_request(emulator, "/api/hubs/chat/:addToGroups", "application/json",
                      R"({"groups":["good",")" + group + R"("],"filter":"userId eq 'u'"})");
}

class EmulatorSockets : public testing::Test {
 protected:
  EmulatorSockets() {
    auto started = Emulator::start({});
    EXPECT_TRUE(started.ok());
    emulator = std::move(started.value());
  }

  std::unique_ptr<Emulator> emulator;
};

int status_of(const std::string& answer) {
  return answer.size() < 12 ? 0 : std::stoi(answer.substr(9, 3));
}

TEST_F(EmulatorSockets, AnswersPipelinedRequestsInOrder) {
  TestSocket socket(*emulator);
  socket.write(send_request(*emulator, "a") + send_request(*emulator, "b", "1bad") +
               send_request(*emulator, "c"));
  EXPECT_EQ(status_of(socket.read_answer()), 202);
  EXPECT_EQ(status_of(socket.read_answer()), 400);
  EXPECT_EQ(status_of(socket.read_answer()), 202);
  EXPECT_EQ(emulator->counters().requests, 3U);
}

TEST_F(EmulatorSockets, TakesARequestByteByByte) {
  TestSocket socket(*emulator);
  socket.socket().set_option(Tcp::no_delay(true));
  for (const char c : send_request(*emulator, "hello")) socket.write({&c, 1});
  EXPECT_EQ(status_of(socket.read_answer()), 202);
  EXPECT_EQ(emulator->log().front().body, "hello");
}

TEST_F(EmulatorSockets, TakesAMegabyteAndKeepsTheConnection) {
  TestSocket socket(*emulator);
  socket.write(send_request(*emulator, std::string(1024 * 1024, 'x')));
  EXPECT_EQ(status_of(socket.read_answer()), 202);
  socket.write(send_request(*emulator, std::string(1024 * 1024 + 1, 'x')));
  EXPECT_EQ(status_of(socket.read_answer()), 400);
  socket.write(send_request(*emulator, "x"));
  EXPECT_EQ(status_of(socket.read_answer()), 202);
}

TEST_F(EmulatorSockets, ContinuesWhenAsked) {
  TestSocket socket(*emulator);
  std::string request = send_request(*emulator, "body");
  request.insert(request.find("Content-Type"), "Expect: 100-continue\r\n");
  socket.write(request.substr(0, request.size() - 4));
  EXPECT_EQ(status_of(socket.read_answer()), 100);
  socket.write("body");
  EXPECT_EQ(status_of(socket.read_answer()), 202);
}

struct RefusalRow {
  std::string_view name;
  std::string request;
  int status;
};

class Refusals : public EmulatorSockets, public testing::WithParamInterface<RefusalRow> {};

TEST_P(Refusals, AreAnsweredAndEndTheConnection) {
  TestSocket socket(*emulator);
  socket.write(GetParam().request);
  EXPECT_EQ(status_of(socket.read_answer()), GetParam().status);
  EXPECT_EQ(socket.read_answer(), "");
  EXPECT_EQ(socket.error(), asio::error::eof);
}

INSTANTIATE_TEST_SUITE_P(
    Http, Refusals,
    testing::Values(
        RefusalRow{"malformed", "nonsense\r\n\r\n", 400},
        RefusalRow{"chunked",
                   "POST /api/hubs/chat/:send HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
                   "chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
                   400},
        RefusalRow{
            "tooLarge",
            "POST /api/hubs/chat/:send HTTP/1.1\r\nHost: h\r\nContent-Length: 3000000\r\n\r\n",
            413},
        RefusalRow{"longTarget", "GET /" + std::string(13 * 1024, 'a') + " HTTP/1.1\r\n\r\n", 414},
        RefusalRow{"longHeaders", "GET / HTTP/1.1\r\nA: " + std::string(17 * 1024, 'a'), 431},
        RefusalRow{"asked", "HEAD /api/health HTTP/1.1\r\nConnection: close\r\n\r\n", 200}),
    [](const auto& row) { return std::string(row.param.name); });

TEST_F(EmulatorSockets, ResetsAsScripted) {
  ASSERT_TRUE(emulator->set_faults(R"([{"reset":"after","count":1}])").ok());
  TestSocket socket(*emulator);
  socket.write(send_request(*emulator, "x"));
  EXPECT_EQ(socket.read_answer(), "");
  EXPECT_EQ(socket.error(), asio::error::connection_reset);
  EXPECT_TRUE(emulator->log().front().took_effect);
}

TEST_F(EmulatorSockets, AnswersBeforeTheBodyAsScripted) {
  ASSERT_TRUE(emulator->set_faults(R"([{"earlyAnswer":true,"status":503,"count":1}])").ok());
  TestSocket socket(*emulator);
  const std::string request = send_request(*emulator, std::string(100'000, 'x'));
  socket.write(request.substr(0, 600));
  EXPECT_EQ(status_of(socket.read_answer()), 503);
  EXPECT_EQ(socket.read_answer(), "");
  EXPECT_EQ(socket.error(), asio::error::eof);
}

TEST_F(EmulatorSockets, DecidesByTheGroupsInABody) {
  ASSERT_TRUE(emulator->set_faults(R"([{"match":{"group":"bad"},"status":503}])").ok());
  TestSocket socket(*emulator);
  const std::string first = add_request(*emulator, "bad");
  socket.write(first.substr(0, first.size() - 5));
  socket.write(first.substr(first.size() - 5) + add_request(*emulator, "fine") +
               add_request(*emulator, "bad"));
  EXPECT_EQ(status_of(socket.read_answer()), 503);
  EXPECT_EQ(status_of(socket.read_answer()), 200);
  EXPECT_EQ(status_of(socket.read_answer()), 503);
}

TEST_F(EmulatorSockets, StallsAsScripted) {
  ASSERT_TRUE(emulator->set_faults(R"([{"stall":true,"count":1}])").ok());
  TestSocket stalled(*emulator);
  stalled.write(send_request(*emulator, "x"));
  ASSERT_TRUE(emulator->wait_for([](const Counters& c) { return c.stalls == 1; }, kDeadline));
  TestSocket other(*emulator);
  other.write(send_request(*emulator, "y"));
  EXPECT_EQ(status_of(other.read_answer()), 202);
  stalled.socket().non_blocking(true);
  EXPECT_EQ(stalled.read_answer(), "");
  EXPECT_EQ(stalled.error(), asio::error::would_block);
}

TEST_F(EmulatorSockets, DelaysEachConnectionAlone) {
  emulator->set_delay(std::chrono::milliseconds(100));
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::unique_ptr<TestSocket>> sockets;
  for (int i = 0; i < 50; ++i) {
    sockets.push_back(std::make_unique<TestSocket>(*emulator));
    sockets.back()->write(send_request(*emulator, "x"));
  }
  for (auto& socket : sockets) EXPECT_EQ(status_of(socket->read_answer()), 202);
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(took, std::chrono::milliseconds(100));
  EXPECT_LT(took, std::chrono::milliseconds(50 * 100));
}

TEST_F(EmulatorSockets, IsControlledOverTheSamePort) {
  TestSocket socket(*emulator);
  const auto control = [&](const std::string& method, const std::string& name,
                           const std::string& body = {}) {
    socket.write(method + " /_emulator/" + name +
                 " HTTP/1.1\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    return socket.read_answer();
  };
  EXPECT_EQ(status_of(control("POST", "faults", R"([{"status":500,"name":"f"}])")), 204);
  socket.write(send_request(*emulator, "x"));
  EXPECT_EQ(status_of(socket.read_answer()), 500);
  EXPECT_NE(control("GET", "counters").find(R"("byStatus":{"500":1})"), std::string::npos);
  EXPECT_NE(control("GET", "log?since=0&limit=1").find(R"("fault":"f")"), std::string::npos);
  EXPECT_NE(control("GET", "faults").find(R"("applied":1)"), std::string::npos);
  EXPECT_EQ(status_of(control("POST", "throttle", R"({"requestsPerSecond":1,"burst":1})")), 204);
  EXPECT_EQ(status_of(control("POST", "delay", R"({"milliseconds":1})")), 204);
  EXPECT_EQ(status_of(control("POST", "reset")), 204);
  EXPECT_NE(control("GET", "counters").find(R"("requests":0)"), std::string::npos);
  EXPECT_NE(control("GET", "connections").find("[]"), std::string::npos);
  EXPECT_EQ(status_of(control("POST", "faults", "[")), 400);
  EXPECT_EQ(status_of(control("POST", "throttle", R"({"rate":1})")), 400);
  EXPECT_EQ(status_of(control("POST", "delay", "{}")), 400);
  EXPECT_EQ(status_of(control("POST", "access-keys", R"({"keys":["short"]})")), 400);
  EXPECT_EQ(status_of(control("GET", "fly")), 404);
}

/// A blocking WebSocket client.
class TestWebSocket {
 public:
  TestWebSocket(Emulator& emulator, const std::string& protocol, const std::string& query = {})
      : stream_(context_) {
    stream_.next_layer().connect({asio::ip::address_v4::loopback(), emulator.port()});
    const timeval deadline{.tv_sec = kDeadline.count(), .tv_usec = 0};
    setsockopt(stream_.next_layer().native_handle(), SOL_SOCKET, SO_RCVTIMEO, &deadline,
               sizeof deadline);
    if (!protocol.empty()) {
      stream_.set_option(
          websocket::stream_base::decorator([protocol](websocket::request_type& request) {
            request.set(boost::beast::http::field::sec_websocket_protocol, protocol);
          }));
    }
    const std::string path = "/client/hubs/chat";
    const std::string target =
        path + "?" + (query.empty() ? "access_token=" + bearer(emulator, path) : query);
    stream_.handshake(response, "127.0.0.1:" + std::to_string(emulator.port()), target);
  }

  /// The next frame; empty at the end, whose code is in stream().reason().
  std::string read() {
    boost::beast::flat_buffer buffer;
    error_code error;
    stream_.read(buffer, error);
    return error ? std::string() : boost::beast::buffers_to_string(buffer.cdata());
  }
  websocket::stream<Tcp::socket>& stream() { return stream_; }

  websocket::response_type response;

 private:
  asio::io_context context_;
  websocket::stream<Tcp::socket> stream_;
};

TEST_F(EmulatorSockets, ServesAJsonClientUntilItIsClosed) {
  TestWebSocket client(*emulator, "json.webpubsub.azure.v1");
  EXPECT_EQ(client.response[boost::beast::http::field::sec_websocket_protocol],
            "json.webpubsub.azure.v1");
  EXPECT_TRUE(client.read().starts_with(R"({"type":"system","event":"connected","userId":"u",)"));
  TestSocket socket(*emulator);
  socket.write(send_request(*emulator, "hi"));
  EXPECT_EQ(client.read(), R"({"type":"message","from":"server","dataType":"text","data":"hi"})");
  const std::string path = "/api/hubs/chat/:closeConnections";
  socket.write("POST " + path + "?reason=bye HTTP/1.1\r\nHost: 127.0.0.1:" +
               std::to_string(emulator->port()) + "\r\nAuthorization: Bearer " +
               bearer(*emulator, path) + "\r\nContent-Length: 0\r\n\r\n");
  EXPECT_NE(client.read().find("Reason: bye"), std::string::npos);
  EXPECT_EQ(client.read(), "");
  EXPECT_EQ(client.stream().reason().code, websocket::close_code::normal);
  EXPECT_EQ(client.stream().reason().reason, "");
  EXPECT_TRUE(
      emulator->wait_for([](const Counters& c) { return c.connections_closed == 1; }, kDeadline));
}

TEST_F(EmulatorSockets, RefusesARecoveryAfterTheUpgrade) {
  TestWebSocket client(*emulator, "json.reliable.webpubsub.azure.v1",
                       "awps_connection_id=c&awps_reconnection_token=t");
  EXPECT_EQ(client.read(), "");
  EXPECT_EQ(client.stream().reason().code, websocket::close_code::policy_error);
}

TEST_F(EmulatorSockets, RecoversABrokenReliableConnection) {
  auto first = std::make_unique<TestWebSocket>(*emulator, "json.reliable.webpubsub.azure.v1");
  const std::string connected = first->read();
  const auto member = [&connected](const std::string& name) {
    const size_t begin = connected.find("\"" + name + "\":\"") + name.size() + 4;
    return connected.substr(begin, connected.find('"', begin) - begin);
  };
  const std::string query = "awps_connection_id=" + member("connectionId") +
                            "&awps_reconnection_token=" + member("reconnectionToken");
  first->stream().next_layer().close();
  first.reset();
  ASSERT_TRUE(
      emulator->wait_for([](const Counters& c) { return c.connections_closed == 1; }, kDeadline));
  TestSocket socket(*emulator);
  socket.write(send_request(*emulator, "missed"));
  EXPECT_EQ(status_of(socket.read_answer()), 202);
  TestWebSocket second(*emulator, "json.reliable.webpubsub.azure.v1", query);
  EXPECT_EQ(second.read(), connected);
  EXPECT_EQ(
      second.read(),
      R"({"sequenceId":1,"type":"message","from":"server","dataType":"text","data":"missed"})");
}

TEST_F(EmulatorSockets, DropsAClientThatDoesNotRead) {
  TestWebSocket client(*emulator, "json.webpubsub.azure.v1");
  ASSERT_FALSE(client.read().empty());
  TestSocket socket(*emulator);
  const std::string request = send_request(*emulator, std::string(1024 * 1024, 'x'));
  // More than the outbound queue and the sockets' buffers together.
  for (int i = 0; i < 40; ++i) {
    socket.write(request);
    ASSERT_EQ(status_of(socket.read_answer()), 202);
  }
  EXPECT_TRUE(
      emulator->wait_for([](const Counters& c) { return c.connections_closed == 1; }, kDeadline));
}

TEST(Emulator, RefusesAnAddressThatIsNotLoopback) {
  const auto started = Emulator::start({.address = "0.0.0.0"});
  ASSERT_FALSE(started.ok());
  EXPECT_NE(started.error().message.find("loopback"), std::string::npos);
}

TEST(Emulator, NamesAPortThatIsTaken) {
  const auto first = Emulator::start({});
  ASSERT_TRUE(first.ok());
  const auto second = Emulator::start({.port = (*first)->port()});
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().message.find(std::to_string((*first)->port())), std::string::npos);
}

TEST(Emulator, TakesNewKeysAtRunTime) {
  auto emulator = Emulator::start({}).value();
  TestSocket socket(*emulator);
  emulator->set_access_keys({"another key of more than 32 characters"});
  socket.write(send_request(*emulator, "x"));
  EXPECT_EQ(status_of(socket.read_answer()), 401);
}

TEST(Emulator, StopsWithConnectionsOpen) {
  auto emulator = Emulator::start({}).value();
  TestSocket idle(*emulator);
  TestWebSocket client(*emulator, "json.webpubsub.azure.v1");
  emulator->set_delay(std::chrono::hours(1));
  TestSocket waiting(*emulator);
  waiting.write(send_request(*emulator, "x"));
  ASSERT_TRUE(emulator->wait_for([](const Counters& c) { return c.requests == 1; }, kDeadline));
  emulator.reset();
  EXPECT_EQ(idle.read_answer(), "");
}

}  // namespace
}  // namespace awps::emulator
