#pragma once

// Result<T, E>: a value, or the reason why there is none. We do not throw; a caller looks at ok().
// Result<void> carries only success. Asking for the absent half is a bug (AWPS_CHECK).

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/check.h"

namespace awps {

/// What was attempted, on what, and what follows, in one sentence for people.
struct Error {
  std::string message;

  friend bool operator==(const Error&, const Error&) = default;
};

template <typename T, typename E = Error>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit on purpose
  Result(E error)
      : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit on purpose

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return AWPS_CHECK(ok()), *std::get_if<0>(&state_); }
  const T& value() const& { return AWPS_CHECK(ok()), *std::get_if<0>(&state_); }
  T&& value() && { return AWPS_CHECK(ok()), std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const E& error() const& { return AWPS_CHECK(!ok()), *std::get_if<1>(&state_); }
  E&& error() && { return AWPS_CHECK(!ok()), std::move(*std::get_if<1>(&state_)); }

 private:
  std::variant<T, E> state_;
};

template <typename E>
class [[nodiscard]] Result<void, E> {
 public:
  Result() = default;
  Result(E error) : error_(std::move(error)) {}  // NOLINT: implicit on purpose

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const E& error() const& { return AWPS_CHECK(!ok()), *error_; }

 private:
  std::optional<E> error_;
};

}  // namespace awps
