// Any bytes as a script of faults: they are read without harm, mistakes have a message, and what
// was read decides about requests of every sort without harm; an answer never splits into two.

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "emulator/fault/faults.h"

namespace {

constexpr std::string_view kRequests[] = {
    "HEAD /api/health HTTP/1.1\r\n\r\n",
    "POST /api/hubs/chat/:send?filter=a&api-version=2024-12-01 HTTP/1.1\r\nHost: h\r\n\r\n",
    "POST /api/hubs/chat/groups/bad%2F1/:send HTTP/1.1\r\nContent-Type: text/plain\r\n"
    "Content-Length: 4\r\n\r\n",
    "PUT /api/hubs/chat/users/u/groups/g HTTP/1.1\r\n\r\n",
    "GET /nothing HTTP/1.1\r\n\r\n",
};

void check_answer(const awps::emulator::HttpResponse& answer) {
  std::string text;
  awps::emulator::append_response(text, answer, {.date = "now"});
  const std::string head =
      text.substr(0, text.size() - (answer.status == 204 ? 0 : answer.body.size()));
  AWPS_CHECK(head.find("\r\n\r\n") == head.size() - 4);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto script = awps::emulator::parse_fault_script({reinterpret_cast<const char*>(data), size});
  if (!script.ok()) {
    AWPS_CHECK(script.error().message.starts_with("read fault script"));
    return 0;
  }
  awps::emulator::Faults faults(std::move(script.value()), awps::Instant{});
  for (const int passed : {0, 1, 5000}) {
    for (const std::string_view request : kRequests) {
      awps::emulator::RequestHead head;
      AWPS_CHECK(parse_head(request, head) == awps::emulator::HeadState::kComplete);
      const auto parts = awps::emulator::split_target(head.target);
      const auto segments = awps::emulator::path_segments(parts.path);
      const auto route = awps::emulator::find_route(head.method, segments.value());
      const awps::emulator::Query query(parts.query);
      const auto fault = faults.decide(subject_of(head, route, query),
                                       awps::Instant{} + std::chrono::milliseconds(passed));
      if (!fault) continue;
      AWPS_CHECK(fault->delay >= awps::Duration::zero());
      if (fault->answer) check_answer(*fault->answer);
    }
  }
  return 0;
}
