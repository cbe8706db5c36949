#pragma once

// EntraTokenSource: the tokens of an Entra identity for one worker, read from the keeper that all
// workers of that identity share. A token is for the whole service, whatever the audience asked
// for.
//
// 1. A token that has not changed costs one atomic load.
// 2. token() never waits for the network: without a token in force it is an Error, and the endpoint
//    is held and probed.
// 3. 401: refused() has the keeper ask for another token, once, and says true only where a token
//    newer than the refused one is here already.
//
// It belongs to one thread; the keeper outlives it.

#include <memory>
#include <string_view>

#include "auth/entra_token_keeper.h"
#include "auth/token_source.h"

namespace awps {

class EntraTokenSource final : public TokenSource {
 public:
  explicit EntraTokenSource(EntraTokenKeeper& keeper) : keeper_(keeper) {}

  Result<std::string_view> token(std::string_view audience, WallTime now) override;
  uint64_t generation() const override { return snapshot_->generation; }
  bool refused(uint64_t generation) override;
  void accepted(uint64_t /*generation*/) override {}

 private:
  void look();

  EntraTokenKeeper& keeper_;
  uint64_t version_ = 0;
  std::shared_ptr<const EntraSnapshot> snapshot_ = std::make_shared<const EntraSnapshot>();
};

}  // namespace awps
