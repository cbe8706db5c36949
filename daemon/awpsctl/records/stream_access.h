#pragma once

// StreamAccess: what it takes to speak to a stream's broker as the daemon does: its configuration
// and its secrets. The daemon itself is not asked, and need not run.
//
// One thread makes it; the token of an identity is renewed by a thread of its own.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "auth/entra_token_keeper.h"
#include "base/clock.h"
#include "daemon/awpsctl/failure.h"
#include "daemon/awpsd/stream_plan.h"
#include "http/http_transport.h"

namespace awps {

class StreamAccess {
 public:
  /// `config`: a file; empty: the installed configuration. Waits for an identity's first token.
  static Result<std::unique_ptr<StreamAccess>, Failure> open(const std::string& name,
                                                             const std::string& config);

  StreamAccess(const StreamAccess&) = delete;
  StreamAccess& operator=(const StreamAccess&) = delete;

  const StreamPlan& plan() const { return plan_; }
  const KafkaSettings& settings() const { return plan_.settings; }
  /// Of records that name none; empty: each has to.
  const std::string& hub() const { return plan_.config.hub; }
  /// Why a record may not name this hub; empty: it may.
  std::string problem_of_hub(std::string_view hub) const;

 private:
  explicit StreamAccess(StreamPlan plan) : plan_(std::move(plan)) {}
  Result<void, Failure> take_token();

  SystemClock clock_;
  StreamPlan plan_;
  std::unique_ptr<HttpTransport> transport_;
  std::shared_ptr<EntraTokenKeeper> keeper_;
};

/// What librdkafka says, of which the last lines are kept: they say why a broker is not reached.
class BrokerWords {
 public:
  KafkaLog log();
  /// " (librdkafka: …)", or nothing.
  std::string last() const;

 private:
  struct Kept;
  std::shared_ptr<Kept> kept_;
};

}  // namespace awps
