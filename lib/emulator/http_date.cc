#include "emulator/http_date.h"

#include <ctime>

namespace awps::emulator {

std::string_view http_date(WallTime now) {
  // A cache of one line: without it the text would be the dearest part of an answer.
  thread_local std::time_t last = -1;
  thread_local char text[32];
  thread_local size_t size = 0;
  const std::time_t seconds =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  if (seconds != last) {
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    size = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    last = seconds;
  }
  return {text, size};
}

}  // namespace awps::emulator
