// Any answer: its header lines, its body and its verdict are read without harm, in bounds, and what
// people are shown is bounded.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "http/response_headers.h"
#include "service_api/answer_text.h"
#include "service_api/error_body.h"
#include "service_api/judge.h"

namespace {

void judge_every_way(const awps::HttpResponse& response) {
  for (const bool is_send : {false, true}) {
    for (const bool coalesced : {false, true}) {
      const awps::Verdict verdict =
          awps::judge(response, {.is_send = is_send, .coalesced = coalesced});
      AWPS_CHECK(is_send || !verdict.ambiguous);
      AWPS_CHECK(coalesced || !(verdict.splittable || verdict.form_suspect));
      AWPS_CHECK(!(verdict.splittable && verdict.form_suspect));
      AWPS_CHECK(!verdict.retry_after || *verdict.retry_after > awps::Duration::zero());
    }
  }
}

}  // namespace

// Two bytes of status, then header lines up to an empty one, then the body.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  if (size < 2) return 0;
  std::string_view text(reinterpret_cast<const char*>(bytes) + 2, size - 2);
  awps::HttpResponse response;
  response.status = (bytes[0] * 256 + bytes[1]) % 1000;
  response.error = static_cast<awps::TransportError>(bytes[1] % 6);
  awps::ResponseHeaders headers;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty()) break;
    headers.take_line(line);
  }
  response.body = text;
  headers.finish(response, awps::WallTime(std::chrono::seconds(1795507200)));
  if (response.retry_after) {
    AWPS_CHECK(*response.retry_after >= awps::Duration::zero());
    AWPS_CHECK(*response.retry_after <= std::chrono::hours(24));
  }
  AWPS_CHECK(response.www_authenticate.size() <= 512 && response.location.size() <= 512);
  const std::string described = awps::describe(response);
  AWPS_CHECK(described.size() <= 2048);
  AWPS_CHECK(std::ranges::none_of(described, [](char c) { return c >= 0 && c < ' '; }));
  (void)awps::judge_health(response);
  (void)awps::read_error_body(response.body);
  judge_every_way(response);
  return 0;
}
