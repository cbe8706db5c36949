#pragma once

// Sender: from an operation to its request, and from the answer back to what it means. It builds
// the request, signs it, starts the attempt, and judges the answer.
//
// 1. What a request borrows (URL, token, id) stays where it is until its Completion.
// 2. A refused token is answered by a fresh one, or one of the next key, as long as the token
//    source has any; then by the verdict kCredential.
//
// One thread: the hub's worker. In steady state nothing is allocated.

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "auth/token_source.h"
#include "base/clock.h"
#include "base/random.h"
#include "http/http_transport.h"
#include "hub/attempt_end.h"
#include "hub/operation.h"
#include "hub/operation_request.h"
#include "service_api/request_builder.h"

namespace awps {

class Sender {
 public:
  struct Options {
    std::string endpoint_url;
    std::string hub;
    std::string api_version = "2024-12-01";
    Duration timeout = std::chrono::seconds(10);
  };

  Sender(const Options& options, HttpTransport& transport, TokenSource& tokens, uint64_t seed);

  /// Of requests from now on.
  void set_timeout(Duration timeout) { options_.timeout = timeout; }

  /// Starts an attempt. An Error says why no token could be had: nothing was started.
  Result<void> start(Operation& operation, WallTime now);

  /// Asks for the service's health, over a connection of its own. Its Completion has kHealthTag.
  void start_health();
  static constexpr uint64_t kHealthTag = UINT64_MAX;

  struct Ended {
    Operation* operation = nullptr;
    AttemptEnd end;
    std::string_view url;         // until the next start()
    std::string_view request_id;  // likewise
  };
  /// Judges what a started attempt came to, and frees its place.
  Ended finish(const Completion& completion);

 private:
  static constexpr size_t kRequestIdSize = 36;  // a UUID

  struct Flight {
    Operation* operation = nullptr;
    ServiceRequest request;
    std::string token;
    uint64_t token_generation = 0;
    std::array<char, kRequestIdSize> request_id{};
  };

  void write_request_id(std::array<char, kRequestIdSize>& id);
  void follow_up_on_credential(Verdict& verdict, const Flight& flight, int status);

  Options options_;
  RequestBuilder builder_;
  ServiceRequest health_;
  OperationRequestWriter writer_;
  HttpTransport& transport_;
  TokenSource& tokens_;
  Random random_;
  std::deque<Flight> flights_;  // the tag is the place; addresses are stable
  std::vector<uint64_t> free_;
};

}  // namespace awps
