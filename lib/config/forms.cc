#include "config/forms.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "base/hub_name.h"
#include "base/url_userinfo.h"
#include "config/names.h"
#include "config/quantity.h"

namespace awps {
namespace {

/// Bytes that the kernel has for a Unix socket's path, without the closing zero (unix(7)).
constexpr size_t kMaxSocketPath = 107;
/// Older services ignore a `filter` that they do not know: a private message would go to everybody.
constexpr std::string_view kOldestApiVersion = "2023-07-01";

bool is_name_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' ||
         c == '.';
}

/// 2024-12-01, or 2024-12-01-preview.
bool is_api_version(std::string_view text) {
  static constexpr std::string_view kPattern = "dddd-dd-dd";
  if (text.size() < kPattern.size() ||
      (text.size() > kPattern.size() && text.substr(kPattern.size()) != "-preview")) {
    return false;
  }
  return std::ranges::equal(kPattern, text.substr(0, kPattern.size()),
                            [](char p, char c) { return p == 'd' ? is_digit(c) : p == c; });
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 && std::ranges::all_of(text, is_digit) &&
         std::stoul(std::string(text)) <= 65535;
}

bool is_host_text(std::string_view text) {
  return !text.empty() && text.size() <= 253 && text.front() != '.' && text.back() != '.' &&
         std::ranges::all_of(text, is_name_character);
}

/// Host and port, an IPv6 address in brackets.
bool is_authority(std::string_view text) {
  const size_t end = text.starts_with('[') ? text.find(']') : std::string_view::npos;
  const size_t colon = text.find(':', end == std::string_view::npos ? 0 : end);
  if (colon != std::string_view::npos && !is_port(text.substr(colon + 1))) return false;
  const std::string_view host = text.substr(0, colon);
  return is_host_text(host) || (host.starts_with('[') && host.ends_with(']') && host.size() > 2);
}

/// Of an authority.
bool has_port(std::string_view text) {
  return text.find(':', text.starts_with('[') ? text.find(']') : 0) != std::string_view::npos;
}

}  // namespace

Result<std::string> check_host(std::string_view text) {
  if (!is_host_text(text)) {
    return Error{"is no host name; write it without scheme and port, such as \"emulator\""};
  }
  return to_lower(text);
}

// The text is not shown: it may hold a password.
Result<std::string> check_reverse_proxy(std::string_view text) {
  static constexpr std::string_view kHttps = "https://";
  static constexpr std::string_view kHttp = "http://";
  if (text.empty()) return std::string();
  std::string url = to_lower(text);
  while (url.ends_with('/')) url.pop_back();
  std::string_view authority = url;
  if (authority.starts_with(kHttps)) {
    authority.remove_prefix(kHttps.size());
  } else if (authority.starts_with(kHttp)) {
    authority.remove_prefix(kHttp.size());
  } else {
    authority = {};
  }
  if (!is_authority(authority)) {
    return Error{
        "is no address of a reverse proxy; write its URL without a path, such as "
        "\"https://apim.example\""};
  }
  return url;
}

Result<std::string> check_brokers(std::string_view text) {
  std::string_view rest = text;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(','), rest.size());
    const std::string_view broker = rest.substr(0, end);
    if (!is_authority(broker) || !has_port(broker) || end + 1 == rest.size()) {
      return Error{
          "is no list of brokers; write host and port of each, with commas between, such as "
          "\"NAME.servicebus.windows.net:9093\" or \"kafka-1:9093,kafka-2:9093\""};
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return std::string(text);
}

// As brokers take them.
Result<std::string> check_topic(std::string_view text) {
  static constexpr size_t kLongest = 249;
  if (text.empty() || text.size() > kLongest || text == "." || text == ".." ||
      !std::ranges::all_of(text, is_name_character)) {
    return Error{
        "is no name of a topic; write 1 to 249 letters, digits, '.', '_' and '-', such as "
        "\"awps-actions\""};
  }
  return std::string(text);
}

Result<std::string> check_topic_or_empty(std::string_view text) {
  return text.empty() ? Result<std::string>(std::string()) : check_topic(text);
}

Result<std::string> check_group(std::string_view text) {
  static constexpr size_t kLongest = 255;
  if (text.empty() || text.size() > kLongest) {
    return Error{"is no consumer group; write 1 to 255 bytes, such as \"awpsd\""};
  }
  return std::string(text);
}

Result<std::string> check_hub_or_any(std::string_view text) {
  if (text == kAnyHub) return std::string(text);
  auto name = canonical_hub_name(text);
  return name ? std::move(name) : Error{no_hub_name() + ", or \"*\" for all hubs"};
}

Result<std::string> check_scope(std::string_view text) {
  static constexpr std::string_view kDefault = "/.default";
  const bool is_visible =
      std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f' && c != '"'; });
  if (!text.empty() &&
      (!is_visible || !text.ends_with(kDefault) || text.size() == kDefault.size())) {
    return Error{"is no scope; write one such as \"https://webpubsub.azure.com/.default\""};
  }
  return std::string(text);
}

Result<std::string> check_not_empty(std::string_view text) {
  if (text.empty()) {
    return Error{"is empty; write a value"};
  }
  return std::string(text);
}

// The text is never shown: what should not stand here may be a secret.
Result<std::string> check_setting_name(std::string_view text) {
  if (text.find('=') != std::string_view::npos || text.find(';') != std::string_view::npos) {
    return Error{
        "is a connection string; write the NAME of the credential or environment variable "
        "that holds it, or put it into a file and name that in connection_file"};
  }
  if (text.empty() || !std::ranges::all_of(text, is_name_character)) {
    return Error{
        "is no name of a setting; write the name of the credential or environment variable "
        "that holds the connection string, such as \"WebPubSubConnectionString\""};
  }
  return std::string(text);
}

Result<std::string> check_setting_name_or_empty(std::string_view text) {
  if (text.empty()) return std::string();
  if (!std::ranges::all_of(text, is_name_character)) {
    return Error{
        "is no name of a setting; write the NAME of the credential or environment variable that "
        "holds it, never the secret itself"};
  }
  return std::string(text);
}

Result<std::string> check_secret_file(std::string_view text) {
  if (to_lower(text).find("accesskey=") != std::string::npos) {
    return Error{"is a connection string; put it into a file, and write the file's path"};
  }
  return std::string(text);
}

Result<std::string> check_hub_name_or_empty(std::string_view text) {
  if (text.empty()) {
    return std::string();
  }
  auto name = canonical_hub_name(text);
  return name ? std::move(name) : Error{no_hub_name()};
}

Result<std::string> check_api_version(std::string_view text) {
  if (!is_api_version(text)) {
    return Error{"is no api version; write a date, such as \"2024-12-01\""};
  }
  if (text.substr(0, kOldestApiVersion.size()) < kOldestApiVersion) {
    return Error{
        "is older than 2023-07-01, where an unknown filter is ignored and a message meant "
        "for a few goes to everybody; write \"2024-12-01\""};
  }
  return std::string(text);
}

Result<std::string> check_proxy(std::string_view text) {
  static constexpr std::array<std::string_view, 4> kSchemes{"http://", "https://", "socks5://",
                                                            "socks5h://"};
  const UrlWithoutUser split = without_userinfo(text);
  const auto fits = [&](std::string_view scheme) {
    return split.url.starts_with(scheme) && split.url.size() > scheme.size();
  };
  // The text is never shown: there may be a password in it.
  if (!text.empty() && std::ranges::none_of(kSchemes, fits)) {
    return Error{
        "is no proxy; write its URL with http://, https://, socks5:// or socks5h://, such as "
        "\"http://proxy.example:3128\""};
  }
  if (split.userinfo.find_first_of("/?#@") != std::string::npos) {
    return Error{
        "has a '/', '?', '#' or '@' in its user name or password; write it as %2F, %3F, %23 or "
        "%40, or name a setting in proxy_credentials, where it stands as it is"};
  }
  if (text.find(' ') != std::string_view::npos) return Error{"has a blank in it; remove it"};
  return std::string(text);
}

Result<std::string> check_socket_path(std::string_view text) {
  if (text.empty() || text.back() == '/') {
    return Error{"is no path of a socket; write one such as \"/run/awpsd/awpsd.sock\""};
  }
  if (text.front() == '@') {
    return Error{
        "begins with '@', as an abstract socket does, which no mode and no group protect; write "
        "the path of a file, such as \"/run/awpsd/awpsd.sock\""};
  }
  if (text.front() != '/') {
    return Error{
        "is relative to the folder that awpsd is started in; write the whole path, such as "
        "\"/run/awpsd/awpsd.sock\""};
  }
  if (text.size() > kMaxSocketPath) {
    return Error{"is longer than the 107 bytes that a Unix socket's path may have; shorten it"};
  }
  return std::string(text);
}

Result<std::string> check_listen_or_empty(std::string_view text) {
  return text.empty() ? Result<std::string>(std::string()) : check_listen(text);
}

Result<std::string> check_listen(std::string_view text) {
  static constexpr std::string_view kUnix = "unix:";
  if (text.starts_with(kUnix)) {
    const auto path = check_socket_path(text.substr(kUnix.size()));
    return path ? Result<std::string>(std::string(text)) : Result<std::string>(path.error());
  }
  const size_t colon = text.rfind(':');
  const std::string_view host = text.substr(0, std::min(colon, text.size()));
  const bool bracketed = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
  const bool plain = !host.empty() && host.find_first_of(":[]/ ") == std::string_view::npos;
  if (colon == std::string_view::npos || !is_port(text.substr(colon + 1)) ||
      !(bracketed || plain)) {
    return Error{"is " + print_text(text) +
                 "; write \"unix:\" and a path, or an address and a port, such as "
                 "\"127.0.0.1:9464\" or \"[::1]:9464\""};
  }
  return std::string(text);
}

}  // namespace awps
