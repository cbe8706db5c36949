#pragma once

// KeyTokenSource: HS256 JWTs signed with an access key, kept by audience in a bounded LRU.
//
// 1. A token's claims are aud, iat and exp = iat + lifetime. `iat` lies `backdated` before the
//    moment of signing, so that a service whose clock is behind ours takes it, too.
// 2. A kept token is given out only while iat <= now < its refresh time, which lies before exp by
//    `refresh_ahead` and a random part of `refresh_jitter` (else all tokens of a start would be
//    renewed in one burst). So after a jump of the wall clock, in either direction, a fresh one is
//    signed.
// 3. A miss costs one signature (about 1 µs), a hit none and no allocation.
// 4. 401: the current key signs afresh once, then the next key, and so on; after all were refused,
//    refused() says false until a token is accepted, but goes on through the keys, so that each
//    probe of a held endpoint tries another.
// 5. With `fresh_keys`, a refusal first looks whether the keys have changed, at most once in
//    `fresh_keys_interval`, and changed ones are taken instead, as they are on take_fresh_keys().
//
// It belongs to one thread, but for take_fresh_keys().

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "auth/token_source.h"
#include "base/crypto.h"
#include "base/random.h"

namespace awps {

struct KeyTokenOptions {
  std::chrono::seconds lifetime = std::chrono::hours(1);
  std::chrono::seconds backdated = std::chrono::minutes(5);  // the service's tolerance
  std::chrono::seconds refresh_ahead = std::chrono::minutes(10);
  std::chrono::seconds refresh_jitter = std::chrono::minutes(5);
  size_t max_entries = 4096;
  /// The keys as they are configured now; nullopt: they cannot be read. May be absent.
  std::function<std::optional<std::vector<std::string>>()> fresh_keys{};
  Duration fresh_keys_interval = std::chrono::seconds(1);
};

class KeyTokenSource final : public TokenSource {
 public:
  using Options = KeyTokenOptions;

  /// `keys`: the access key, and where there is one, the secondary. `seed` is for the jitter alone.
  KeyTokenSource(const std::vector<std::string>& keys, const Options& options, uint64_t seed);

  Result<std::string_view> token(std::string_view audience, WallTime now) override;
  uint64_t generation() const override { return generation_; }
  bool refused(uint64_t generation) override;
  void accepted(uint64_t generation) override;

  /// The next token() asks for fresh keys. Any thread.
  void take_fresh_keys() { asked_for_fresh_keys_.store(true, std::memory_order_relaxed); }

  uint64_t signatures() const { return signatures_; }
  size_t entries() const { return by_audience_.size(); }

 private:
  struct Entry {
    std::string audience;
    std::string token;
    WallTime valid_from{};
    WallTime refresh_at{};
  };

  Entry& take_entry(std::string_view audience);
  void sign(Entry& entry, WallTime now);
  void set_keys(const std::vector<std::string>& keys);
  void forget_tokens();
  bool keys_changed();

  const Options options_;
  std::vector<std::string> key_texts_;
  std::vector<std::unique_ptr<HmacKey>> keys_;
  Random random_;
  size_t key_ = 0;
  size_t refusals_ = 0;  // since the last acceptance
  uint64_t generation_ = 1;
  uint64_t signatures_ = 0;
  WallTime latest_{};  // of the token() calls
  std::optional<WallTime> fresh_keys_at_;
  std::atomic<bool> asked_for_fresh_keys_{false};
  std::list<Entry> entries_;  // most recently used first; nodes never move
  // The keys are the entries' own audiences.
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_audience_;
};

/// A JWT with these claims, a JSON object.
void append_signed(std::string& out, const HmacKey& key, std::string_view claims);

/// The JWT for a request. Times are seconds since 1970.
void append_jwt(std::string& out, const HmacKey& key, std::string_view audience,
                std::chrono::sys_seconds issued, std::chrono::sys_seconds expires);

}  // namespace awps
