#include "gateway/request_query.h"

#include <algorithm>
#include <utility>

#include "action/refusal.h"
#include "base/ascii.h"
#include "gateway/percent_decoding.h"

namespace awps {

namespace {

/// The parameters that stand in a query at most once.
struct SingleParameter {
  std::string_view name;
  std::optional<std::string> RequestQuery::*value;
};
constexpr std::array kSingleParameters = {
    SingleParameter{"filter", &RequestQuery::filter},
    SingleParameter{"reason", &RequestQuery::reason},
    SingleParameter{"targetName", &RequestQuery::target_name},
    SingleParameter{"messageTtlSeconds", &RequestQuery::message_ttl_seconds},
};

HttpRefusal refuse_twice(std::string_view name) {
  return bad_request(concatenate({"'", name, "' appears twice in the query: give it once"}));
}

class QueryReader {
 public:
  /// The refusal of one "name=value"; nullopt: it was read.
  std::optional<HttpRefusal> read(std::string_view item) {
    const size_t equals = std::min(item.find('='), item.size());
    std::optional<std::string> name = decode_parameter(item.substr(0, equals));
    std::optional<std::string> value =
        decode_parameter(item.substr(std::min(equals + 1, item.size())));
    if (!name || !value) {
      return bad_request(
          concatenate({"the query's ", quoted(item),
                       " cannot be decoded: percent-encode it as UTF-8, each '%' as %25"}));
    }
    if (equal_ignoring_case(*name, "api-version")) return read_version(*value);
    if (equal_ignoring_case(*name, "excluded")) return read_excluded(std::move(*value));
    const auto* const parameter = std::ranges::find_if(
        kSingleParameters,
        [&name](const SingleParameter& known) { return equal_ignoring_case(known.name, *name); });
    if (parameter == kSingleParameters.end()) return std::nullopt;
    std::optional<std::string>& to = query_.*parameter->value;
    if (to) return refuse_twice(parameter->name);
    to = std::move(value);
    return std::nullopt;
  }

  RequestQuery take() {
    if (query_.api_version.empty()) query_.api_version = kApiVersions.back();
    return std::move(query_);
  }

 private:
  std::optional<HttpRefusal> read_version(std::string_view version) {
    if (!query_.api_version.empty()) return refuse_twice("api-version");
    if (std::ranges::find(kApiVersions, version) == kApiVersions.end()) {
      return bad_request(concatenate({"the api-version ", quoted(version),
                                      " is unknown: give one from ", kApiVersions.front(), " to ",
                                      kApiVersions.back(), ", or none for the latest"}));
    }
    query_.api_version = version;
    return std::nullopt;
  }

  std::optional<HttpRefusal> read_excluded(std::string id) {
    if (id.find(',') != std::string::npos) {
      return bad_request(
          "'excluded' holds a comma: repeat the parameter for each connection id, as "
          "excluded=a&excluded=b; with the ids in one value nobody would be excluded");
    }
    query_.excluded.push_back(std::move(id));
    return std::nullopt;
  }

  RequestQuery query_;
};

}  // namespace

Result<RequestQuery, HttpRefusal> read_query(std::string_view text) {
  QueryReader reader;
  while (!text.empty()) {
    const size_t end = std::min(text.find('&'), text.size());
    const std::string_view item = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (item.empty()) continue;
    if (auto refusal = reader.read(item)) return std::move(*refusal);
  }
  return reader.take();
}

}  // namespace awps
