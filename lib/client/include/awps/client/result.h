#pragma once

// Error and Result: what a call of the producer library answers. Nothing here throws; asking a
// Result for the half that it does not have ends the process.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <variant>

namespace awps::client {

enum class ErrorCode : uint8_t {
  kInvalid = 1,  // the call cannot be right: the message names the argument and the remedy
  kTooLarge,     // the action could never be buffered
  kFull,         // max_buffered_bytes wait for the daemon, and block_timeout is over
  kClosed,       // close() was called before
  kForked,       // the producer belongs to the parent process
  kTimeout,      // flush() or close(): not everything was confirmed in time
  kSystem,       // the operating system refused a thread or a descriptor
};

/// What was attempted, on what, and what follows, in one sentence for people.
struct Error {
  ErrorCode code = ErrorCode::kInvalid;
  std::string message{};
};

struct Nothing {};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit on purpose
  Result(Error error)
      : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit on purpose

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() {
    if (!ok()) std::abort();
    return *std::get_if<0>(&state_);
  }
  const T& value() const {
    if (!ok()) std::abort();
    return *std::get_if<0>(&state_);
  }
  const Error& error() const {
    if (ok()) std::abort();
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, Error> state_;
};

}  // namespace awps::client
