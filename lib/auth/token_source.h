#pragma once

// TokenSource: bearer tokens for requests. Its implementations are KeyTokenSource (access keys) and
// tests' scripted one; Entra identities will be a third.
//
// What token() gives is usable now: neither expired nor not yet valid by `now`. A token that the
// service refused all the same (401) is reported with the generation under which it was made; many
// requests in flight may report the same refusal, and only the first of them changes anything.
//
// It belongs to one thread.

#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace awps {

class TokenSource {
 public:
  virtual ~TokenSource() = default;

  /// The view lives until the next call of any kind. `audience` is the request's URL without query.
  virtual Result<std::string_view> token(std::string_view audience, WallTime now) = 0;
  /// Counts the changes of credential: what a request remembers of its token.
  virtual uint64_t generation() const = 0;
  /// A token of `generation` was answered 401. True: token() now gives one that was not refused yet
  /// (a fresh one, one of the next key), so trying again makes sense; false: hold the endpoint.
  virtual bool refused(uint64_t generation) = 0;
  /// A token of `generation` was taken: earlier refusals are forgotten.
  virtual void accepted(uint64_t generation) = 0;
};

}  // namespace awps
