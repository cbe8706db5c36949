#include "auth/token_cache.h"

#include "base/check.h"
#include "base/json_text.h"

namespace awps {

namespace {

// {"alg":"HS256","typ":"JWT"}
constexpr std::string_view kHeader = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

}  // namespace

void append_jwt(std::string& out, const HmacKey& key, std::string_view audience,
                std::chrono::sys_seconds issued, std::chrono::sys_seconds expires) {
  std::string claims;
  claims.reserve(audience.size() + 64);
  claims += "{\"aud\":";
  append_json_string(claims, audience);
  claims += ",\"iat\":";
  append_number(claims, issued.time_since_epoch().count());
  claims += ",\"exp\":";
  append_number(claims, expires.time_since_epoch().count());
  claims += '}';
  append_signed(out, key, claims);
}

void append_signed(std::string& out, const HmacKey& key, std::string_view claims) {
  const size_t begin = out.size();
  out += kHeader;
  out += '.';
  append_base64url(out, claims);
  const Sha256Digest digest = key.sign(std::string_view(out).substr(begin));
  out += '.';
  append_base64url(out, as_view(digest));
}

KeyTokenSource::KeyTokenSource(const std::vector<std::string>& keys, const Options& options,
                               uint64_t seed)
    : options_(options), random_(seed) {
  AWPS_CHECK(!keys.empty());
  AWPS_CHECK(options.max_entries > 0);
  AWPS_CHECK(options.lifetime > options.backdated + options.refresh_ahead + options.refresh_jitter);
  set_keys(keys);
}

void KeyTokenSource::set_keys(const std::vector<std::string>& keys) {
  key_texts_ = keys;
  keys_.clear();
  key_ = 0;
  for (const std::string& key : keys) {
    AWPS_CHECK(!key.empty());
    keys_.push_back(std::make_unique<HmacKey>(key));
  }
}

void KeyTokenSource::forget_tokens() {
  ++generation_;
  by_audience_.clear();
  entries_.clear();
}

// True: there are others, which are in use from here on.
bool KeyTokenSource::keys_changed() {
  if (!options_.fresh_keys) return false;
  const bool is_early = fresh_keys_at_ && latest_ >= *fresh_keys_at_ &&
                        latest_ - *fresh_keys_at_ < options_.fresh_keys_interval;
  if (is_early) return false;
  fresh_keys_at_ = latest_;
  const std::optional<std::vector<std::string>> keys = options_.fresh_keys();
  if (!keys || keys->empty() || *keys == key_texts_) return false;
  set_keys(*keys);
  refusals_ = 0;
  return true;
}

Result<std::string_view> KeyTokenSource::token(std::string_view audience, WallTime now) {
  latest_ = now;
  if (asked_for_fresh_keys_.load(std::memory_order_relaxed)) {
    asked_for_fresh_keys_.store(false, std::memory_order_relaxed);
    fresh_keys_at_.reset();
    if (keys_changed()) forget_tokens();
  }
  if (const auto found = by_audience_.find(audience); found != by_audience_.end()) {
    Entry& entry = *found->second;
    entries_.splice(entries_.begin(), entries_, found->second);
    if (now < entry.valid_from || now >= entry.refresh_at) sign(entry, now);
    return std::string_view(entry.token);
  }
  Entry& entry = take_entry(audience);
  sign(entry, now);
  return std::string_view(entry.token);
}

// A new entry in front, or the least recently used one, with its memory, for this audience.
KeyTokenSource::Entry& KeyTokenSource::take_entry(std::string_view audience) {
  if (entries_.size() < options_.max_entries) {
    entries_.emplace_front();
  } else {
    by_audience_.erase(entries_.back().audience);
    entries_.splice(entries_.begin(), entries_, std::prev(entries_.end()));
  }
  Entry& entry = entries_.front();
  entry.audience = audience;
  by_audience_.emplace(entry.audience, entries_.begin());
  return entry;
}

void KeyTokenSource::sign(Entry& entry, WallTime now) {
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  const std::chrono::sys_seconds issued = second - options_.backdated;
  const std::chrono::sys_seconds expires = issued + options_.lifetime;
  const auto jitter = static_cast<uint64_t>(options_.refresh_jitter.count());
  entry.valid_from = issued;
  entry.refresh_at =
      expires - options_.refresh_ahead - std::chrono::seconds(random_.below(jitter + 1));
  entry.token.clear();
  append_jwt(entry.token, *keys_[key_], entry.audience, issued, expires);
  ++signatures_;
}

bool KeyTokenSource::refused(uint64_t generation) {
  if (generation != generation_) return refusals_ <= keys_.size();
  forget_tokens();
  if (keys_changed()) return true;
  ++refusals_;
  if (refusals_ > 1) key_ = (key_ + 1) % keys_.size();
  return refusals_ <= keys_.size();
}

void KeyTokenSource::accepted(uint64_t generation) {
  if (generation == generation_) refusals_ = 0;
}

}  // namespace awps
