#pragma once

// ServiceAnswer: what the service answered to the request that ended an action, for a producer that
// gets it handed on (Account::wants_answers). Immutable, shared by the actions of one operation.

#include <cstdint>
#include <string>

namespace awps {

/// A body of this size or more is not kept (`body` is empty): half a JSON text helps nobody.
inline constexpr size_t kMaxServiceAnswerBytes = 2048;

struct ServiceAnswer {
  uint16_t status = 0;
  std::string content_type;
  std::string error_code;  // x-ms-error-code
  std::string body;        // below kMaxServiceAnswerBytes

  friend bool operator==(const ServiceAnswer&, const ServiceAnswer&) = default;
};

}  // namespace awps
