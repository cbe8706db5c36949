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

Result<Part> parse_part(std::string_view text, size_t number) {
  const size_t equals = text.find('=');
  const std::string_view key = trim(text.substr(0, equals));
  if (equals == std::string_view::npos || key.empty()) {
    return fault("part " + std::to_string(number) + " is not of the form Key=Value");
  }
  return Part{to_lower(key), std::string(trim(text.substr(equals + 1)))};
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

Result<ConnectionString> parse_one(std::string_view text) {
  const Result<std::vector<Part>> parts = split(text);
  if (!parts) return parts.error();
  const std::string endpoint_text = value_of(*parts, "endpoint").value_or("");
  std::string access_key = value_of(*parts, "accesskey").value_or("");
  if (endpoint_text.empty()) return fault("Endpoint is missing");
  if (access_key.empty()) {
    return fault("AccessKey is missing; for an Entra identity set NAME__serviceUri instead");
  }
  std::optional<uint16_t> port;
  if (const std::optional<std::string> port_text = value_of(*parts, "port")) {
    port = parse_port(*port_text);
    if (!port) return fault("Port is not a number of 1–65535");
  }
  Result<ServiceEndpoint> endpoint = parse_endpoint(endpoint_text, port);
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

Result<ConnectionString> parse_connection_string(std::string_view text) {
  const std::vector<std::string_view> lines = lines_of(text);
  if (lines.size() < 2) return parse_one(text);
  Result<ConnectionString> primary = parse_one(lines[0]);
  if (!primary) return parse_one(text);  // one connection string, its parts on lines of their own
  if (lines.size() > 2) return fault("it has more than two lines: the primary and the secondary");
  Result<ConnectionString> secondary = parse_one(lines[1]);
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
