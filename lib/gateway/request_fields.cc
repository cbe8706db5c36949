#include "gateway/request_fields.h"

#include <algorithm>
#include <array>
#include <map>

#include <simdjson.h>

#include "action/field_rules.h"
#include "action/numbers.h"
#include "action/refusal.h"
#include "base/ascii.h"

namespace awps {

namespace {

constexpr std::string_view kOwnPrefix = "x-awpsd-";
constexpr std::string_view kMetadataPrefix = "x-webpubsub-metadata-";

using Refused = std::optional<HttpRefusal>;

HttpRefusal bad_header(std::string_view name, std::string_view problem) {
  return bad_request(concatenate({"the header '", name, "' ", problem}));
}

Refused read_key(std::string_view name, std::string_view value, std::string& to) {
  const std::string_view problem = problem_of_key(value);
  if (!problem.empty()) return bad_header(name, problem);
  if (!simdjson::validate_utf8(value.data(), value.size())) {
    return bad_header(name, "is no UTF-8: encode it so");
  }
  to = value;
  return std::nullopt;
}

Refused read_ordering_key(std::string_view name, std::string_view value, RequestFields& fields) {
  return read_key(name, value, fields.ordering_key);
}

Refused read_conflation_key(std::string_view name, std::string_view value, RequestFields& fields) {
  return read_key(name, value, fields.conflation_key);
}

Refused read_ttl(std::string_view name, std::string_view value, RequestFields& fields) {
  const auto seconds = seconds_of(value);
  if (!seconds) return bad_header(name, "is no number above 0: give seconds such as 1.5");
  fields.time_to_live = *seconds;
  return std::nullopt;
}

Refused read_unordered(std::string_view name, std::string_view value, RequestFields& fields) {
  if (value != "true" && value != "false") return bad_header(name, "is neither true nor false");
  fields.unordered = value == "true";
  return std::nullopt;
}

Refused read_answer(std::string_view name, std::string_view value, RequestFields& fields) {
  if (value != "delivered" && value != "accepted") {
    return bad_header(name, "is neither delivered nor accepted");
  }
  fields.answer = value == "accepted" ? AnswerMode::kAccepted : AnswerMode::kDelivered;
  return std::nullopt;
}

Refused read_after(std::string_view name, std::string_view value, RequestFields& fields) {
  if (value != "settled") return bad_header(name, "is not 'settled': give that, or leave it out");
  fields.after_settled = true;
  return std::nullopt;
}

// What the two bulk operations and the sends take differs from what the others do; the rule for
// `unordered` is the action's own (field_rules.h).
constexpr bool sends_only(Route route) {
  return is_send(route);
}
constexpr bool writes_only(Route route) {
  return is_write(route);
}
constexpr bool reads_only(Route route) {
  return is_read(route);
}

struct OwnField {
  std::string_view name;  // behind x-awpsd-
  bool (*is_taken)(Route);
  std::string_view whose;
  Refused (*read)(std::string_view name, std::string_view value, RequestFields& fields);
};
constexpr std::array kOwnFields = {
    OwnField{"ordering-key", writes_only, "writes", read_ordering_key},
    OwnField{"conflation-key", sends_only, "sends", read_conflation_key},
    OwnField{"ttl-seconds", writes_only, "writes", read_ttl},
    OwnField{"unordered", writes_only, "writes", read_unordered},
    OwnField{"answer", writes_only, "writes", read_answer},
    OwnField{"after", reads_only, "reads", read_after},
};

Refused read_own(Route route, std::string_view name, std::string_view value,
                 RequestFields& fields) {
  const auto* const known = std::ranges::find_if(kOwnFields, [name](const OwnField& field) {
    return equal_ignoring_case(field.name, name.substr(kOwnPrefix.size()));
  });
  if (known == kOwnFields.end()) {
    return bad_header(name,
                      "is unknown: awpsd takes x-awpsd-ordering-key, -conflation-key, "
                      "-ttl-seconds, -unordered, -answer and -after");
  }
  if (!known->is_taken(route)) {
    return bad_header(name, concatenate({"is for ", known->whose, " only: leave it out"}));
  }
  return known->read(name, value, fields);
}

HttpRefusal unsupported(std::string_view type, std::string_view remedy) {
  return {.status = 415,
          .code = "Error.awpsd.UnsupportedMediaType",
          .message = concatenate({"the content type ", quoted(type), " is not taken: ", remedy}),
          .allow = {}};
}

/// "text/plain; charset=utf-8", taken apart.
struct MediaType {
  std::string_view name;
  std::string_view charset;  // empty: not said
};

MediaType media_type_of(std::string_view value) {
  MediaType type{.name = trim(value.substr(0, value.find(';'))), .charset = {}};
  while (value.find(';') != std::string_view::npos) {
    value.remove_prefix(value.find(';') + 1);
    std::string_view parameter = trim(value.substr(0, value.find(';')));
    const size_t equals = std::min(parameter.find('='), parameter.size());
    if (!equal_ignoring_case(trim(parameter.substr(0, equals)), "charset")) continue;
    parameter = trim(parameter.substr(std::min(equals + 1, parameter.size())));
    if (parameter.size() >= 2 && parameter.starts_with('"') && parameter.ends_with('"')) {
      parameter = parameter.substr(1, parameter.size() - 2);
    }
    type.charset = parameter;
  }
  return type;
}

bool is_utf8_charset(std::string_view charset) {
  return charset.empty() || equal_ignoring_case(charset, "utf-8") ||
         equal_ignoring_case(charset, "utf8") || equal_ignoring_case(charset, "us-ascii");
}

Refused read_content_type(Route route, RequestFields& fields) {
  if (!has_body(route)) return std::nullopt;
  const MediaType type = media_type_of(fields.content_type);
  const auto is = [&type](std::string_view name) { return equal_ignoring_case(type.name, name); };
  if (is_bulk(route)) {
    fields.body = BodyKind::kJson;
    if (!is("application/json")) return unsupported(fields.content_type, "use application/json");
  } else if (is("text/plain")) {
    fields.body = BodyKind::kText;
  } else if (is("application/json")) {
    fields.body = BodyKind::kJson;
  } else if (type.name.empty() || is("application/octet-stream")) {
    fields.body = BodyKind::kBinary;
    return std::nullopt;
  } else {
    return unsupported(fields.content_type,
                       "use text/plain, application/json or application/octet-stream");
  }
  if (is_utf8_charset(type.charset)) return std::nullopt;
  return unsupported(fields.content_type, "use the charset utf-8");
}

}  // namespace

Result<RequestFields, HttpRefusal> read_request_fields(
    Route route, std::span<const std::pair<std::string, std::string>> headers) {
  RequestFields fields;
  std::map<std::string, std::string_view> read;  // by name in lower case
  for (const auto& [name, text] : headers) {
    std::string lower = to_lower(name);
    const bool is_own = lower.starts_with(kOwnPrefix);
    const bool is_read = is_own || lower == "content-type" || lower == "x-ms-client-request-id";
    if (lower.starts_with(kMetadataPrefix) && is_write(route)) {
      return bad_header(name, "is not carried by awpsd: leave it out, or put it into the message");
    }
    if (!is_read) continue;
    const std::string_view value = trim(text);
    if (!read.emplace(std::move(lower), value).second) {
      return bad_header(name, "appears twice: give it once");
    }
    if (!is_own) continue;
    if (Refused refusal = read_own(route, name, value, fields)) return std::move(*refusal);
  }
  for (const auto& [name, value] : read) {
    if (name.starts_with(kOwnPrefix)) fields.own_fields.append(name).append(1, ':').append(value);
    if (name.starts_with(kOwnPrefix)) fields.own_fields += '\n';
  }
  if (const auto type = read.find("content-type"); type != read.end()) {
    fields.content_type = type->second;
  }
  if (const auto id = read.find("x-ms-client-request-id"); id != read.end()) {
    fields.client_request_id = id->second;
  }
  if (Refused refusal = read_content_type(route, fields)) return std::move(*refusal);
  return fields;
}

}  // namespace awps
