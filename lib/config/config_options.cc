// The options of [service], [socket], [gateway], [admin], [log], [spool] and of no table.

#include <array>

#include "base/url_userinfo.h"
#include "config/forms.h"
#include "config/option.h"

namespace awps {
namespace {

using enum Applies;

constexpr std::array<std::string_view, 4> kLevels{"error", "warning", "info", "debug"};
constexpr std::array<std::string_view, 2> kReads{"pass", "refuse"};
constexpr std::array<std::string_view, 2> kEntra{"off", "loopback"};

/// Below it a log could not even be moved to a new file.
constexpr uint64_t kLeastSpool = 16 * kMebibyte;

/// The service takes messages of 1 MiB: two of them arrive at a time.
constexpr uint64_t kLeastPartial = 2 * kMebibyte;

constexpr std::array kServiceOptions{
    option<&ServiceConfig::connection>({"connection", text_form(check_setting_name),
                                        "NAME of the setting with the connection", kAtStart}),
    option<&ServiceConfig::connection_file>({"connection_file", text_form(check_secret_file),
                                             "or a file with it, re-read on 401 and reload",
                                             kAtStart}),
    option<&ServiceConfig::hub>({"hub", text_form(check_hub_name_or_empty),
                                 "default hub; empty: the setting WebPubSubHub", kAtStart}),
    option<&ServiceConfig::api_version>({"api_version", text_form(check_api_version),
                                         "of the REST API, 2023-07-01 or later", kAtStart}),
    option<&ServiceConfig::requests_per_second>(
        {"requests_per_second", rate_form(), "of all its hubs; 0: only what 429 teaches"}),
    option<&ServiceConfig::bytes_per_second>(
        {"bytes_per_second", byte_rate_form(), "of bodies, such as \"1MiB\"; 0: no limit"}),
    option<&ServiceConfig::shared_by>(
        {"shared_by", text_form(), "NAME of a [streams.NAME] whose daemons share these two"}),
    option<&ServiceConfig::burst>(
        {"burst", duration_form(std::chrono::milliseconds(1), std::chrono::minutes(1)),
         "how far traffic may run ahead of its rate"}),
    option<&ServiceConfig::retry_after_max>({"retry_after_max",
                                             duration_form(std::chrono::seconds(1)),
                                             "longest pause that an answer can ask for"}),
    option<&ServiceConfig::timeout>(
        {"timeout", duration_form(std::chrono::milliseconds(1), std::chrono::minutes(10)),
         "of one request"}),
    option<&ServiceConfig::max_connections>(
        {"max_connections", count_form(1), "of each hub's worker", kAtStart}),
    option<&ServiceConfig::proxy>({"proxy", masked_text_form(check_proxy, with_masked_userinfo),
                                   "URL of an HTTP or SOCKS proxy", kAtStart}),
    option<&ServiceConfig::proxy_credentials>({"proxy_credentials",
                                               text_form(check_setting_name_or_empty),
                                               "NAME of the setting with user:password", kAtStart}),
    option<&ServiceConfig::reverse_proxy>({"reverse_proxy", text_form(check_reverse_proxy),
                                           "requests go there, tokens are as without", kAtStart}),
    option<&ServiceConfig::scope>(
        {"scope", text_form(check_scope), "of Entra tokens; empty: by the cloud", kAtStart}),
    option<&ServiceConfig::allow_plain_http>(
        {"allow_plain_http", host_list_form(), "hosts that http:// may reach", kAtStart}),
    option<&ServiceConfig::ca_file>(
        {"ca_file", text_form(), "certificates to trust; empty: the system's", kAtStart}),
};

constexpr std::array kConfigOptions{
    option<&Config::drain_timeout>(
        {"drain_timeout", duration_form(), "how long a stop goes on delivering"}),

    option<&Config::socket, &SocketConfig::path>(
        {"socket.path", text_form(check_socket_path), "where producers connect", kAtStart}),
    option<&Config::socket, &SocketConfig::mode>(
        {"socket.mode", mode_form(), "permissions of the socket", kAtStart}),
    option<&Config::socket, &SocketConfig::group>(
        {"socket.group", text_form(), "its group; empty: the daemon's", kAtStart}),
    option<&Config::socket, &SocketConfig::allow_users>(
        {"socket.allow_users", text_list_form(), "empty: whoever the mode lets in", kAtStart}),
    option<&Config::socket, &SocketConfig::allow_groups>(
        {"socket.allow_groups", text_list_form(), "members of these are also let in", kAtStart}),
    option<&Config::socket, &SocketConfig::threads>(
        {"socket.threads", count_form(1, 1024), "that read and parse", kAtStart}),
    option<&Config::socket, &SocketConfig::max_connections>(
        {"socket.max_connections", count_form(1), "of producers; more are refused", kAtStart}),
    option<&Config::socket, &SocketConfig::max_line_bytes>(
        {"socket.max_line_bytes", size_form(kKibibyte), "longer lines are refused", kAtStart}),
    option<&Config::socket, &SocketConfig::max_unread_reply_bytes>(
        {"socket.max_unread_reply_bytes", size_form(kKibibyte),
         "beyond it, the producer is not read", kAtStart}),
    option<&Config::socket, &SocketConfig::max_partial_bytes>(
        {"socket.max_partial_bytes", size_form(kKibibyte), "of all input that is held", kAtStart}),

    option<&Config::gateway, &GatewayConfig::listen>(
        {"gateway.listen", text_form(check_listen_or_empty),
         "such as \"127.0.0.1:8089\"; empty: off", kAtStart}),
    option<&Config::gateway, &GatewayConfig::plain>(
        {"gateway.plain", boolean_form(), "true: no TLS, although others can reach it", kAtStart}),
    option<&Config::gateway, &GatewayConfig::tls_certificate>(
        {"gateway.tls_certificate", text_form(check_secret_file),
         "credential or file in PEM, chain and key"}),
    option<&Config::gateway, &GatewayConfig::each_hub, &HubGatewayConfig::answer>(
        {"gateway.answer", answer_form(), "delivered | accepted (at once)"}),
    option<&Config::gateway, &GatewayConfig::each_hub, &HubGatewayConfig::answer_within>(
        {"gateway.answer_within", answer_time_form(), "of delivered; then as accepted"}),
    option<&Config::gateway, &GatewayConfig::reads>(
        {"gateway.reads", choice_form(kReads), "pass (to the service) | refuse (501)"}),
    option<&Config::gateway, &GatewayConfig::max_reads>(
        {"gateway.max_reads", count_form(1, 1024), "at once", kAtStart}),
    option<&Config::gateway, &GatewayConfig::each_hub, &HubGatewayConfig::allow_keys>(
        {"gateway.allow_keys", setting_list_form(), "settings with a key; service: the hub's own"}),
    option<&Config::gateway, &GatewayConfig::allow_entra>(
        {"gateway.allow_entra", choice_form(kEntra), "off | loopback: whoever reaches the port"}),
    option<&Config::gateway, &GatewayConfig::allow_hosts>(
        {"gateway.allow_hosts", host_list_form(), "further names in Host"}),
    option<&Config::gateway, &GatewayConfig::max_connections>(
        {"gateway.max_connections", count_form(1), "then none is accepted", kAtStart}),
    option<&Config::gateway, &GatewayConfig::max_partial_bytes>(
        {"gateway.max_partial_bytes", size_form(kLeastPartial), "of bodies that no hub has yet",
         kAtStart}),

    option<&Config::admin, &AdminConfig::listen>({"admin.listen", text_or_list_form(check_listen),
                                                  "and \"127.0.0.1:9464\", with token_file",
                                                  kAtStart}),
    option<&Config::admin, &AdminConfig::group>(
        {"admin.group", text_form(), "may steer; empty: root and the daemon's user alone"}),
    option<&Config::admin, &AdminConfig::token_file>(
        {"admin.token_file", text_form(), "bearer token that callers must show", kAtStart}),

    option<&Config::log, &LogConfig::level>(
        {"log.level", choice_form(kLevels), "error | warning | info | debug"}),

    option<&Config::spool, &SpoolConfig::path>({"spool.path", text_form(check_not_empty),
                                                "its last folder is made if missing, 0700",
                                                kAtStart}),
    option<&Config::spool, &SpoolConfig::max_bytes>({"spool.max_bytes", size_form(kLeastSpool),
                                                     "of all hubs' logs; beyond it, see when_full",
                                                     kAtStart}),
    option<&Config::spool, &SpoolConfig::min_free_bytes>(
        {"spool.min_free_bytes", size_or_none_form(1), "of the disk, left free for others",
         kAtStart}),
    option<&Config::spool, &SpoolConfig::commit_interval>(
        {"spool.commit_interval", duration_form(Duration::zero(), std::chrono::seconds(1)),
         "least time between two syncs of a hub", kAtStart}),
    option<&Config::spool, &SpoolConfig::commit_bytes>({"spool.commit_bytes",
                                                        size_form(64 * kKibibyte, kGibibyte),
                                                        "that one sync may cover", kAtStart}),
    option<&Config::spool, &SpoolConfig::release_interval>(
        {"spool.release_interval",
         duration_form(std::chrono::milliseconds(1), std::chrono::seconds(1)),
         "how often settled actions are noted on disk", kAtStart}),
    option<&Config::spool, &SpoolConfig::segment_bytes>({"spool.segment_bytes",
                                                         size_form(kMebibyte, kGibibyte),
                                                         "largest file of a log", kAtStart}),
};

}  // namespace

std::span<const Option<ServiceConfig>> service_options() {
  return kServiceOptions;
}
std::span<const Option<Config>> config_options() {
  return kConfigOptions;
}

}  // namespace awps
