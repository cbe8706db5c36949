#pragma once

// DedupeTerms: whether the daemon deduplicates what this producer sends again, as it turns out on
// each connection. The producer asks for it in the hello; the daemon's `ready` says for how long it
// knows an id again (`dedupeWindowSeconds`).
//
// An older daemon ignores the key, or refuses the whole hello because of it. In the second case the
// next connection is made at once and without the key, and the one after it asks again: by then
// another daemon may be there. A daemon whose dedupe_window is 0s refuses to deduplicate.
//
// Pure; one thread.

#include <optional>
#include <string>

#include "client/reply.h"

namespace awps::client {

class DedupeTerms {
 public:
  explicit DedupeTerms(bool is_wanted) : is_wanted_(is_wanted) {}

  /// Whether the hello of the next connection has the key.
  bool asks() const { return is_wanted_ && !refusal_; }

  /// The daemon refused the hello: possibly because of the key.
  void take_refusal(const Outcome& refusal);
  /// The daemon has greeted. What has changed by that, for people; empty: nothing.
  std::string take_ready(const Reply& ready, const std::string& socket_path);
  /// The connection has ended. Whether the next one is to be made at once, since it lacks the key.
  bool end_connection();

 private:
  const bool is_wanted_;
  bool is_refused_ = false;  // on the connection that stands
  std::optional<std::string> refusal_;
  std::string told_;  // why the daemon does not deduplicate, as told last; empty: it does
};

}  // namespace awps::client
