#include "gateway/audience.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/ascii.h"
#include "gateway/percent_decoding.h"

namespace awps {

namespace {

struct UrlParts {
  std::string_view scheme;  // http or https
  std::string_view host;    // with its port, unless that is the scheme's own
  std::string_view path;    // without the query
};

std::string_view without_default_port(std::string_view scheme, std::string_view host) {
  const std::string_view port = equal_ignoring_case(scheme, "https") ? ":443" : ":80";
  if (host.ends_with(port)) host.remove_suffix(port.size());
  return host;
}

std::optional<UrlParts> take_apart(std::string_view url) {
  static constexpr std::string_view kMark = "://";
  const size_t mark = url.find(kMark);
  if (mark == std::string_view::npos) return std::nullopt;
  UrlParts parts{.scheme = url.substr(0, mark), .host = {}, .path = {}};
  if (!equal_ignoring_case(parts.scheme, "http") && !equal_ignoring_case(parts.scheme, "https")) {
    return std::nullopt;
  }
  url.remove_prefix(mark + kMark.size());
  url = url.substr(0, url.find('?'));
  const size_t slash = std::min(url.find('/'), url.size());
  parts.host = without_default_port(parts.scheme, url.substr(0, slash));
  parts.path = url.substr(slash);
  if (parts.host.empty()) return std::nullopt;
  return parts;
}

// `raw` is the request's, as it came.
bool is_path(std::string_view audience, std::string_view raw) {
  const std::string path = decode_but_slashes(raw);
  return audience == path || decode_segment(audience) == path;
}

std::string_view without_query(std::string_view path_and_query) {
  return path_and_query.substr(0, path_and_query.find('?'));
}

}  // namespace

bool is_audience_of(std::string_view audience, std::string_view base,
                    std::string_view path_and_query) {
  const auto given = take_apart(audience);
  const auto wanted = take_apart(base);
  if (!given || !wanted || !equal_ignoring_case(given->scheme, wanted->scheme)) return false;
  if (!equal_ignoring_case(given->host, wanted->host)) return false;
  std::string path(wanted->path);
  path += without_query(path_and_query);
  return is_path(given->path, path);
}

bool is_audience_of_host(std::string_view audience, std::string_view host,
                         std::string_view path_and_query) {
  const auto given = take_apart(audience);
  if (!given || host.empty()) return false;
  return equal_ignoring_case(given->host, without_default_port(given->scheme, host)) &&
         is_path(given->path, without_query(path_and_query));
}

}  // namespace awps
