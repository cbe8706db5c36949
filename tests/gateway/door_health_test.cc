// The health of the service, for which anybody may ask: that costs nobody else anything.

#include <gtest/gtest.h>

#include "gateway/health_asked.h"
#include "tests/gateway/door_rig.h"

namespace awps {
namespace {

constexpr char kUser[] = "/api/hubs/chat/users/ann";

std::string health() {
  return request_of("HEAD", "/api/health");
}

std::string many_healths() {
  std::string text;
  for (int i = 0; i < 32; ++i) text += health();
  return text;
}

DoorRig::Options over_tcp() {
  return {.over_tcp = true, .limits = {.max_reads = 1, .max_waiting_reads = 1}};
}

TEST(DoorHealth, IsThatOfAService) {
  DoorRig rig(over_tcp());
  HttpClient client = rig.client();
  client.write(health());
  const auto asked = rig.service.take();
  EXPECT_EQ(asked.url, std::string(kServiceUrl) + "/api/health");
  EXPECT_EQ(asked.token, "");
  rig.service.answer(asked, {.status = 200});
  EXPECT_EQ(client.read(true).status, 200);
}

TEST(DoorHealth, IsAskedForOnceForAll) {
  DoorRig rig(over_tcp());
  HttpClient client = rig.client();
  client.write(many_healths());
  const auto asked = rig.service.take();
  rig.let_server_turn();
  rig.service.answer(asked, {.status = 200});
  for (int i = 0; i < 32; ++i) EXPECT_EQ(client.read(true).status, 200);
  client.write(health());
  EXPECT_EQ(client.read(true).status, 200) << "soon after it";
  EXPECT_EQ(rig.service.count(), 1U);
  rig.pass(HealthAsked::kFresh);
  client.write(health());
  rig.service.answer(rig.service.take(), {.status = 503});
  EXPECT_EQ(client.read(true).status, 503);
}

TEST(DoorHealth, TakesNothingFromReads) {
  DoorRig rig(over_tcp());
  rig.pace = 4;  // a second: reads have one
  HttpClient stranger = rig.client();
  stranger.write(many_healths());
  const auto asked = rig.service.take();
  HttpClient client = rig.client();
  client.write(request_of("HEAD", kUser, {DoorRig::bearer(kUser)}));
  rig.service.answer(rig.service.take(), {.status = 404});
  EXPECT_EQ(client.read(true).status, 404);
  EXPECT_EQ(rig.permits_asked_for, 1) << "of the read";
  rig.service.answer(asked, {.status = 200});
  EXPECT_EQ(stranger.read(true).status, 200);
}

TEST(DoorHealth, TooManyWhoAskAreAnsweredAtOnce) {
  DoorRig rig(over_tcp());
  std::vector<HttpClient> clients;
  for (size_t i = 0; i < HealthAsked::kMostAskers / 32; ++i) {
    clients.push_back(rig.client());
    clients.back().write(many_healths());
  }
  const auto asked = rig.service.take();
  while (rig.kept().health_askers < HealthAsked::kMostAskers) rig.let_server_turn();
  HttpClient one_more = rig.client();
  one_more.write(health());
  const HttpAnswer answer = one_more.read(true);
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.header("retry-after"), "1");
  rig.service.answer(asked, {.status = 200});
  EXPECT_EQ(clients.front().read(true).status, 200);
}

TEST(DoorHealth, InAPauseNobodyAsks) {
  DoorRig rig(over_tcp());
  rig.trouble_seconds = 17;
  HttpClient client = rig.client();
  client.write(health());
  EXPECT_EQ(client.read(true).header("retry-after"), "17");
  EXPECT_EQ(rig.service.count(), 0U);
}

TEST(DoorHealth, IsAnsweredWhenTheWayIsGone) {
  DoorRig rig(over_tcp());
  HttpClient client = rig.client();
  client.write(health());
  rig.service.take();
  rig.change_rules = [](HubRules& rules) { rules.way = nullptr; };
  rig.set_hubs();
  EXPECT_EQ(client.read(true).status, 503);
}

TEST(DoorHealth, IsAnsweredByTheEndOfTheStop) {
  DoorRig rig(over_tcp());
  HttpClient client = rig.client();
  client.write(health());
  rig.service.take();
  rig.stop();
  EXPECT_EQ(client.read(true).status, 503);
}

}  // namespace
}  // namespace awps
