#pragma once

// AdminClient: requests to the daemon's admin interface (ADMIN.md), one after another.
//
// 1. Every error answer, and every way not to get an answer, is a Failure with a remedy.
// 2. No proxy, no redirect, nothing but http: what is asked stays on this machine.
//
// One thread.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "daemon/awpsctl/failure.h"
#include "daemon/awpsctl/wire/admin_address.h"
#include "daemon/awpsctl/wire/interrupts.h"

namespace awps {

struct AdminAnswer {
  long http_status = 0;
  std::string body;
};

class AdminClient {
 public:
  struct Options {
    AdminAddress address;
    std::string token;  // for TCP; empty: none
    Duration timeout = std::chrono::seconds(30);
    size_t max_body_bytes = size_t{256} << 20U;
  };

  explicit AdminClient(Options options);
  ~AdminClient();

  /// While these are set a signal ends a request with the code "interrupted". nullptr: none.
  void set_interrupts(Interrupts* interrupts) { interrupts_ = interrupts; }
  /// An answer must be here by then, as well as within the timeout. nullopt: the timeout alone.
  void set_deadline(std::optional<Instant> deadline) { deadline_ = deadline; }

  /// The body of an answer with success.
  Result<std::string, Failure> get(const std::string& target);
  Result<std::string, Failure> post(const std::string& target, const std::string& body);
  /// The answer, whatever its status is.
  Result<AdminAnswer, Failure> ask(const std::string& target);
  /// Calls `on_line` for each line until it returns false or the daemon ends the answer.
  Result<void, Failure> stream(const std::string& target,
                               const std::function<bool(std::string_view)>& on_line);

  const AdminAddress& address() const { return options_.address; }

 private:
  struct Curl;
  struct Exchange;

  Result<AdminAnswer, Failure> perform(Exchange& exchange);
  Result<void, Failure> run(Exchange& exchange);
  std::chrono::milliseconds time_left() const;
  Failure no_answer(const Exchange& exchange, int code) const;

  const Options options_;
  const std::unique_ptr<Curl> curl_;
  const SystemClock clock_;
  Interrupts* interrupts_ = nullptr;
  std::optional<Instant> deadline_;
};

/// The Failure that an answer of 400 or more is; `target` is what was asked.
Failure failure_of(const AdminAnswer& answer, std::string_view target);

/// "name=value" for a query, percent-encoded.
std::string query_parameter(std::string_view name, std::string_view value);

}  // namespace awps
