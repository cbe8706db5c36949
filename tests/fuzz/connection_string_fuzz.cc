// Any text: parse_connection_string() ends, gives an endpoint in one spelling (which parses to
// itself), and never shows the access key in a message.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "auth/connection_string.h"
#include "base/check.h"
#include "base/hub_name.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const auto result = awps::parse_connection_string(text);
  if (result.ok()) {
    const auto again = awps::parse_endpoint(result->endpoint.url, std::nullopt);
    AWPS_CHECK(again.ok() && *again == result->endpoint);
    AWPS_CHECK(!result->endpoint.url.ends_with('/'));
    AWPS_CHECK(!result->access_key.empty());
  }

  constexpr std::string_view kKey = "s3cret+key/that=is:never@shown";
  const auto keyed =
      awps::parse_connection_string("AccessKey=" + std::string(kKey) + ";" + std::string(text));
  if (!keyed.ok() && text.find(kKey) == std::string_view::npos) {
    AWPS_CHECK(keyed.error().message.find(kKey) == std::string::npos);
  }

  const auto hub = awps::canonical_hub_name(text);
  AWPS_CHECK(hub.ok() == awps::is_hub_name(text));
  if (hub.ok()) AWPS_CHECK(*awps::canonical_hub_name(*hub) == *hub);
  return 0;
}
