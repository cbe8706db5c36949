#include "config/consistency.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/loopback_host.h"
#include "base/url_userinfo.h"
#include "config/names.h"
#include "config/quantity.h"

namespace awps {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";

// Whoever can reach it is on this machine.
bool is_loopback_address(std::string_view listen) {
  return is_loopback_host(listen.substr(0, listen.rfind(':')));
}

class Checker {
 public:
  explicit Checker(const Config& config) : config_(config) {}

  ConfigErrors run_on_gateway() {
    check_gateway();
    return std::move(errors_);
  }

  ConfigErrors run() {
    check_socket();
    check_admin();
    check_gateway();
    check_services();
    check_hub("hub_defaults", config_.hub_defaults);
    for (const auto& [name, hub] : config_.hubs) {
      check_hub(join_key("hubs", name), hub);
    }
    for (const auto& [name, stream] : config_.streams) check_stream(name, stream);
    check_number_of_streams();
    return std::move(errors_);
  }

 private:
  bool is_said(const std::string& key) const { return config_.origins.places.contains(key); }

  void fail(const std::string& key, std::string message) {
    const auto found = config_.origins.places.find(key);
    const ConfigPlace place = found == config_.origins.places.end() ? ConfigPlace() : found->second;
    errors_.push_back({.place = place, .key = key, .message = std::move(message)});
  }

  /// `low` and `high` are keys of one table, of which at least one was said there. What a hub took
  /// over from hub_defaults is reported there alone.
  void fail_pair(const std::string& low, const std::string& high, const std::string& message) {
    if (is_said(low)) {
      fail(low, message);
    } else if (is_said(high)) {
      fail(high, message);
    }
  }

  void check_socket() {
    const SocketConfig& socket = config_.socket;
    if (socket.max_line_bytes > socket.max_partial_bytes) {
      fail_pair("socket.max_line_bytes", "socket.max_partial_bytes",
                "a line of socket.max_line_bytes (" + print_size(socket.max_line_bytes) +
                    ") does not fit into socket.max_partial_bytes (" +
                    print_size(socket.max_partial_bytes) +
                    "); raise the latter or lower the former");
    }
  }

  void check_admin() {
    const AdminConfig& admin = config_.admin;
    const auto is_unix = [](const std::string& address) { return address.starts_with("unix:"); };
    if (!std::ranges::all_of(admin.listen, is_unix) && admin.token_file.empty()) {
      fail("admin.listen",
           "has a TCP address, which every user of the machine can reach; name a file "
           "with a token in admin.token_file, or write \"unix:\" and a path");
    }
    if (std::ranges::count(admin.listen, "unix:" + config_.socket.path) > 0) {
      fail_pair("admin.listen", "socket.path",
                "admin.listen and socket.path are the same socket; give each a path of its own");
    }
    for (const std::string& address : admin.listen) {
      if (std::ranges::count(admin.listen, address) == 1) continue;
      return fail("admin.listen", "has " + print_text(address) + " twice; remove one");
    }
  }

  void check_gateway() {
    for (const char* const key : {"answer", "answer_within", "allow_keys"}) {
      const std::string whole = std::string("hub_defaults.gateway.") + key;
      if (is_said(whole)) fail(whole, "belongs in [gateway], which holds for every hub; move it");
    }
    const GatewayConfig& gateway = config_.gateway;
    if (!gateway.is_on()) return;
    check_gateway_address();
    if (gateway.listen.starts_with(kUnixPrefix)) {
      check_gateway_socket();
    } else if (!is_loopback_address(gateway.listen)) {
      check_gateway_of_others();
    }
    if (gateway.plain && !gateway.tls_certificate.empty()) {
      fail_pair("gateway.plain", "gateway.tls_certificate",
                "plain = true asks for no TLS, and tls_certificate for TLS; remove one of them");
    }
  }

  void check_gateway_address() {
    const std::string& listen = config_.gateway.listen;
    if (listen == std::string(kUnixPrefix) + config_.socket.path) {
      fail_pair("gateway.listen", "socket.path",
                "gateway.listen and socket.path are the same socket; give each a path of its own");
    }
    if (std::ranges::count(config_.admin.listen, listen) > 0) {
      fail_pair("gateway.listen", "admin.listen",
                "gateway.listen and admin.listen are the same address; give each its own");
    }
  }

  void check_gateway_socket() {
    const GatewayConfig& gateway = config_.gateway;
    if (!gateway.tls_certificate.empty()) {
      fail("gateway.tls_certificate",
           "a Unix socket has no TLS; remove it, or listen on an address");
    }
    if (gateway.allow_entra != GatewayConfig::Entra::kOff) {
      fail("gateway.allow_entra",
           "at a Unix socket the producer's user decides, and no token is looked at; remove it");
    }
  }

  // Its address is one of a network.
  void check_gateway_of_others() {
    const GatewayConfig& gateway = config_.gateway;
    if (gateway.tls_certificate.empty() && !gateway.plain) {
      fail("gateway.listen",
           "is an address that others can reach, and tokens would go there unencrypted; name a "
           "certificate in gateway.tls_certificate, listen on 127.0.0.1, or, for a bridge of this "
           "machine alone, write gateway.plain = true");
    }
    if (gateway.allow_entra != GatewayConfig::Entra::kOff) {
      fail("gateway.allow_entra",
           "takes any token unverified, which only a loopback address may; remove it, or listen "
           "on 127.0.0.1");
    }
  }

  void check_proxy(const std::string& key, const ServiceConfig& service) {
    if (service.proxy_credentials.empty()) return;
    if (service.proxy.empty()) {
      fail(key + ".proxy_credentials", "there is no proxy to show it to; add proxy, or remove it");
    } else if (!without_userinfo(service.proxy).userinfo.empty()) {
      fail(key + ".proxy_credentials",
           "proxy has a user name and password, too; remove these from its URL");
    }
  }

  void check_shared_by(const std::string& key, const ServiceConfig& service) {
    const std::string& stream = service.shared_by;
    if (stream.empty() || config_.streams.contains(stream)) return;
    std::vector<std::string> names;
    for (const auto& [known, config] : config_.streams) names.push_back(known);
    const auto nearest = nearest_name(stream, names);
    fail(key + ".shared_by",
         "there is no [" + join_key("streams", stream) + "]; " +
             (nearest ? "did you mean " + print_text(*nearest) + "?"
                      : "add that table, or remove this: the limit is then this daemon's alone"));
  }

  void check_services() {
    check_proxy("service", config_.service);
    check_shared_by("service", config_.service);
    for (const auto& [name, service] : config_.services) {
      const std::string key = join_key("services", name);
      check_proxy(key, service);
      check_shared_by(key, service);
      if (is_said(key + ".hub")) {
        fail(key + ".hub", "only [service] has a default hub; remove it, and write service = " +
                               print_text(name) + " under [hubs.NAME]");
      }
      if (!is_said(key + ".connection") && service.connection_file.empty()) {
        fail(key,
             "does not say how to reach it; add connection, the name of its setting, or "
             "connection_file");
      }
    }
  }

  void check_hub(const std::string& key, const HubConfig& hub) {
    check_reference(key + ".service", hub.service);
    if (hub.retry.base > hub.retry.max) {
      fail_pair(key + ".retry.base", key + ".retry.max",
                "retry.base (" + print_duration(hub.retry.base) + ") is above retry.max (" +
                    print_duration(hub.retry.max) + "); raise the latter or lower the former");
    }
    if (hub.writes_to_disk() && hub.ambiguous == HubConfig::Ambiguous::kGiveUp) {
      fail_pair(key + ".durability", key + ".ambiguous",
                "a hub that writes to disk sends again after a crash what may have arrived, so it "
                "cannot keep ambiguous = \"give_up\"; write \"retry\", or durability = \"memory\"");
    }
    const CoalesceConfig& coalesce = hub.coalesce;
    if (coalesce.fan_out != CoalesceConfig::FanOut::kOff &&
        coalesce.fan_out_min > coalesce.max_members) {
      fail_pair(key + ".coalesce.fan_out_min", key + ".coalesce.max_members",
                "coalesce.fan_out_min (" + std::to_string(coalesce.fan_out_min) +
                    ") is above coalesce.max_members (" + std::to_string(coalesce.max_members) +
                    "), so that nothing is ever fanned out; lower it, or write fan_out = \"off\"");
    }
  }

  void check_number_of_streams() {
    if (config_.streams.size() <= kMostStreams) return;
    fail("streams." + quoted_key(config_.streams.rbegin()->first),
         "is one stream too many: there may be " + std::to_string(kMostStreams) +
             "; give the topic more partitions instead, or run a second daemon");
  }

  void check_stream(const std::string& name, const StreamConfig& stream) {
    const std::string key = join_key("streams", name);
    if (stream.topic.empty() && !is_said(key + ".topic")) {
      fail(key, "does not say what to read; add topic, such as topic = \"awps-actions\"");
    }
    if (stream.brokers.empty() && stream.connection.empty() && !is_said(key + ".brokers")) {
      fail(key,
           "does not say where to read; add brokers, such as brokers = \"kafka-1:9093\", or "
           "connection, the name of the setting with an Event Hubs connection string");
    }
    if (stream.hubs.size() > 1 && std::ranges::count(stream.hubs, kAnyHub) > 0) {
      fail(key + ".hubs", "has \"*\", which is every hub, and others; write one or the other");
    }
    for (const auto& [property, setting] : stream.secret_properties) {
      if (!stream.properties.contains(property)) continue;
      fail(join_key(key + ".secret_properties", property),
           "is in properties, too; remove it from one of them");
    }
    check_other_streams(name, stream);
  }

  // Of one cluster, as far as its name tells.
  void check_other_streams(const std::string& name, const StreamConfig& stream) {
    const std::string key = join_key("streams", name);
    for (const auto& [other_name, other] : config_.streams) {
      if (other.brokers != stream.brokers || other.connection != stream.connection) continue;
      if (other_name < name && !stream.topic.empty() && other.topic == stream.topic &&
          other.group == stream.group) {
        fail(key,
             "reads the topic " + print_text(stream.topic) + " in the group " +
                 print_text(stream.group) + ", as " + join_key("streams", other_name) +
                 " does, and each would have half of its records; remove one of them, or give it "
                 "another group");
      }
      if (!stream.dead_letters.empty() && other.topic == stream.dead_letters) {
        fail(key + ".dead_letters",
             "is the topic that " + join_key("streams", other_name) +
                 " reads: what was given up would come again; write another topic");
      }
    }
  }

  void check_reference(const std::string& key, const std::string& name) {
    if (name.empty() || config_.services.contains(name) || !is_said(key)) {
      return;
    }
    std::vector<std::string> names;
    for (const auto& [known, service] : config_.services) {
      names.push_back(known);
    }
    const auto nearest = nearest_name(name, names);
    fail(key, "there is no [" + join_key("services", name) + "]; " +
                  (nearest ? "did you mean " + print_text(*nearest) + "?"
                           : "add that table, or leave this empty for [service]"));
  }

  const Config& config_;
  ConfigErrors errors_;
};

}  // namespace

ConfigErrors check_consistency(const Config& config) {
  return Checker(config).run();
}

ConfigErrors check_gateway(const Config& config) {
  return Checker(config).run_on_gateway();
}

}  // namespace awps
