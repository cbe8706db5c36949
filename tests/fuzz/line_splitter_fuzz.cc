// The line splitter against a splitting of the whole stream at once. The first byte chooses the
// bound of a line, the second the seed by which the rest is cut into reads.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "socket/line_splitter.h"

namespace awps {
namespace {

struct ExpectedLine {
  std::string text;
  uint64_t number = 0;
  bool too_long = false;

  friend bool operator==(const ExpectedLine&, const ExpectedLine&) = default;
};

std::vector<ExpectedLine> split_at_once(std::string_view stream, size_t max_line_bytes) {
  std::vector<ExpectedLine> lines;
  uint64_t number = 0;
  while (!stream.empty()) {
    ++number;
    const size_t end = std::min(stream.find('\n'), stream.size());
    std::string_view text = stream.substr(0, end);
    stream.remove_prefix(std::min(end + 1, stream.size()));
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (text.size() > max_line_bytes) {
      lines.push_back({{}, number, true});
    } else if (text.find_first_not_of(" \t\r") != std::string_view::npos) {
      lines.push_back({std::string(text), number, false});
    }
  }
  return lines;
}

void add(std::vector<ExpectedLine>& lines, const Line& line) {
  // The parser may read this far behind a line.
  if (!line.too_long) {
    volatile char last = line.text.data()[line.text.size() + kReadPadding - 1];
    (void)last;
  }
  lines.push_back(
      {line.too_long ? std::string() : std::string(line.text), line.number, line.too_long});
}

std::vector<ExpectedLine> split_by_reads(std::string_view stream, size_t max_line_bytes,
                                         uint64_t seed) {
  Random random(seed);
  LineSplitter splitter(max_line_bytes);
  std::vector<ExpectedLine> lines;
  while (!stream.empty()) {
    const size_t size = std::min<size_t>(1 + random.below(40), stream.size());
    std::string read(stream.substr(0, size));
    read.append(kReadPadding, '\0');
    stream.remove_prefix(size);
    std::string_view bytes = std::string_view(read).substr(0, size);
    while (const std::optional<Line> line = splitter.next(bytes)) add(lines, *line);
    AWPS_CHECK(bytes.empty());
    AWPS_CHECK(splitter.held_bytes() <= max_line_bytes + 1);
  }
  if (const std::optional<Line> line = splitter.last()) add(lines, *line);
  return lines;
}

}  // namespace
}  // namespace awps

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data) + 2, size - 2);
  AWPS_CHECK(awps::split_by_reads(stream, data[0], data[1]) ==
             awps::split_at_once(stream, data[0]));
  return 0;
}
