#include "auth/entra_token_source.h"

namespace awps {

// The version is read first: a snapshot that is newer than it is looked at once more, none missed.
void EntraTokenSource::look() {
  const uint64_t version = keeper_.version();
  if (version == version_) return;
  version_ = version;
  snapshot_ = keeper_.snapshot();
}

Result<std::string_view> EntraTokenSource::token(std::string_view /*audience*/, WallTime now) {
  look();
  if (!snapshot_->token.empty() && now < snapshot_->expires_at) {
    return std::string_view(snapshot_->token);
  }
  if (!snapshot_->failure.empty()) return Error{snapshot_->failure};
  if (snapshot_->token.empty()) return Error{"the first token has not come yet; it is asked for"};
  return Error{"the token has expired, and the next one has not come yet; it is asked for"};
}

bool EntraTokenSource::refused(uint64_t generation) {
  look();
  if (generation < snapshot_->generation) return true;
  keeper_.refuse(generation);
  return false;
}

}  // namespace awps
