// Mistakes: each is found, with its file, line, key and remedy, and all of them in one go.

#include <gtest/gtest.h>

#include "config/load.h"

namespace awps {
namespace {

std::string mistakes_in(const std::string& text) {
  const auto config = parse_config(std::vector<ConfigText>{{"f", text}});
  return config.ok() ? "" : to_string(config.mistakes);
}

struct MistakeCase {
  const char* name;
  std::string text;
  std::string mistakes;
};
void PrintTo(const MistakeCase& row, std::ostream* out) {
  *out << row.name;
}

const std::string kDurationRemedy =
    "write a duration, a whole number and ms, s, m, h or d, such as \"10s\"\n";
const std::string kSizeRemedy =
    "write a size, a whole number and B, KiB, MiB or GiB, such as \"64KiB\"\n";
const std::string kRateRemedy = "write 0 for no limit, or a number from 0.001 to 1000000000\n";
const std::string kListenRemedy =
    "write \"unix:\" and a path, or an address and a port, such as \"127.0.0.1:9464\" or "
    "\"[::1]:9464\"\n";
const std::string kDatedRemedy = "is no api version; write a date, such as \"2024-12-01\"\n";
const std::string kProxyRemedy =
    "is no proxy; write its URL with http://, https://, socks5:// or socks5h://, such as "
    "\"http://proxy.example:3128\"\n";
const std::string kReverseProxyRemedy =
    "is no address of a reverse proxy; write its URL without a path, such as "
    "\"https://apim.example\"\n";
const std::string kGiveUpRemedy =
    "a hub that writes to disk sends again after a crash what may have arrived, so it cannot keep "
    "ambiguous = \"give_up\"; write \"retry\", or durability = \"memory\"\n";
const std::string kHubNameRemedy =
    "is not the name of a hub: a letter first, then letters, digits or _ ` , . [ ], at most 128 "
    "in all\n";

const MistakeCase kValueMistakes[] = {
    {"NumberForDuration", "drain_timeout = 20",
     "f:1:1: drain_timeout: is the number 20; " + kDurationRemedy},
    {"BadDuration", "\n\n  drain_timeout = \"10 sec\"",
     "f:3:3: drain_timeout: is \"10 sec\"; " + kDurationRemedy},
    {"ShortDuration", "service.burst = \"0ms\"",
     "f:1:9: service.burst: is too small; the least is \"1ms\"\n"},
    {"NumberForSize", "socket.max_line_bytes = 65536",
     "f:1:8: socket.max_line_bytes: is the number 65536; " + kSizeRemedy},
    {"SmallSize", "socket.max_line_bytes = \"1B\"",
     "f:1:8: socket.max_line_bytes: is too small; the least is \"1KiB\"\n"},
    {"LargeSize", "[hub_defaults.coalesce]\nmax_url_bytes = \"12001B\"",
     "f:2:1: hub_defaults.coalesce.max_url_bytes: is too large; the most is \"12000B\"\n"},
    {"ByteRateWithoutUnit", "service.bytes_per_second = 5",
     "f:1:9: service.bytes_per_second: is the number 5; write 0 or a size, a whole number and B, "
     "KiB, MiB or GiB, such as \"64KiB\"\n"},
    {"ZeroCount", "socket.threads = 0", "f:1:8: socket.threads: is too small; the least is 1\n"},
    {"NegativeCount", "socket.threads = -1",
     "f:1:8: socket.threads: is negative; the least is 1\n"},
    {"LargeCount", "socket.threads = 1025",
     "f:1:8: socket.threads: is too large; the most is 1024\n"},
    {"FractionForCount", "socket.threads = 1.5",
     "f:1:8: socket.threads: is the number 1.5; write a whole number\n"},
    {"NegativeRate", "service.requests_per_second = -1",
     "f:1:9: service.requests_per_second: is the number -1; " + kRateRemedy},
    {"InfiniteRate", "service.requests_per_second = inf",
     "f:1:9: service.requests_per_second: is the number inf; " + kRateRemedy},
    {"NoNumberForRate", "service.requests_per_second = nan",
     "f:1:9: service.requests_per_second: is the number nan; " + kRateRemedy},
    {"NoShare", "hub_defaults.max_producer_share = 0",
     "f:1:14: hub_defaults.max_producer_share: is the number 0; write a number above 0, at most "
     "1\n"},
    {"LargeShare", "hub_defaults.max_producer_share = 1.01",
     "f:1:14: hub_defaults.max_producer_share: is the number 1.01; write a number above 0, at most "
     "1\n"},
    {"LargeFraction", "hub_defaults.retry.budget = 2",
     "f:1:20: hub_defaults.retry.budget: is the number 2; write a number from 0 to 1\n"},
    {"TextForBoolean", "hub_defaults.coalesce.enabled = \"yes\"",
     "f:1:23: hub_defaults.coalesce.enabled: is \"yes\"; write true or false\n"},
    {"UnknownChoice", "hub_defaults.durability = \"disk\"",
     "f:1:14: hub_defaults.durability: is \"disk\"; write \"memory\", \"overflow\" or "
     "\"durable\"\n"},
    {"BooleanForChoice", "hub_defaults.when_full = true",
     "f:1:14: hub_defaults.when_full: is true; write \"block\" or \"reject\"\n"},
    {"CaseOfChoice", "log.level = \"Info\"",
     "f:1:5: log.level: is \"Info\"; write \"error\", \"warning\", \"info\" or \"debug\"\n"},
    {"NumberForMode", "socket.mode = 0o660",
     "f:1:8: socket.mode: is the number 432; write permissions as a string of octal digits, such "
     "as \"0660\"\n"},
    {"NotOctal", "socket.mode = \"0680\"",
     "f:1:8: socket.mode: is \"0680\"; write permissions as a string of octal digits, such as "
     "\"0660\"\n"},
    {"SetUserId", "socket.mode = \"4660\"",
     "f:1:8: socket.mode: is \"4660\"; write permissions as a string of octal digits, such as "
     "\"0660\"\n"},
    {"NumberForText", "socket.group = 5",
     "f:1:8: socket.group: is the number 5; write a string in quotes\n"},
    {"LineFeedInText", "socket.group = \"a\\n\"",
     "f:1:8: socket.group: has a control character in it; write it on one line, without \\n, \\t "
     "or \\u\n"},
    {"TextForList", "socket.allow_users = \"alice\"",
     "f:1:8: socket.allow_users: is a string; write a list of strings, such as [\"alice\", "
     "\"bob\"]\n"},
    {"NumberInList", "socket.allow_users = [\"a\", 3]",
     "f:1:8: socket.allow_users: item 2 is the number 3; write a string in quotes\n"},
    {"EmptyInList", "socket.allow_users = [\"\"]",
     "f:1:8: socket.allow_users: item 1 is empty; write a name or leave it out\n"},
    {"DateForSize", "spool.max_bytes = 2026-01-01",
     "f:1:7: spool.max_bytes: is a date or time; " + kSizeRemedy},
    {"EmptyPath", "spool.path = \"\"", "f:1:7: spool.path: is empty; write a value\n"},
    {"EmptySocketPath", "socket.path = \"\"",
     "f:1:8: socket.path: is no path of a socket; write one such as \"/run/awpsd/awpsd.sock\"\n"},
    {"AbstractSocketPath", "socket.path = \"@awpsd\"",
     "f:1:8: socket.path: begins with '@', as an abstract socket does, which no mode and no group "
     "protect; write the path of a file, such as \"/run/awpsd/awpsd.sock\"\n"},
    {"RelativeSocketPath", "socket.path = \"awpsd.sock\"",
     "f:1:8: socket.path: is relative to the folder that awpsd is started in; write the whole "
     "path, such as \"/run/awpsd/awpsd.sock\"\n"},
    {"AbstractAdminPath", "admin.listen = \"unix:@admin\"",
     "f:1:7: admin.listen: begins with '@', as an abstract socket does, which no mode and no group "
     "protect; write the path of a file, such as \"/run/awpsd/awpsd.sock\"\n"},
    {"RelativeAdminPath", "admin.listen = \"unix:run/admin.sock\"",
     "f:1:7: admin.listen: is relative to the folder that awpsd is started in; write the whole "
     "path, such as \"/run/awpsd/awpsd.sock\"\n"},
    {"LongSocketPath", "socket.path = \"/" + std::string(107, 'a') + "\"",
     "f:1:8: socket.path: is longer than the 107 bytes that a Unix socket's path may have; shorten "
     "it\n"},
    {"SecretForName", "service.connection = \"Endpoint=https://x;AccessKey=c2VjcmV0;\"",
     "f:1:9: service.connection: is a connection string; write the NAME of the credential or "
     "environment variable that holds it, or put it into a file and name that in "
     "connection_file\n"},
    {"NoSettingName", "service.connection = \"\"",
     "f:1:9: service.connection: is no name of a setting; write the name of the credential or "
     "environment variable that holds the connection string, such as "
     "\"WebPubSubConnectionString\"\n"},
    {"NoHubName", "service.hub = \"my-hub\"", "f:1:9: service.hub: " + kHubNameRemedy},
    {"NoDate", "service.api_version = \"latest\"", "f:1:9: service.api_version: " + kDatedRemedy},
    {"MoreThanADate", "service.api_version = \"2024-12-01x\"",
     "f:1:9: service.api_version: " + kDatedRemedy},
    {"OldApiVersion", "service.api_version = \"2023-06-30\"",
     "f:1:9: service.api_version: is older than 2023-07-01, where an unknown filter is ignored and "
     "a message meant for a few goes to everybody; write \"2024-12-01\"\n"},
    {"ProxyWithoutScheme", "service.proxy = \"proxy:3128\"",
     "f:1:9: service.proxy: " + kProxyRemedy},
    {"ReverseProxyWithoutScheme", "service.reverse_proxy = \"apim\"",
     "f:1:9: service.reverse_proxy: " + kReverseProxyRemedy},
    {"ReverseProxyWithPath", "service.reverse_proxy = \"https://apim/x\"",
     "f:1:9: service.reverse_proxy: " + kReverseProxyRemedy},
    {"ReverseProxyWithUser", "service.reverse_proxy = \"https://u:s3cret@apim\"",
     "f:1:9: service.reverse_proxy: " + kReverseProxyRemedy},
    {"ScopeWithoutDefault", "service.scope = \"https://webpubsub.azure.com\"",
     "f:1:9: service.scope: is no scope; write one such as "
     "\"https://webpubsub.azure.com/.default\"\n"},
    {"PlainHttpUrl", "service.allow_plain_http = [\"a\", \"http://b\"]",
     "f:1:9: service.allow_plain_http: item 2 is no host name; write it without scheme and port, "
     "such as \"emulator\"\n"},
    {"ProxyWithoutHost", "service.proxy = \"http://\"", "f:1:9: service.proxy: " + kProxyRemedy},
    {"ProxyWithABlank", "service.proxy = \"http:// x y\"",
     "f:1:9: service.proxy: has a blank in it; remove it\n"},
    {"ProxyWithAPasswordThatIsNotEncoded", "service.proxy = \"http://u:p/w@proxy\"",
     "f:1:9: service.proxy: has a '/', '?', '#' or '@' in its user name or password; write it as "
     "%2F, %3F, %23 or %40, or name a setting in proxy_credentials, where it stands as it is\n"},
    {"ProxyCredentialsThemselves",
     "service.proxy_credentials = \"u:secret\"\nservice.proxy = \"http://p\"",
     "f:1:9: service.proxy_credentials: is no name of a setting; write the NAME of the credential "
     "or environment variable that holds it, never the secret itself\n"},
    {"ProxyCredentialsWithoutAProxy", "service.proxy_credentials = \"P\"",
     "f:1:9: service.proxy_credentials: there is no proxy to show it to; add proxy, or remove "
     "it\n"},
    {"ProxyCredentialsTwice",
     "service.proxy_credentials = \"P\"\nservice.proxy = \"http://u:p@proxy\"",
     "f:1:9: service.proxy_credentials: proxy has a user name and password, too; remove these from "
     "its URL\n"},
    {"ConnectionStringAsAFile",
     "service.connection_file = \"Endpoint=https://a;AccessKey=secret;Version=1.0;\"",
     "f:1:9: service.connection_file: is a connection string; put it into a file, and write the "
     "file's path\n"},
    {"NoListenInAList", "admin.listen = []",
     "f:1:7: admin.listen: is an empty list; write at least one, or leave the option out\n"},
    {"ListenInAListThatIsNone", "admin.listen = [\"unix:/a\", \"b\"]",
     "f:1:7: admin.listen: item 2 is \"b\"; " + kListenRemedy},
    {"ListenTwice", "admin.listen = [\"unix:/a\", \"unix:/a\"]",
     "f:1:7: admin.listen: has \"unix:/a\" twice; remove one\n"},
    {"ListenOfANumber", "admin.listen = 9464",
     "f:1:7: admin.listen: is the number 9464; write a string in quotes, or a list of such\n"},
    {"TcpInAListWithoutAToken", "admin.listen = [\"unix:/a\", \"127.0.0.1:1\"]",
     "f:1:7: admin.listen: has a TCP address, which every user of the machine can reach; name a "
     "file with a token in admin.token_file, or write \"unix:\" and a path\n"},
    {"NoListen", "admin.listen = \"\"", "f:1:7: admin.listen: is \"\"; " + kListenRemedy},
    {"NoPort", "admin.listen = \"127.0.0.1\"",
     "f:1:7: admin.listen: is \"127.0.0.1\"; " + kListenRemedy},
    {"NoSuchPort", "admin.listen = \"127.0.0.1:65536\"",
     "f:1:7: admin.listen: is \"127.0.0.1:65536\"; " + kListenRemedy},
    {"NoBrackets", "admin.listen = \"::1:9464\"",
     "f:1:7: admin.listen: is \"::1:9464\"; " + kListenRemedy},
    {"NoAdminPath", "admin.listen = \"unix:\"",
     "f:1:7: admin.listen: is no path of a socket; write one such as \"/run/awpsd/awpsd.sock\"\n"},
};

/// One step beyond each bound; the tables of options have many more of the same forms.
const MistakeCase kBoundMistakes[] = {
    {"LongDuration", "drain_timeout = \"3651d\"",
     "f:1:1: drain_timeout: is too large; the most is \"3650d\"\n"},
    {"DurationBeyondTheClock", "drain_timeout = \"99999999999999999999d\"",
     "f:1:1: drain_timeout: is too large; the most is \"3650d\"\n"},
    {"LongRetryAge", "hub_defaults.retry.max_age = \"3651d\"",
     "f:1:20: hub_defaults.retry.max_age: is too large; the most is \"3650d\"\n"},
    {"LongServiceBurst", "service.burst = \"60001ms\"",
     "f:1:9: service.burst: is too large; the most is \"1m\"\n"},
    {"LongHubBurst", "hub_defaults.burst = \"90000d\"",
     "f:1:14: hub_defaults.burst: is too large; the most is \"1m\"\n"},
    {"LongLinger", "hubs.a.coalesce.linger = \"106751d\"",
     "f:1:17: hubs.a.coalesce.linger: is too large; the most is \"1m\"\n"},
    {"LongTimeout", "service.timeout = \"601s\"",
     "f:1:9: service.timeout: is too large; the most is \"10m\"\n"},
    {"SlowRate", "service.requests_per_second = 1e-300",
     "f:1:9: service.requests_per_second: is too small; the least is 0.001, or 0 for no limit\n"},
    {"SlowHubRate", "hub_defaults.requests_per_second = 0.0009",
     "f:1:14: hub_defaults.requests_per_second: is too small; the least is 0.001, or 0 for no "
     "limit\n"},
    {"FastRate", "service.requests_per_second = 1000000001",
     "f:1:9: service.requests_per_second: is too large; the most is 1000000000, or 0 for no "
     "limit\n"},
    {"NoFanOut", "hub_defaults.coalesce.fan_out_per_second = 0",
     "f:1:23: hub_defaults.coalesce.fan_out_per_second: is too small; the least is 0.01; write "
     "fan_out = \"off\" for none\n"},
    {"SlowFanOut", "hub_defaults.coalesce.fan_out_per_second = 0.009",
     "f:1:23: hub_defaults.coalesce.fan_out_per_second: is too small; the least is 0.01; write "
     "fan_out = \"off\" for none\n"},
    {"FastFanOut", "hub_defaults.coalesce.fan_out_per_second = 1000001",
     "f:1:23: hub_defaults.coalesce.fan_out_per_second: is too large; the most is 1000000\n"},
    {"NoNumberForFanOut", "hub_defaults.coalesce.fan_out_per_second = \"fast\"",
     "f:1:23: hub_defaults.coalesce.fan_out_per_second: is \"fast\"; write a number from 0.01 to "
     "1000000\n"},
    {"HugeSize", "spool.max_bytes = \"1025GiB\"",
     "f:1:7: spool.max_bytes: is too large; the most is \"1024GiB\"\n"},
    {"SmallSpool", "spool.max_bytes = \"15MiB\"",
     "f:1:7: spool.max_bytes: is too small; the least is \"16MiB\"\n"},
    {"LongCommitInterval", "spool.commit_interval = \"2s\"",
     "f:1:7: spool.commit_interval: is too large; the most is \"1s\"\n"},
    {"SizeBeyondTheNumber", "hub_defaults.max_queued_bytes = \"99999999999999999999GiB\"",
     "f:1:14: hub_defaults.max_queued_bytes: is too large; the most is \"1024GiB\"\n"},
    {"HugeByteRate", "service.bytes_per_second = \"1025GiB\"",
     "f:1:9: service.bytes_per_second: is too large; the most is \"1024GiB\"\n"},
};

const MistakeCase kKeyMistakes[] = {
    {"Misspelt", "drain_timeot = \"1s\"",
     "f:1:1: drain_timeot: is no option; did you mean drain_timeout?\n"},
    {"MisspeltInTable", "[socket]\nthread = 2",
     "f:2:1: socket.thread: is no option; did you mean threads?\n"},
    {"MisspeltTable", "[servce]\nhub = \"a\"",
     "f:1:2: servce: is no option; did you mean service?\n"},
    {"MisspeltInnerTable", "[hubs.a.retri]\nmax = \"1s\"",
     "f:1:9: hubs.a.retri: is no option; did you mean retry?\n"},
    {"OtherTable", "[socket]\ntimeout = \"1s\"",
     "f:2:1: socket.timeout: is no option here; it belongs in [service]\n"},
    {"InnerTable", "[hubs.a]\nbudget = 0.1",
     "f:2:1: hubs.a.budget: is no option here; it belongs in [hubs.a.retry]\n"},
    {"TopOfTheFile", "[service]\ndrain_timeout = \"1s\"",
     "f:2:1: service.drain_timeout: is no option here; it belongs in the top of the file\n"},
    {"SeveralTables", "burst = \"1s\"",
     "f:1:1: burst: is no option here; it belongs in [service] or [hub_defaults]\n"},
    {"Unlike", "[log]\ncolour = \"red\"",
     "f:2:1: log.colour: is no option; remove it (awpsd --print-config prints all that there "
     "are)\n"},
    {"DotInHubName", "[hubs.a.b]\n",
     "f:1:9: hubs.a.b: is no option; remove it (awpsd --print-config prints all that there are), "
     "or quote the name of a hub that has a dot: [hubs.\"a.b\"]\n"},
    {"KeyThatNeedsQuotes", "\"a b.c\" = 1",
     "f:1:1: \"a b.c\": is no option; remove it (awpsd --print-config prints all that there "
     "are)\n"},
    {"ValueForTable", "socket = 3",
     "f:1:1: socket: is the number 3; write a table headed [socket]\n"},
    {"ValueForOwnTable", "hubs = []", "f:1:1: hubs: is a list; write a table headed [hubs]\n"},
    {"ValueForHub", "hubs.a = \"b\"",
     "f:1:6: hubs.a: is a string; write a table headed [hubs.a]\n"},
    {"ValueForService", "services.a = \"b\"",
     "f:1:10: services.a: is a string; write a table headed [services.a]\n"},
    {"ServiceWithoutName", "[services.\"\"]\n",
     "f:1:11: services.\"\": a service without a name; write one, such as [services.backup]\n"},
    {"NoHub", "[hubs.my-hub]\n", "f:1:7: hubs.my-hub: " + kHubNameRemedy},
    {"HubTwice", "[hubs.Chat]\n[hubs.chat]\n",
     "f:2:7: hubs.chat: is the same hub as hubs.Chat of f:1, since case does not count in hub "
     "names; spell it the same in both places\n"},
    {"ValueForRules", "hubs.a.merge = 5",
     "f:1:8: hubs.a.merge: is the number 5; write one table headed [[hubs.a.merge]] for each "
     "rule\n"},
    {"ValueInRules", "hubs.a.merge = [5]",
     "f:1:17: hubs.a.merge[0]: is the number 5; write one table headed [[hubs.a.merge]] for each "
     "rule\n"},
    {"TableForRules", "[hubs.a.order]\ngroups = \"x\"",
     "f:1:9: hubs.a.order: is a table; write one table headed [[hubs.a.order]] for each rule\n"},
    {"RuleWithoutGroups", "[[hubs.a.merge]]\n[[hubs.a.merge]]\nformat = \"lines\"",
     "f:1:1: hubs.a.merge[0]: does not say whom it concerns; add groups, such as groups = "
     "\"device-*\"\n"
     "f:2:1: hubs.a.merge[1]: does not say whom it concerns; add groups, such as groups = "
     "\"device-*\"\n"},
    {"RuleWithEmptyGroups", "[[hubs.a.merge]]\ngroups = \"\"",
     "f:2:1: hubs.a.merge[0].groups: is empty; write a value\n"},
    {"StrictRule", "[[hubs.a.order]]\ngroups = \"x\"\nordering = \"strict\"",
     "f:3:1: hubs.a.order[0].ordering: is \"strict\"; write \"target\" or \"none\"\n"},
    {"MessageAboveTheLimit", "[[hubs.a.merge]]\ngroups = \"x\"\nmax_bytes = \"2MiB\"",
     "f:3:1: hubs.a.merge[0].max_bytes: is too large; the most is \"1MiB\"\n"},
};

const MistakeCase kTogetherMistakes[] = {
    {"LineAbovePartial", "socket.max_line_bytes = \"128MiB\"",
     "f:1:8: socket.max_line_bytes: a line of socket.max_line_bytes (128MiB) does not fit into "
     "socket.max_partial_bytes (64MiB); raise the latter or lower the former\n"},
    {"PartialBelowLine", "socket.max_partial_bytes = \"1MiB\"",
     "f:1:8: socket.max_partial_bytes: a line of socket.max_line_bytes (8MiB) does not fit into "
     "socket.max_partial_bytes (1MiB); raise the latter or lower the former\n"},
    {"AddressWithoutToken", "admin.listen = \"127.0.0.1:9464\"",
     "f:1:7: admin.listen: has a TCP address, which every user of the machine can reach; name a "
     "file with a token in admin.token_file, or write \"unix:\" and a path\n"},
    {"OneSocketForTwo", "socket.path = \"/run/awpsd/admin.sock\"",
     "f:1:8: socket.path: admin.listen and socket.path are the same socket; give each a path of "
     "its own\n"},
    {"NoSuchService", "hubs.a.service = \"backup\"",
     "f:1:8: hubs.a.service: there is no [services.backup]; add that table, or leave this empty "
     "for [service]\n"},
    {"MisspeltService", "hub_defaults.service = \"backp\"\nservices.backup.connection = \"B\"",
     "f:1:14: hub_defaults.service: there is no [services.backp]; did you mean \"backup\"?\n"},
    {"UnreachableService", "[services.backup]\ntimeout = \"1s\"",
     "f:1:11: services.backup: does not say how to reach it; add connection, the name of its "
     "setting, or connection_file\n"},
    {"HubOfNamedService", "[services.b]\nconnection = \"B\"\nhub = \"x\"",
     "f:3:1: services.b.hub: only [service] has a default hub; remove it, and write service = "
     "\"b\" under [hubs.NAME]\n"},
    {"DurableThatGivesUp", "hubs.a.durability = \"durable\"\nhubs.a.ambiguous = \"give_up\"",
     "f:1:8: hubs.a.durability: " + kGiveUpRemedy},
    {"GivingUpWhereAllAreDurable",
     "hub_defaults.durability = \"durable\"\nhubs.a.ambiguous = \"give_up\"",
     "f:2:8: hubs.a.ambiguous: " + kGiveUpRemedy},
    {"BaseAboveMax", "hub_defaults.retry.base = \"1m\"",
     "f:1:20: hub_defaults.retry.base: retry.base (1m) is above retry.max (30s); raise the latter "
     "or lower the former\n"},
    {"MaxBelowInheritedBase", "[hub_defaults.retry]\nbase = \"2s\"\n[hubs.a.retry]\nmax = \"1s\"",
     "f:4:1: hubs.a.retry.max: retry.base (2s) is above retry.max (1s); raise the latter or lower "
     "the former\n"},
    {"InheritedMistakeOnce", "[hub_defaults.retry]\nbase = \"1m\"\n[hubs.a]\n[hubs.b]\n",
     "f:2:1: hub_defaults.retry.base: retry.base (1m) is above retry.max (30s); raise the latter "
     "or lower the former\n"},
    {"BadValueIsNotComparedToo", "[hub_defaults.retry]\nbase = \"long\"\nmax = \"1ms\"",
     "f:2:1: hub_defaults.retry.base: is \"long\"; " + kDurationRemedy},
    {"FanOutThatNeverHappens", "hub_defaults.coalesce.fan_out_min = 101",
     "f:1:23: hub_defaults.coalesce.fan_out_min: coalesce.fan_out_min (101) is above "
     "coalesce.max_members (100), so that nothing is ever fanned out; lower it, or write fan_out = "
     "\"off\"\n"},
    {"FanOutOff",
     "hub_defaults.coalesce.fan_out_min = 101\nhub_defaults.coalesce.fan_out = \"off\"", ""},
    {"AllAtOnceInTheOrderOfTheFile",
     "[spool]\npath = 1\n[log]\nlevel = 2\n[admin]\nlisten = 3\n[x]\n",
     "f:2:1: spool.path: is the number 1; write a string in quotes\n"
     "f:4:1: log.level: is the number 2; write \"error\", \"warning\", \"info\" or \"debug\"\n"
     "f:6:1: admin.listen: is the number 3; write a string in quotes, or a list of such\n"
     "f:7:2: x: is no option; remove it (awpsd --print-config prints all that there are)\n"},
};

const MistakeCase kTextMistakes[] = {
    {"NoToml", "drain_timeout\n",
     "f:1:14: not TOML: Error while parsing key-value pair: expected '=', saw '\\n'; correct it "
     "here\n"},
    {"SameKeyTwice", "drain_timeout = \"1s\"\ndrain_timeout = \"2s\"\n",
     "f:2:17: not TOML: Error while parsing key-value pair: cannot redefine existing string "
     "'drain_timeout'; correct it here\n"},
    {"NoUtf8", "# \xFF\n",
     "f:1:2: not TOML: Encountered invalid utf-8 sequence; correct it here\n"},
    {"LongLine", "# ok\n# " + std::string(20000, 'a'),
     "f:2:1: a line longer than 16 KiB; a list may span several lines\n"},
    {"LongFile", std::string((1 << 20) + 1, '\n'),
     "f: longer than 1 MiB; spread it over files in conf.d\n"},
    {"DeepTables", "a.b.c.d.e.f.g.h.i.j = 1",
     "f:1:17: nested deeper than any option; flatten it\n"},
    {"DeepLists", "a = [[[[[[[[[[1]]]]]]]]]]",
     "f:1:13: nested deeper than any option; flatten it\n"},
};

class Mistakes : public testing::TestWithParam<MistakeCase> {};

TEST_P(Mistakes, AreNamedWithPlaceAndRemedy) {
  EXPECT_EQ(mistakes_in(GetParam().text), GetParam().mistakes);
}

const auto name_of_case = [](const auto& row) { return std::string(row.param.name); };
INSTANTIATE_TEST_SUITE_P(OfValues, Mistakes, testing::ValuesIn(kValueMistakes), name_of_case);
INSTANTIATE_TEST_SUITE_P(OfBounds, Mistakes, testing::ValuesIn(kBoundMistakes), name_of_case);
INSTANTIATE_TEST_SUITE_P(OfKeys, Mistakes, testing::ValuesIn(kKeyMistakes), name_of_case);
INSTANTIATE_TEST_SUITE_P(Together, Mistakes, testing::ValuesIn(kTogetherMistakes), name_of_case);
INSTANTIATE_TEST_SUITE_P(OfTexts, Mistakes, testing::ValuesIn(kTextMistakes), name_of_case);

}  // namespace
}  // namespace awps
