#include "emulator/control.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "emulator/text.h"
#include "emulator/url.h"

namespace awps::emulator {

namespace {

using nlohmann::json;

constexpr std::string_view kControlPrefix = "/_emulator/";
constexpr size_t kMinKeyCharacters = 32;

HttpResponse plain(int status, std::string text) {
  HttpResponse response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(text) + "\n";
  return response;
}

HttpResponse typed(std::string_view content_type, std::string body) {
  HttpResponse response;
  response.content_type = std::string(content_type);
  response.body = std::move(body);
  return response;
}

HttpResponse done() {
  HttpResponse response;
  response.status = 204;
  return response;
}

/// What a control may look at.
struct ControlCall {
  Service& service;
  Query query;
  std::string_view body;
  Instant now;
};

HttpResponse get_counters(const ControlCall& call) {
  return typed("application/json", counters_json(call.service.counters()) + "\n");
}

HttpResponse get_log(const ControlCall& call) {
  const auto number = [&call](std::string_view name, long long fallback) {
    const std::string* text = call.query.find(name);
    return static_cast<uint64_t>(text == nullptr ? fallback
                                                 : parse_decimal(*text).value_or(fallback));
  };
  std::string body;
  for (const LogEntry& entry :
       call.service.log().after(number("since", 0), number("limit", 1'000'000))) {
    append_log_line(body, entry);
  }
  return typed("application/x-ndjson", std::move(body));
}

HttpResponse get_connections(const ControlCall& call) {
  return typed("application/json", call.service.connections_json());
}

HttpResponse get_faults(const ControlCall& call) {
  auto rules = nlohmann::ordered_json::array();
  for (const FaultRule& rule : call.service.faults().rules()) {
    rules.push_back(
        {{"name", rule.fault.name}, {"matched", rule.matched}, {"applied", rule.applied}});
  }
  return typed("application/json", rules.dump() + "\n");
}

HttpResponse post_faults(const ControlCall& call) {
  auto script = parse_fault_script(call.body);
  if (!script.ok()) return plain(400, script.error().message);
  call.service.set_faults(std::move(script.value()), call.now);
  return done();
}

HttpResponse post_throttle(const ControlCall& call) {
  const json object = json::parse(call.body, nullptr, false);
  if (!object.is_object()) return plain(400, "set throttle: the body must be a JSON object");
  ThrottleOptions options = call.service.throttle();
  for (const auto& [name, value] : object.items()) {
    const bool is_amount = value.is_number() && value.get<double>() >= 0;
    if (name == "requestsPerSecond" && is_amount) {
      options.requests_per_second = value.get<double>();
    } else if (name == "burst" && is_amount) {
      options.burst = value.get<double>();
    } else if (name == "retryAfter" && value.is_null()) {
      options.retry_after_seconds = std::nullopt;
    } else if (name == "retryAfter" && value.is_number_unsigned()) {
      options.retry_after_seconds = value.get<int>();
    } else {
      return plain(400,
                   "set throttle: '" + name +
                       "' must be requestsPerSecond, burst or retryAfter with a number that is "
                       "not negative (retryAfter: or null)");
    }
  }
  call.service.set_throttle(options);
  return done();
}

HttpResponse post_delay(const ControlCall& call) {
  const json object = json::parse(call.body, nullptr, false);
  const auto member = object.is_object() ? object.find("milliseconds") : object.end();
  if (!object.is_object() || member == object.end() || !member->is_number_unsigned()) {
    return plain(400, "set delay: the body must be {\"milliseconds\":N}");
  }
  call.service.set_delay(std::chrono::milliseconds(member->get<uint32_t>()));
  return done();
}

HttpResponse post_access_keys(const ControlCall& call) {
  const json object = json::parse(call.body, nullptr, false);
  std::vector<std::string> keys;
  const auto member = object.is_object() ? object.find("keys") : object.end();
  if (object.is_object() && member != object.end() && member->is_array()) {
    for (const json& key : *member) {
      if (key.is_string()) keys.push_back(key.get<std::string>());
    }
  }
  const auto is_short = [](const std::string& key) { return key.size() < kMinKeyCharacters; };
  if (keys.empty() || std::ranges::any_of(keys, is_short)) {
    return plain(400,
                 "set access keys: the body must be {\"keys\":[…]} with keys of at least 32 "
                 "characters");
  }
  call.service.set_access_keys(keys);
  return done();
}

HttpResponse post_reset(const ControlCall& call) {
  call.service.reset(call.now);
  return done();
}

struct Endpoint {
  std::string_view method;
  std::string_view name;
  HttpResponse (*run)(const ControlCall& call);
};

constexpr std::array kEndpoints = {
    Endpoint{"GET", "counters", get_counters},
    Endpoint{"GET", "log", get_log},
    Endpoint{"GET", "connections", get_connections},
    Endpoint{"GET", "faults", get_faults},
    Endpoint{"POST", "faults", post_faults},
    Endpoint{"POST", "throttle", post_throttle},
    Endpoint{"POST", "delay", post_delay},
    Endpoint{"POST", "access-keys", post_access_keys},
    Endpoint{"POST", "reset", post_reset},
};

}  // namespace

bool is_control_path(std::string_view raw_path) {
  return raw_path.starts_with(kControlPrefix);
}

HttpResponse handle_control(Service& service, const RequestHead& head, std::string_view body,
                            Instant now) {
  const TargetParts parts = split_target(head.target);
  const auto name = parts.path.substr(kControlPrefix.size());
  for (const Endpoint& endpoint : kEndpoints) {
    if (endpoint.method == head.method && endpoint.name == name) {
      return endpoint.run(
          {.service = service, .query = Query(parts.query), .body = body, .now = now});
    }
  }
  return plain(404, "no such control: " + std::string(head.method) + " " + std::string(parts.path) +
                        "; GET counters, log, connections, faults; POST faults, throttle, delay, "
                        "access-keys, reset");
}

}  // namespace awps::emulator
