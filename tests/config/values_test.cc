// Values: what each kind of option takes, and what it becomes in the Config.

#include <gtest/gtest.h>

#include "config/load.h"

namespace awps {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

Config parsed(const std::string& text) {
  const auto config = parse_config(std::vector<ConfigText>{{"test.toml", text}});
  EXPECT_TRUE(config.ok()) << to_string(config.mistakes);
  return config.ok() ? config.config : Config();
}

struct ValueCase {
  const char* name;
  const char* text;
  void (*change)(Config& expected);  // from the defaults
};
void PrintTo(const ValueCase& row, std::ostream* out) {
  *out << row.name;
}

// One row for each option, so that a name that is bound to the wrong member fails here.
const ValueCase kValues[] = {
    {"Nothing", "", [](Config&) {}},
    {"OnlyAComment", "# nothing\n", [](Config&) {}},
    {"ByteOrderMark",
     "\xEF\xBB\xBF"
     "drain_timeout = \"1s\"",
     [](Config& c) { c.drain_timeout = seconds(1); }},
    {"CarriageReturns", "[log]\r\nlevel = \"debug\"\r\n",
     [](Config& c) { c.log.level = LogConfig::Level::kDebug; }},
    {"DottedKey", "socket.threads = 4", [](Config& c) { c.socket.threads = 4; }},
    {"InlineTable", "spool = { path = \"/x\" }", [](Config& c) { c.spool.path = "/x"; }},
    {"DrainTimeout", "drain_timeout = \"0ms\"", [](Config& c) { c.drain_timeout = seconds(0); }},

    {"Connection", "service.connection = \"My_App-1.x\"",
     [](Config& c) { c.service.connection = "My_App-1.x"; }},
    {"ConnectionFile", "service.connection_file = \"/run/cs\"",
     [](Config& c) { c.service.connection_file = "/run/cs"; }},
    {"Hub", "service.hub = \"Chat\"", [](Config& c) { c.service.hub = "chat"; }},
    {"OldestApiVersion", "service.api_version = \"2023-07-01\"",
     [](Config& c) { c.service.api_version = "2023-07-01"; }},
    {"PreviewApiVersion", "service.api_version = \"2025-01-01-preview\"",
     [](Config& c) { c.service.api_version = "2025-01-01-preview"; }},
    {"Rate", "service.requests_per_second = 0.5",
     [](Config& c) { c.service.requests_per_second = 0.5; }},
    {"SharedBy",
     "service.shared_by = \"orders\"\n[streams.orders]\nbrokers = \"k:1\"\ntopic = \"t\"",
     [](Config& c) {
       c.service.shared_by = "orders";
       c.streams["orders"].brokers = "k:1";
       c.streams["orders"].topic = "t";
     }},
    {"WholeRate", "service.requests_per_second = 1000",
     [](Config& c) { c.service.requests_per_second = 1000; }},
    {"ByteRate", "service.bytes_per_second = \"2MiB\"",
     [](Config& c) { c.service.bytes_per_second = 2 * kMebibyte; }},
    {"NoByteRate", "service.bytes_per_second = 0", [](Config&) {}},
    {"Burst", "service.burst = \"1s\"", [](Config& c) { c.service.burst = seconds(1); }},
    {"RetryAfterMax", "service.retry_after_max = \"5m\"",
     [](Config& c) { c.service.retry_after_max = minutes(5); }},
    {"Timeout", "service.timeout = \"500ms\"",
     [](Config& c) { c.service.timeout = milliseconds(500); }},
    {"ServiceConnections", "service.max_connections = 1",
     [](Config& c) { c.service.max_connections = 1; }},
    {"Proxy", "service.proxy = \"http://proxy:3128\"",
     [](Config& c) { c.service.proxy = "http://proxy:3128"; }},
    {"ReverseProxy", "service.reverse_proxy = \"https://APIM.example:8443/\"",
     [](Config& c) { c.service.reverse_proxy = "https://apim.example:8443"; }},
    {"ReverseProxyOfSix", "service.reverse_proxy = \"https://[::1]:8443\"",
     [](Config& c) { c.service.reverse_proxy = "https://[::1]:8443"; }},
    {"Scope", "service.scope = \"https://webpubsub.azure.cn/.default\"",
     [](Config& c) { c.service.scope = "https://webpubsub.azure.cn/.default"; }},
    {"AllowPlainHttp", "service.allow_plain_http = [\"Emulator\", \"b.c\"]",
     [](Config& c) {
       c.service.allow_plain_http = {"emulator", "b.c"};
     }},
    {"SocksProxy", "service.proxy = \"socks5h://proxy\"",
     [](Config& c) { c.service.proxy = "socks5h://proxy"; }},
    {"ProxyWithAPassword", "service.proxy = \"http://u:p%2Fw@proxy:3128\"",
     [](Config& c) { c.service.proxy = "http://u:p%2Fw@proxy:3128"; }},
    {"ProxyCredentials", "service = {proxy = \"http://p\", proxy_credentials = \"ProxyLogin\"}",
     [](Config& c) {
       c.service.proxy = "http://p";
       c.service.proxy_credentials = "ProxyLogin";
     }},
    {"AdminGroup", "admin.group = \"ops\"", [](Config& c) { c.admin.group = "ops"; }},
    {"CaFile", "service.ca_file = \"/ca.pem\"", [](Config& c) { c.service.ca_file = "/ca.pem"; }},

    {"SocketPath", "socket.path = \"/a.sock\"", [](Config& c) { c.socket.path = "/a.sock"; }},
    {"Mode", "socket.mode = \"0600\"", [](Config& c) { c.socket.mode = 0600; }},
    {"ModeOfThreeDigits", "socket.mode = \"777\"", [](Config& c) { c.socket.mode = 0777; }},
    {"Group", "socket.group = \"web\"", [](Config& c) { c.socket.group = "web"; }},
    {"AllowUsers", "socket.allow_users = [\"a\", 'b']",
     [](Config& c) {
       c.socket.allow_users = {"a", "b"};
     }},
    {"AllowGroups", "socket.allow_groups = [\"a\"]",
     [](Config& c) { c.socket.allow_groups = {"a"}; }},
    {"MaxConnections", "socket.max_connections = 9",
     [](Config& c) { c.socket.max_connections = 9; }},
    {"MaxLine", "socket.max_line_bytes = \"64MiB\"",
     [](Config& c) { c.socket.max_line_bytes = 64 * kMebibyte; }},
    {"MaxUnread", "socket.max_unread_reply_bytes = \"1MiB\"",
     [](Config& c) { c.socket.max_unread_reply_bytes = kMebibyte; }},
    {"MaxPartial", "socket.max_partial_bytes = \"8MiB\"",
     [](Config& c) { c.socket.max_partial_bytes = 8 * kMebibyte; }},

    {"AdminPath", "admin.listen = \"unix:/a\"", [](Config& c) { c.admin.listen = {"unix:/a"}; }},
    {"AdminAddress", "admin.listen = \"127.0.0.1:9464\"\nadmin.token_file = \"/t\"",
     [](Config& c) { c.admin = {.listen = {"127.0.0.1:9464"}, .token_file = "/t"}; }},
    {"AdminAddresses",
     "admin.listen = [\"unix:/a\", \"127.0.0.1:9464\"]\nadmin.token_file = \"/t\"",
     [](Config& c) {
       c.admin = {.listen = {"unix:/a", "127.0.0.1:9464"}, .token_file = "/t"};
     }},
    {"AdminAddressOfSix", "admin = { listen = \"[::1]:0\", token_file = \"/t\" }",
     [](Config& c) { c.admin = {.listen = {"[::1]:0"}, .token_file = "/t"}; }},
    {"SpoolSize", "spool.max_bytes = \"1GiB\"", [](Config& c) { c.spool.max_bytes = kGibibyte; }},
    {"FreeBytes", "spool.min_free_bytes = \"2GiB\"",
     [](Config& c) { c.spool.min_free_bytes = 2 * kGibibyte; }},
    {"NoFreeBytes", "spool.min_free_bytes = 0", [](Config& c) { c.spool.min_free_bytes = 0; }},
    {"CommitInterval", "spool.commit_interval = \"10ms\"",
     [](Config& c) { c.spool.commit_interval = milliseconds(10); }},
    {"CommitBytes", "spool.commit_bytes = \"64KiB\"",
     [](Config& c) { c.spool.commit_bytes = 64 * kKibibyte; }},
    {"ReleaseInterval", "spool.release_interval = \"1s\"",
     [](Config& c) { c.spool.release_interval = seconds(1); }},
    {"SegmentBytes", "spool.segment_bytes = \"1MiB\"",
     [](Config& c) { c.spool.segment_bytes = kMebibyte; }},

    {"HubService", "hub_defaults.service = \"b\"\nservices.b.connection = \"B\"",
     [](Config& c) {
       c.hub_defaults.service = "b";
       c.services["b"].connection = "B";
     }},
    {"ServiceByFile", "services.b.connection_file = \"/b\"",
     [](Config& c) { c.services["b"].connection_file = "/b"; }},
    {"Ordering", "hub_defaults.ordering = \"strict\"",
     [](Config& c) { c.hub_defaults.ordering = HubConfig::Ordering::kStrict; }},
    {"NoOrdering", "hub_defaults.ordering = \"none\"",
     [](Config& c) { c.hub_defaults.ordering = HubConfig::Ordering::kNone; }},
    {"Overflow", "hub_defaults.durability = \"overflow\"",
     [](Config& c) { c.hub_defaults.durability = HubConfig::Durability::kOverflow; }},
    {"SpoolOfAHub", "hub_defaults.spool_max_bytes = \"16MiB\"",
     [](Config& c) { c.hub_defaults.spool_max_bytes = 16 * kMebibyte; }},
    {"DedupeWindow", "hub_defaults.dedupe_window = \"0s\"",
     [](Config& c) { c.hub_defaults.dedupe_window = Duration::zero(); }},
    {"DedupeMaxIds", "hub_defaults.dedupe_max_ids = 7",
     [](Config& c) { c.hub_defaults.dedupe_max_ids = 7; }},
    {"NoSpoolOfAHub", "hub_defaults.spool_max_bytes = 0", [](Config&) {}},
    {"HubUsers", "hub_defaults.allow_users = [\"a\"]",
     [](Config& c) { c.hub_defaults.allow_users = {"a"}; }},
    {"HubGroups", "hub_defaults.allow_groups = [\"a\"]",
     [](Config& c) { c.hub_defaults.allow_groups = {"a"}; }},

    {"LongestBurst", "service.burst = \"60s\"", [](Config& c) { c.service.burst = minutes(1); }},
    {"LongestTimeout", "service.timeout = \"10m\"",
     [](Config& c) { c.service.timeout = minutes(10); }},
    {"LongestLinger", "hub_defaults.coalesce.linger = \"1m\"",
     [](Config& c) { c.hub_defaults.coalesce.linger = minutes(1); }},
    {"LongestDuration", "drain_timeout = \"3650d\"",
     [](Config& c) { c.drain_timeout = hours(3650 * 24); }},
    {"SlowestRate", "service.requests_per_second = 0.001",
     [](Config& c) { c.service.requests_per_second = 0.001; }},
    {"FastestRate", "service.requests_per_second = 1_000_000_000",
     [](Config& c) { c.service.requests_per_second = 1e9; }},
    {"NoRate", "service.requests_per_second = -0.0", [](Config&) {}},
    {"SlowestFanOut", "hub_defaults.coalesce.fan_out_per_second = 0.01",
     [](Config& c) { c.hub_defaults.coalesce.fan_out_per_second = 0.01; }},
    {"FastestFanOut", "hub_defaults.coalesce.fan_out_per_second = 1e6",
     [](Config& c) { c.hub_defaults.coalesce.fan_out_per_second = 1e6; }},
    {"LargestSize", "spool.max_bytes = \"1024GiB\"",
     [](Config& c) { c.spool.max_bytes = 1024 * kGibibyte; }},

    {"Enabled", "hub_defaults.coalesce.enabled = false",
     [](Config& c) { c.hub_defaults.coalesce.enabled = false; }},
    {"Supersede", "hub_defaults.coalesce.supersede = false",
     [](Config& c) { c.hub_defaults.coalesce.supersede = false; }},
    {"Conflate", "hub_defaults.coalesce.conflate = false",
     [](Config& c) { c.hub_defaults.coalesce.conflate = false; }},
    {"Linger", "hub_defaults.coalesce.linger = \"5ms\"",
     [](Config& c) { c.hub_defaults.coalesce.linger = milliseconds(5); }},
    {"NoFanOut", "hub_defaults.coalesce.fan_out = \"off\"",
     [](Config& c) { c.hub_defaults.coalesce.fan_out = CoalesceConfig::FanOut::kOff; }},
    {"FanOutOfBoth", "hub_defaults.coalesce.fan_out = \"users+connections\"",
     [](Config& c) {
       c.hub_defaults.coalesce.fan_out = CoalesceConfig::FanOut::kUsersAndConnections;
     }},
    {"FanOutMin", "hub_defaults.coalesce.fan_out_min = 2",
     [](Config& c) { c.hub_defaults.coalesce.fan_out_min = 2; }},
    {"FanOutRate", "hub_defaults.coalesce.fan_out_per_second = 1.5",
     [](Config& c) { c.hub_defaults.coalesce.fan_out_per_second = 1.5; }},
    {"BulkMembership", "hub_defaults.coalesce.bulk_membership = true",
     [](Config& c) { c.hub_defaults.coalesce.bulk_membership = true; }},
    {"MaxMembers", "hub_defaults.coalesce.max_members = 8",
     [](Config& c) { c.hub_defaults.coalesce.max_members = 8; }},
    {"MaxUrl", "hub_defaults.coalesce.max_url_bytes = \"12000B\"",
     [](Config& c) { c.hub_defaults.coalesce.max_url_bytes = 12000; }},

    {"MaxAttempts", "hub_defaults.retry.max_attempts = 1",
     [](Config& c) { c.hub_defaults.retry.max_attempts = 1; }},
    {"RetryAge", "hub_defaults.retry.max_age = \"1h\"",
     [](Config& c) { c.hub_defaults.retry.max_age = hours(1); }},
    {"RetryBase", "hub_defaults.retry.base = \"30s\"",
     [](Config& c) { c.hub_defaults.retry.base = seconds(30); }},
    {"RetryMax", "hub_defaults.retry.max = \"200ms\"",
     [](Config& c) { c.hub_defaults.retry.max = milliseconds(200); }},
    {"Budget", "hub_defaults.retry.budget = 0", [](Config& c) { c.hub_defaults.retry.budget = 0; }},
    {"DeadLetterStore", "hub_defaults.dead_letters.store = \"memory\"",
     [](Config& c) { c.hub_defaults.dead_letters.store = DeadLettersConfig::Store::kMemory; }},
    {"DeadLetterCount", "hub_defaults.dead_letters.max_count = 1",
     [](Config& c) { c.hub_defaults.dead_letters.max_count = 1; }},
    {"DeadLetterSize", "hub_defaults.dead_letters.max_bytes = \"1MiB\"",
     [](Config& c) { c.hub_defaults.dead_letters.max_bytes = kMebibyte; }},
    {"DeadLetterAge", "hub_defaults.dead_letters.max_age = \"1d\"",
     [](Config& c) { c.hub_defaults.dead_letters.max_age = hours(24); }},
    {"MergeRules",
     "[[hub_defaults.merge]]\ngroups = \"a*\"\n[[hub_defaults.merge]]\ngroups = \"b\"\n"
     "format = \"lines\"\nmax_bytes = \"1MiB\"",
     [](Config& c) {
       c.hub_defaults.merge = {
           {.groups = "a*"},
           {.groups = "b", .format = MergeRule::Format::kLines, .max_bytes = kMebibyte}};
     }},
    {"OrderRules",
     "[[hub_defaults.order]]\ngroups = \"a\"\nordering = \"target\"\n"
     "[[hub_defaults.order]]\ngroups = \"*\"",
     [](Config& c) {
       c.hub_defaults.order = {{.groups = "a", .ordering = OrderRule::Ordering::kTarget},
                               {.groups = "*"}};
     }},
};

class Values : public testing::TestWithParam<ValueCase> {};

TEST_P(Values, ReachTheirMember) {
  Config expected;
  GetParam().change(expected);
  EXPECT_TRUE(parsed(GetParam().text) == expected);
}

const auto name_of_case = [](const auto& row) { return std::string(row.param.name); };
INSTANTIATE_TEST_SUITE_P(Config, Values, testing::ValuesIn(kValues), name_of_case);

}  // namespace
}  // namespace awps
