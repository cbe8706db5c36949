#pragma once

// One line of the daemon (PROTOCOL.md §6) as a value. Pure; any thread.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <awps/client/options.h>

namespace awps::client {

struct Reply {
  enum class Kind : uint8_t {
    kReady,
    kWarning,
    kOutcome,  // of the actions `from` to `to`, as `outcome` says: refusals, too
    kOther,    // a status that this version does not know: to be ignored
  };
  Kind kind = Kind::kOther;
  uint64_t protocol = 0;  // of kReady
  uint64_t from = 0;      // seq; 0 of a refusal that speaks of the connection
  uint64_t to = 0;
  /// Of kReady: for how long an id is known. 0: the daemon refuses to deduplicate. nullopt: it does
  /// not say, because it is older or was not asked.
  std::optional<std::chrono::milliseconds> dedupe_window{};
  Outcome outcome;      // without number and tag
  std::string message;  // of kWarning
};

/// nullopt: this is no reply, so that nothing that follows can be trusted.
std::optional<Reply> parse_reply(std::string_view line);

}  // namespace awps::client
