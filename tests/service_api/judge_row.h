#pragma once

// What the tests of judge() share: how a row of the table of DESIGN.md §6 is written.

#include <gtest/gtest.h>

#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "service_api/judge.h"

namespace awps {

inline std::ostream& operator<<(std::ostream& out, const Verdict& verdict) {
  static constexpr const char* kKinds[] = {"done",       "retry",     "give up",
                                           "credential", "forbidden", "endpoint at fault"};
  out << kKinds[static_cast<size_t>(verdict.kind)];
  if (verdict.target_gone) out << ", target gone";
  if (verdict.ambiguous) out << ", ambiguous";
  if (verdict.throttled) out << ", throttled";
  if (verdict.way_failed) out << ", of the way";
  if (verdict.splittable) out << ", splittable";
  if (verdict.form_suspect) out << ", form suspect";
  static constexpr const char* kBounds[] = {"", ", filter", ", url", ", body"};
  out << kBounds[static_cast<size_t>(verdict.exceeded)];
  if (verdict.retry_after) out << ", after " << to_seconds(*verdict.retry_after) << " s";
  return out;
}

struct Answer {
  int status = 0;
  TransportError error = TransportError::kNone;
  std::string code{};
  std::string body{};
  std::string content_type{};
  std::optional<Duration> retry_after{};
};

inline HttpResponse response_of(const Answer& answer) {
  HttpResponse response;
  response.status = answer.status;
  response.error = answer.error;
  response.error_code = answer.code;
  response.body = answer.body;
  response.content_type = answer.content_type;
  response.retry_after = answer.retry_after;
  return response;
}

// A word for each thing that is true.
inline Verdict verdict(VerdictKind kind, std::string_view words = "",
                       std::optional<Duration> retry_after = std::nullopt) {
  const auto says = [words](std::string_view word) { return words.find(word) != words.npos; };
  Verdict result;
  result.kind = kind;
  result.target_gone = says("gone");
  result.ambiguous = says("ambiguous");
  result.throttled = says("throttled");
  result.way_failed = says("way");
  result.splittable = says("split");
  result.form_suspect = says("form");
  if (says("filter")) result.exceeded = ExceededBound::kFilter;
  if (says("url")) result.exceeded = ExceededBound::kUrl;
  if (says("body")) result.exceeded = ExceededBound::kBody;
  result.retry_after = retry_after;
  return result;
}

// The service's own shapes of an error, and what is none.
inline constexpr const char* kFlat =
    R"({"code":"Error.BadRequest","message":"m","target":"group"})";
inline constexpr const char* kNested = R"({"error":{"code":"A","message":"m"}})";
inline constexpr const char* kProblem = R"({"type":null,"title":"T","status":400,"detail":"d"})";
inline constexpr const char* kOldField =
    R"({"errors":{"filter":["The field filter …"]},"title":"T"})";
inline constexpr const char* kHtml = "<html><body>Invalid Hostname</body></html>";

inline constexpr JudgedOperation kSend{.is_send = true, .coalesced = false};
inline constexpr JudgedOperation kFanOut{.is_send = true, .coalesced = true};
inline constexpr JudgedOperation kAdd{.is_send = false, .coalesced = false};
inline constexpr JudgedOperation kBulk{.is_send = false, .coalesced = true};

struct Row {
  const char* name;
  Answer answer;
  JudgedOperation operation;
  Verdict expected;
};

}  // namespace awps
