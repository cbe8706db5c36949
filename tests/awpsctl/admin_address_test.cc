// Where the daemon may be said to be.

#include "daemon/awpsctl/wire/admin_address.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

struct AddressCase {
  const char* name;
  std::string text;
  const char* socket_path;
  const char* base_url;  // null: refused
};
void PrintTo(const AddressCase& row, std::ostream* out) {
  *out << row.name;
}

const AddressCase kAddresses[] = {
    {"Unix", "unix:/run/a.sock", "/run/a.sock", "http://localhost"},
    {"Path", "/run/a.sock", "/run/a.sock", "http://localhost"},
    {"RelativeUnix", "unix:a.sock", "a.sock", "http://localhost"},
    {"HostAndPort", "127.0.0.1:9464", "", "http://127.0.0.1:9464"},
    {"Url", "http://localhost:9464/", "", "http://localhost:9464"},
    {"Ipv6", "http://[::1]:9464", "", "http://[::1]:9464"},
    {"Empty", "", nullptr, nullptr},
    {"NoPath", "unix:", nullptr, nullptr},
    {"PathTooLong", "/" + std::string(107, 'a'), nullptr, nullptr},
    {"NoPort", "127.0.0.1", nullptr, nullptr},
    {"PortTooLarge", "127.0.0.1:99999", nullptr, nullptr},
    {"Https", "https://127.0.0.1:9464", nullptr, nullptr},
    {"AnotherMachine", "10.0.0.1:9464", nullptr, nullptr},
    {"AnotherMachineByUser", "http://127.0.0.1@evil.example:9464", nullptr, nullptr},
    {"WithAPath", "http://127.0.0.1:9464/status", nullptr, nullptr},
};

class Addresses : public testing::TestWithParam<AddressCase> {};

TEST_P(Addresses, AreTakenOrRefused) {
  const Result<AdminAddress, Failure> parsed = parse_admin_address(GetParam().text);
  ASSERT_EQ(parsed.ok(), GetParam().base_url != nullptr);
  if (parsed.ok()) {
    EXPECT_EQ(parsed.value().socket_path, GetParam().socket_path);
    EXPECT_EQ(parsed.value().base_url, GetParam().base_url);
  } else {
    EXPECT_EQ(parsed.error().exit_code, ExitCode::kUsage);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Addresses, testing::ValuesIn(kAddresses),
                         [](const auto& row) { return std::string(row.param.name); });

struct LoopbackCase {
  const char* name;
  const char* url;
  bool expected;
};
void PrintTo(const LoopbackCase& row, std::ostream* out) {
  *out << row.name;
}

const LoopbackCase kUrls[] = {
    {"Localhost", "http://localhost:8080", true},
    {"LocalhostInCapitals", "http://LOCALHOST:8080/api", true},
    {"BelowLocalhost", "https://emulator.localhost", true},
    {"V4", "http://127.8.9.10", true},
    {"V6", "http://[::1]:80/", true},
    {"Azure", "https://contoso.webpubsub.azure.com", false},
    {"NamedLikeIt", "https://localhost.example.com", false},
    {"NumberedLikeIt", "https://127.0.0.1.example.com", false},
    {"InThePath", "https://example.com/localhost", false},
    {"InTheUser", "https://localhost@example.com", false},
    {"InTheQuery", "https://example.com?@localhost", false},
    {"Empty", "", false},
};

class Loopback : public testing::TestWithParam<LoopbackCase> {};

TEST_P(Loopback, IsToldFromTheHostAlone) {
  EXPECT_EQ(is_loopback_url(GetParam().url), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(All, Loopback, testing::ValuesIn(kUrls),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace awps
