// Keys and values of records from any bytes: what is shown of them is JSON, and bounded.

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/check.h"
#include "queue/refused_record.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string_view given(reinterpret_cast<const char*>(bytes), size);
  const std::string_view key = given.substr(0, given.find('\n'));
  const std::string_view value = given.substr(std::min(size, key.size() + 1));
  const std::string json = awps::json_of(
      {.has_key = true, .key = std::string(key), .bytes = std::string(value), .total_bytes = size});
  const auto read = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  AWPS_CHECK(read.is_object() && read.size() == 8);
  AWPS_CHECK(read.contains("key") != read.contains("keyBase64"));
  AWPS_CHECK(read.contains("text") != read.contains("base64"));
  AWPS_CHECK(!read.contains("text") || read["text"] == value);
  // Cut anywhere, text stays text.
  for (size_t most = 0; most <= std::min<size_t>(value.size(), 8); ++most) {
    const std::string_view beginning = awps::beginning_of(value, most);
    AWPS_CHECK(beginning.size() <= most && beginning.size() + 3 >= std::min(most, value.size()));
    if (!read.contains("text")) continue;
    const std::string cut = awps::json_of({.bytes = std::string(beginning)});
    AWPS_CHECK(nlohmann::json::parse(cut, nullptr, false).contains("text"));
  }
  return 0;
}
