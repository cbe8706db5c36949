// Back-pressure over real sockets: a full hub, a noisy producer, lines that never end.

#include "tests/socket/server_harness.h"

namespace awps {
namespace {

using Texts = std::vector<std::string>;

constexpr auto kPatience = std::chrono::milliseconds(200);

ServerOptions with_budget(uint64_t bytes, bool block, double share = 1) {
  ServerOptions options;
  options.chat.block_when_full = block;
  options.chat.budget = {.max_bytes = bytes, .max_producer_share = share};
  return options;
}

std::string numbered_lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += line_of(std::to_string(i));
  return text;
}

Texts numbers(int count) {
  Texts texts;
  for (int i = 0; i < count; ++i) texts.push_back(std::to_string(i));
  return texts;
}

TEST(FullHub, SlowsItsProducerDownAndLosesNothing) {
  static constexpr int kActions = 50'000;
  TestServer server(with_budget(100'000, true));
  server.chat.hold();
  UnixClient client(server.path);
  const std::string text = numbered_lines(kActions);
  const size_t taken = client.write_until_blocked(text, kPatience);
  EXPECT_LT(taken, text.size());
  EXPECT_LT(server.chat.queue.budget().held_bytes(), 100'200U);
  EXPECT_GE(server.counters[0].paused_reads.value(), 1U);
  server.chat.release();
  ASSERT_TRUE(client.write(std::string_view(text).substr(taken)));
  EXPECT_EQ(server.chat.wait_for(kActions), numbers(kActions));
}

TEST(FullHub, SlowsManyProducersDownAndServesThemAll) {
  static constexpr size_t kClients = 50;
  static constexpr int kActions = 200;
  TestServer server(with_budget(20'000, true));
  std::vector<std::unique_ptr<UnixClient>> clients;
  for (size_t i = 0; i < kClients; ++i) {
    clients.push_back(std::make_unique<UnixClient>(server.path));
    ASSERT_TRUE(clients.back()->write(numbered_lines(kActions)));
    clients.back()->end_output();
  }
  for (const auto& client : clients) EXPECT_EQ(client->read_all(), "");
  EXPECT_EQ(server.chat.wait_for(kClients * kActions).size(), kClients * kActions);
}

TEST(FullHub, RefusesWhereItIsToldTo) {
  TestServer server(with_budget(7 * (kFixedCharge + 15), false));
  server.chat.hold();
  UnixClient client(server.path);
  client.write(hello("accepted") + numbered_lines(50));
  client.end_output();
  const std::string replies = client.read_all();
  EXPECT_NE(replies.find(R"("seq":8,"line":9,"error":{"code":"queue_full")"), std::string::npos);
  EXPECT_EQ(replies.find(R"("seq":7,)"), std::string::npos);
  server.chat.release();
  EXPECT_EQ(server.chat.wait_for(7), numbers(7));
}

TEST(FullHub, ANoisyProducerIsSlowedDownAlone) {
  TestServer server(with_budget(100'000, true, 0.5));
  server.chat.hold();
  UnixClient noisy(server.path);
  const std::string text = numbered_lines(20'000);
  const size_t taken = noisy.write_until_blocked(text, kPatience);
  EXPECT_LT(taken, text.size());
  UnixClient quiet(server.path);
  ASSERT_TRUE(quiet.write(hello("accepted") + line_of("quiet")));
  EXPECT_NE(quiet.read_line(), "");
  EXPECT_EQ(quiet.read_line(), R"({"status":"accepted","seq":1})");
  server.chat.release();
  ASSERT_TRUE(noisy.write(std::string_view(text).substr(taken)));
  EXPECT_EQ(server.chat.wait_for(20'001).size(), 20'001U);
}

TEST(FullHub, AProducerThatLeavesWhileItWaitsIsStillServed) {
  TestServer server(with_budget(1000, true));
  server.chat.hold();
  UnixClient client(server.path);
  ASSERT_TRUE(client.write(numbered_lines(100)));
  client.close();
  UnixClient other(server.path);
  ASSERT_TRUE(other.write(hello("none")));
  EXPECT_NE(other.read_line(), "");
  server.chat.release();
  EXPECT_EQ(server.chat.wait_for(100), numbers(100));
}

TEST(PartialLines, TheLongestIsRefusedBeyondTheBoundOfAll) {
  ServerOptions options;
  options.server.max_partial_bytes = 100'000;
  TestServer server(options);
  UnixClient longest(server.path);
  UnixClient other(server.path);
  const std::string start = R"({"actionName":"sendToAll","dataType":"text","data":")";
  ASSERT_TRUE(other.write(hello("none") + start + std::string(40'000, 'o')));
  EXPECT_NE(other.read_line(), "");
  ASSERT_TRUE(longest.write(hello("none") + start + std::string(70'000, 'l')));
  EXPECT_NE(longest.read_line(), "");
  EXPECT_NE(longest.read_line().find("line_too_long"), std::string::npos);
  ASSERT_TRUE(longest.write("still the same line\"}\n" + line_of("next")));
  ASSERT_EQ(server.chat.wait_for(1), Texts{"next"});
  ASSERT_TRUE(other.write("\"}\n"));
  EXPECT_EQ(server.chat.wait_for(2).back().size(), 40'000U);
}

TEST(PartialLines, ThatAreTogetherTooLongArriveOneAfterTheOther) {
  ServerOptions options;
  options.server.max_partial_bytes = 2'000'000;
  options.server.max_connections = 50;
  options.server.thread.session.lines.max_line_bytes = 500'000;
  options.threads = 2;
  TestServer server(options);
  static constexpr size_t kClients = 20;
  std::vector<std::thread> clients;
  for (size_t i = 0; i < kClients; ++i) {
    clients.emplace_back([&server] {
      UnixClient client(server.path);
      client.write(hello("accepted") + line_of(std::string(400'000, 'x')));
      client.end_output();
      EXPECT_NE(client.read_all().find(R"({"status":"accepted","seq":1})"), std::string::npos);
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(server.chat.wait_for(kClients).size(), kClients);
}

TEST(PartialLines, OneThatDoesNotGoOnIsRefusedWhereOthersWait) {
  ServerOptions options;
  options.server.max_partial_bytes = 100'000;
  options.server.thread.session.lines.max_line_bytes = 50'000;
  options.server.thread.favour = std::chrono::milliseconds(50);
  TestServer server(options);
  const std::string start = R"({"actionName":"sendToAll","dataType":"text","data":")";
  std::vector<std::unique_ptr<UnixClient>> stalled;
  for (int i = 0; i < 3; ++i) {
    stalled.push_back(std::make_unique<UnixClient>(server.path));
    ASSERT_TRUE(stalled.back()->write(start + std::string(30'000, 'x')));
  }
  for (int i = 1; i <= 10; ++i) {
    UnixClient client(server.path);
    client.write(line_of(std::string(40'000, 'y')));
    client.end_output();
    EXPECT_EQ(client.read_all(), "");
    EXPECT_EQ(server.chat.wait_for(static_cast<size_t>(i)).size(), static_cast<size_t>(i));
  }
}

TEST(PartialLines, ShortOnesGoOnWhileLongOnesWaitForRoom) {
  ServerOptions options = with_budget(1000, true);
  options.server.max_partial_bytes = 1'000'000;
  options.server.max_connections = 50;
  options.server.thread.session.lines.max_line_bytes = 200'000;
  TestServer server(options);
  server.chat.hold();
  std::string array = "[";
  while (array.size() < 150'000) array += line_of("x").substr(0, line_of("x").size() - 1) + ",";
  array.back() = ']';
  std::vector<std::unique_ptr<UnixClient>> waiting;
  for (int i = 0; i < 10; ++i) {
    waiting.push_back(std::make_unique<UnixClient>(server.path));
    waiting.back()->write_until_blocked(array + "\n", kPatience);
  }
  UnixClient other(server.path);
  ASSERT_TRUE(other.write(hello("accepted") + "}\n"));
  EXPECT_NE(other.read_line(), "");
  EXPECT_NE(other.read_line().find("invalid_json"), std::string::npos);
}

TEST(PartialLines, OfOneThatLeftCountNoMore) {
  ServerOptions options;
  options.server.max_partial_bytes = 100'000;
  TestServer server(options);
  for (int i = 0; i < 5; ++i) {
    UnixClient client(server.path);
    ASSERT_TRUE(client.write("{\"actionName\":\"" + std::string(70'000, 'x')));
    client.end_output();
    const std::string replies = client.read_all();
    EXPECT_NE(replies.find("invalid_json"), std::string::npos) << replies;
  }
}

TEST(Fairness, AFloodDoesNotHoldUpAnother) {
  TestServer server;
  std::atomic<bool> stop{false};
  std::thread flood([&] {
    UnixClient client(server.path);
    const std::string text = numbered_lines(1000);
    while (!stop.load()) client.write(text);
  });
  UnixClient quiet(server.path);
  ASSERT_TRUE(quiet.write(hello("delivered")));
  EXPECT_NE(quiet.read_line(), "");
  for (int i = 1; i <= 20; ++i) {
    ASSERT_TRUE(quiet.write(line_of("q")));
    EXPECT_EQ(quiet.read_line(), R"({"status":"delivered","seq":)" + std::to_string(i) +
                                     R"(,"httpStatus":202,"attempts":1})");
  }
  stop.store(true);
  flood.join();
}

}  // namespace
}  // namespace awps
