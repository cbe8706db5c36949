#pragma once

// FixedToken: a TokenSource that always gives the same text, or always fails.

#include <string>

#include "auth/token_source.h"

namespace awps {

class FixedToken final : public TokenSource {
 public:
  Result<std::string_view> token(std::string_view /*audience*/, WallTime /*now*/) override {
    if (failing) return Error{"no token: scripted"};
    return std::string_view("token");
  }
  uint64_t generation() const override { return 1; }
  bool refused(uint64_t /*generation*/) override { return false; }
  void accepted(uint64_t /*generation*/) override {}

  bool failing = false;
};

}  // namespace awps
