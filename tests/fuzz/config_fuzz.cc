// Any bytes as a configuration: they are read without harm, mistakes have a place and a remedy, and
// what was read is printed so that it reads back as the same.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "config/load.h"
#include "config/print.h"

namespace {

void check_mistakes(const awps::ConfigErrors& errors) {
  AWPS_CHECK(!errors.empty());
  for (const awps::ConfigError& error : errors) {
    AWPS_CHECK(!error.message.empty());
    AWPS_CHECK(error.place.file == "first" || error.place.file == "second");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // A zero byte, which no TOML has, parts two files.
  const std::string text(reinterpret_cast<const char*>(data), size);
  const size_t end = std::min(text.find('\0'), text.size());
  const awps::ConfigText files[] = {{"first", text.substr(0, end)},
                                    {"second", text.substr(std::min(end + 1, text.size()))}};
  const auto config = awps::parse_config(files);
  if (!config.ok()) {
    check_mistakes(config.mistakes);
    return 0;
  }
  const awps::ConfigText printed[] = {{"first", awps::print_config(config.config)}};
  const auto again = awps::parse_config(printed);
  AWPS_CHECK(again.ok());
  AWPS_CHECK(again.config == config.config);
  return 0;
}
