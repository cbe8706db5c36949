#pragma once

// RequestFields: what the headers of a request say to the gateway: our own `x-awpsd-*` fields, the
// content type and the SDK's request id.
//
// 1. A field of ours is honoured or refused (400 that names it); none is dropped silently. The same
//    holds for the service's X-WebPubSub-Metadata-*, which no action carries.
// 2. A header that is read here stands in the request at most once.
// 3. Which fields an operation takes: sends take all but `after`; other writes all but `after` and
//    `conflation-key`; reads take `after` alone.
//
// Pure, any thread. Linear in the headers.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "gateway/route.h"

namespace awps {

/// What the request's Content-Type says of its body.
enum class BodyKind : uint8_t { kBinary, kJson, kText };

/// When a write is answered.
enum class AnswerMode : uint8_t { kDelivered, kAccepted };

struct RequestFields {
  std::string ordering_key;    // empty: not said
  std::string conflation_key;  // empty: not said
  Duration time_to_live{0};    // 0: not said
  bool unordered = false;
  std::optional<AnswerMode> answer;
  bool after_settled = false;  // a read: first let the target's lane settle
  BodyKind body = BodyKind::kBinary;
  std::string content_type;       // as it came; for the join key
  std::string client_request_id;  // empty: not said, then nothing joins
  /// All x-awpsd-* with their values, by name; for the join key.
  std::string own_fields;
};

/// Refused: 400; 415 for a content type that `route` does not take.
Result<RequestFields, HttpRefusal> read_request_fields(
    Route route, std::span<const std::pair<std::string, std::string>> headers);

}  // namespace awps
