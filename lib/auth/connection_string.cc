#include "auth/connection_string.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/ascii.h"

namespace awps {

namespace {

constexpr size_t kMaxParts = 64;
constexpr std::string_view kShape = "(Endpoint=https://…;AccessKey=…;Version=1.0;)";

struct Part {
  std::string key;  // lower case
  std::string value;
};

Error fault(const std::string& what) {
  return Error{"connection string: " + what + " " + std::string(kShape)};
}

constexpr std::string_view kQuotes = "\"'`";
constexpr std::string_view kCurlyQuotes[] = {"\xe2\x80\x9c", "\xe2\x80\x9d", "\xe2\x80\x98",
                                             "\xe2\x80\x99"};

bool has_quote_at_an_end(std::string_view text) {
  text = trim(text);
  if (text.empty()) return false;
  if (kQuotes.find(text.front()) != std::string_view::npos) return true;
  if (kQuotes.find(text.back()) != std::string_view::npos) return true;
  return std::ranges::any_of(kCurlyQuotes, [text](std::string_view quote) {
    return text.starts_with(quote) || text.ends_with(quote);
  });
}

// What was pasted in place of a connection string; empty: it may be one.
std::string_view other_thing(std::string_view text) {
  text = trim(text);
  const std::string lower = to_lower(text);
  if (lower.starts_with("@microsoft.keyvault(")) {
    return "it is a Key Vault reference, which only App Service and Functions look up: write the "
           "secret's value";
  }
  if (text.starts_with('{')) return "it is JSON: write the connection string alone";
  if (has_quote_at_an_end(text.substr(0, std::min<size_t>(text.size(), 3)))) {
    return "it stands in quotes: leave them out (a shell takes them away, credentials and some env "
           "files keep them)";
  }
  const bool is_url = lower.starts_with("https://") || lower.starts_with("http://") ||
                      lower.starts_with("wss://") || lower.starts_with("ws://");
  if (is_url) {
    return "it is a URL alone: write the whole connection string of the portal's page Keys, or "
           "set NAME__serviceUri for an Entra identity";
  }
  return {};
}

// A key is what the portal gives: visible ASCII. Nothing of it is shown.
std::string problem_of_key(std::string_view key) {
  if (has_quote_at_an_end(key)) return "AccessKey has a quote at an end: leave the quotes out";
  if (key.find_first_of("<>{}$") != std::string_view::npos ||
      key.find("\xe2\x80\xa6") != std::string_view::npos || key.find("...") == 0) {
    return "AccessKey is a placeholder: write the key of the portal's page Keys";
  }
  const bool is_visible_ascii =
      std::ranges::all_of(key, [](char c) { return c > ' ' && c < '\x7f'; });
  if (!is_visible_ascii) {
    return "AccessKey has blanks or characters that no key has: copy it once more";
  }
  return {};
}

Result<Part> parse_part(std::string_view text, size_t number) {
  const size_t equals = text.find('=');
  const std::string_view key = trim(text.substr(0, equals));
  if (text.find_first_not_of(kQuotes) == std::string_view::npos) {
    return fault("a quote stands at its end: leave the quotes out");
  }
  if (equals == std::string_view::npos || key.empty()) {
    return fault("part " + std::to_string(number) + " is not of the form Key=Value");
  }
  const std::string_view value = trim(text.substr(equals + 1));
  if (has_quote_at_an_end(key) || (to_lower(key) != "accesskey" && has_quote_at_an_end(value))) {
    return fault("part " + std::to_string(number) + " has a quote at an end: leave the quotes out");
  }
  return Part{to_lower(key), std::string(value)};
}

Result<std::vector<Part>> split(std::string_view text) {
  std::vector<Part> parts;
  size_t number = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find(';'), text.size());
    const std::string_view piece = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (piece.empty()) continue;
    Result<Part> part = parse_part(piece, number);
    if (!part) return part.error();
    if (std::ranges::find(parts, part->key, &Part::key) != parts.end()) {
      return fault("part " + std::to_string(number) + " repeats a key: each may stand once");
    }
    if (parts.size() == kMaxParts) return fault("it has more than 64 parts");
    parts.push_back(std::move(*part));
  }
  return parts;
}

std::optional<std::string> value_of(const std::vector<Part>& parts, std::string_view key) {
  const auto part = std::ranges::find(parts, key, &Part::key);
  if (part == parts.end()) return std::nullopt;
  return part->value;
}

// Service Bus, Event Hubs and Storage have keys of other names.
std::string missing_key_text(const std::vector<Part>& parts) {
  if (value_of(parts, "sharedaccesskey") || value_of(parts, "accountkey")) {
    return "it belongs to another service (SharedAccessKey, AccountKey): take the one of Web "
           "PubSub";
  }
  return "AccessKey is missing; for an Entra identity set NAME__serviceUri instead";
}

Result<ConnectionString> parse_one(std::string_view text, PlainHttpHosts plain_http) {
  if (const std::string_view other = other_thing(text); !other.empty()) {
    return fault(std::string(other));
  }
  const Result<std::vector<Part>> parts = split(text);
  if (!parts) return parts.error();
  const std::string endpoint_text = value_of(*parts, "endpoint").value_or("");
  std::string access_key = value_of(*parts, "accesskey").value_or("");
  if (endpoint_text.empty() && value_of(*parts, "accountkey")) {
    return fault(missing_key_text(*parts));
  }
  if (endpoint_text.empty() && !parts->empty() &&
      to_lower(parts->front().value).starts_with("endpoint=")) {
    return fault("the setting's name stands before it: write what follows the first '='");
  }
  if (endpoint_text.empty()) return fault("Endpoint is missing");
  if (access_key.empty()) return fault(missing_key_text(*parts));
  if (const std::string problem = problem_of_key(access_key); !problem.empty()) {
    return fault(problem);
  }
  std::optional<uint16_t> port;
  if (const std::optional<std::string> port_text = value_of(*parts, "port")) {
    port = parse_port(*port_text);
    if (!port) return fault("Port is not a number of 1–65535");
  }
  Result<ServiceEndpoint> endpoint = parse_endpoint(endpoint_text, port, plain_http);
  if (!endpoint) return fault(endpoint.error().message);
  return ConnectionString{std::move(*endpoint), std::move(access_key), {}};
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

}  // namespace

Result<ConnectionString> parse_connection_string(std::string_view text, PlainHttpHosts plain_http) {
  const std::vector<std::string_view> lines = lines_of(text);
  if (lines.size() < 2) return parse_one(text, plain_http);
  Result<ConnectionString> primary = parse_one(lines[0], plain_http);
  if (!primary)
    return parse_one(text, plain_http);  // one connection string, its parts on lines of their own
  if (lines.size() > 2) return fault("it has more than two lines: the primary and the secondary");
  Result<ConnectionString> secondary = parse_one(lines[1], plain_http);
  if (!secondary) return Error{"second line: " + secondary.error().message};
  if (secondary->endpoint != primary->endpoint) {
    return fault("its two lines name different endpoints: the second is for the other key only");
  }
  if (secondary->access_key != primary->access_key) {
    primary->secondary_key = std::move(secondary->access_key);
  }
  return primary;
}

std::vector<std::string> access_keys(const ConnectionString& connection) {
  std::vector<std::string> keys = {connection.access_key};
  if (!connection.secondary_key.empty()) keys.push_back(connection.secondary_key);
  return keys;
}

}  // namespace awps
