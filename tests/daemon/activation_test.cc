// Sockets that systemd hands over: which is whose, by their names.

#include "daemon/awpsd/activation.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "net/tcp_listener.h"
#include "net/unix_listener.h"
#include "tests/support/test_folder.h"

namespace awps {
namespace {

using Names = std::vector<std::string>;

struct Row {
  const char* name;
  Names names;
  int producers;
  int gateway;
};
void PrintTo(const Row& row, std::ostream* out) {
  *out << row.name;
}

const Row kRows[] = {
    {"None", {}, -1, -1},
    {"Producers", {"producers"}, 3, -1},
    {"Gateway", {"gateway"}, -1, 3},
    {"Both", {"producers", "gateway"}, 3, 4},
    {"BothTheOtherWayRound", {"gateway", "producers"}, 4, 3},
    {"ASingleOneWithoutAName", {"unknown"}, 3, -1},
    {"ASingleOneWithAnEmptyName", {""}, 3, -1},
    {"ASingleOneWithTheNameOfOurUnit", {"awpsd.socket"}, 3, -1},
};

class Activations : public testing::TestWithParam<Row> {};

TEST_P(Activations, AreToldApartByName) {
  const Result<ActivatedSockets> sockets = sort_sockets(GetParam().names, 3);
  ASSERT_TRUE(sockets.ok()) << sockets.error().message;
  EXPECT_EQ(sockets->producers, GetParam().producers);
  EXPECT_EQ(sockets->gateway, GetParam().gateway);
}

INSTANTIATE_TEST_SUITE_P(All, Activations, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

struct BadRow {
  const char* name;
  Names names;
  std::string words;
};
void PrintTo(const BadRow& row, std::ostream* out) {
  *out << row.name;
}

const BadRow kBadRows[] = {
    {"AnotherUnit", {"web.socket"}, "into the socket unit web.socket"},
    {"AnotherName", {"producers", "clients"}, "named 'clients'"},
    {"NamelessBesideAnother", {"gateway", "unknown"}, "FileDescriptorName=producers"},
    {"TwoOfProducers", {"producers", "producers"}, "two sockets named 'producers'"},
    {"TwoOfTheGateway", {"gateway", "producers", "gateway"}, "two sockets named 'gateway'"},
};

class BadActivations : public testing::TestWithParam<BadRow> {};

TEST_P(BadActivations, AreRefusedWithARemedy) {
  const Result<ActivatedSockets> sockets = sort_sockets(GetParam().names, 3);
  ASSERT_FALSE(sockets.ok());
  EXPECT_NE(sockets.error().message.find(GetParam().words), std::string::npos)
      << sockets.error().message;
}

INSTANTIATE_TEST_SUITE_P(All, BadActivations, testing::ValuesIn(kBadRows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(ActivatedAddress, IsThatOfTheSocket) {
  for (const std::string host : {"127.0.0.1", "::1"}) {
    const auto listener = listen_on_tcp({.host = host});
    ASSERT_TRUE(listener.ok());
    const Result<std::string> address = address_of(listener->fd.get());
    ASSERT_TRUE(address.ok());
    EXPECT_EQ(*address, to_text(listener->address));
  }
  const TestFolder folder;
  const auto listener = UnixListener::bind({.path = folder.file("s")});
  ASSERT_TRUE(listener.ok());
  const Result<std::string> address = address_of((*listener)->fd());
  ASSERT_TRUE(address.ok());
  EXPECT_EQ(*address, "unix:" + folder.file("s"));
}

TEST(ActivatedAddress, IsNoneOfWhatDoesNotListen) {
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const Result<std::string> address = address_of(socket.get());
  ASSERT_FALSE(address.ok());
  EXPECT_NE(address.error().message.find("awpsd-gateway.socket"), std::string::npos);
  EXPECT_FALSE(address_of(-1).ok());
}

}  // namespace
}  // namespace awps
