#pragma once

// The control endpoint, for tests and people, under /_emulator/ on the same port and without a
// token.
//   GET  /_emulator/counters                     JSON: requests by operation and status, faults, …
//   GET  /_emulator/log[?since=N&limit=N]        NDJSON: what arrived and when, after sequence N
//   GET  /_emulator/connections                  JSON: hub, id, user, protocol, groups of each
//   GET  /_emulator/faults                       JSON: how often each rule matched and applied
//   POST /_emulator/faults        SCRIPT         replaces the script (FAULTS.md); [] ends them all
//   POST /_emulator/throttle      {"requestsPerSecond":N,"burst":N,"retryAfter":seconds|null}
//   POST /_emulator/delay         {"milliseconds":N}
//   POST /_emulator/access-keys   {"keys":["…"]}     the first is the primary one
//   POST /_emulator/reset                        counters and log empty, the rest as at the start
// A mistake is answered with 400 and a text that names it. One thread.

#include <string_view>

#include "emulator/http_response.h"
#include "emulator/service.h"

namespace awps::emulator {

bool is_control_path(std::string_view raw_path);
HttpResponse handle_control(Service& service, const RequestHead& head, std::string_view body,
                            Instant now);

}  // namespace awps::emulator
