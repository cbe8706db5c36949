#include "auth/client_access.h"

#include "auth/token_cache.h"
#include "base/json_text.h"

namespace awps {

namespace {

void append_list(std::string& out, std::string_view name, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  out += ",\"";
  out += name;
  out += "\":[";
  for (size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) out += ',';
    append_json_string(out, texts[i]);
  }
  out += ']';
}

}  // namespace

std::string client_access_url(std::string_view endpoint_url, std::string_view hub,
                              const HmacKey& key, const ClientAccess& access, WallTime now) {
  const std::string audience = std::string(endpoint_url) + "/client/hubs/" + std::string(hub);
  const auto issued = std::chrono::floor<std::chrono::seconds>(now);
  std::string claims = "{\"aud\":";
  append_json_string(claims, audience);
  if (!access.user_id.empty()) {
    claims += ",\"sub\":";
    append_json_string(claims, access.user_id);
  }
  append_list(claims, "role", access.roles);
  append_list(claims, "webpubsub.group", access.groups);
  claims += ",\"iat\":";
  append_number(claims, issued.time_since_epoch().count());
  claims += ",\"exp\":";
  append_number(claims, (issued + access.lifetime).time_since_epoch().count());
  claims += '}';
  std::string url = "ws" + audience.substr(std::string_view("http").size()) + "?access_token=";
  append_signed(url, key, claims);
  return url;
}

}  // namespace awps
