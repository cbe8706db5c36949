// awpsd-manual: makes a page of the manual from its template when the program is built.
//
//   awpsd-manual TEMPLATE PROTOCOL.md >PAGE
//
// A line of the template that is @OPTIONS@, @METRICS@ or @PROTOCOL@ becomes that chapter; @VERSION@
// stands for the version in any line. A page without such lines comes out as it is.

#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>

#include "base/exit_code.h"
#include "daemon/manual/markdown.h"
#include "daemon/manual/reference.h"

namespace awps {
namespace {

constexpr std::string_view kVersionMark = "@VERSION@";

std::optional<std::string> read_text(const char* path) {
  std::ifstream file(path);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string with_version(std::string line) {
  const size_t at = line.find(kVersionMark);
  if (at != std::string::npos) line.replace(at, kVersionMark.size(), AWPS_VERSION);
  return line + "\n";
}

std::string make_page(std::istream& page, const std::string& protocol) {
  std::string text;
  for (std::string line; std::getline(page, line);) {
    if (line == "@OPTIONS@") {
      text += options_as_roff();
    } else if (line == "@METRICS@") {
      text += metrics_as_roff();
    } else if (line == "@PROTOCOL@") {
      text += markdown_as_roff(protocol);
    } else {
      text += with_version(std::move(line));
    }
  }
  return text;
}

int fail(std::string_view message, ExitCode code) {
  std::cerr << "awpsd-manual: " << message << '\n';
  return to_int(code);
}

int run(const char* page_path, const char* protocol_path) {
  std::ifstream page(page_path);
  if (!page) return fail(std::string("cannot read ") + page_path, ExitCode::kNoInput);
  const std::optional<std::string> protocol = read_text(protocol_path);
  if (!protocol) return fail(std::string("cannot read ") + protocol_path, ExitCode::kNoInput);
  std::cout << make_page(page, *protocol) << std::flush;
  return to_int(std::cout ? ExitCode::kOk : ExitCode::kIoError);
}

}  // namespace
}  // namespace awps

int main(int argc, char** argv) {
  if (argc != 3) {
    return awps::fail("give it a template and PROTOCOL.md", awps::ExitCode::kUsage);
  }
  return awps::run(argv[1], argv[2]);
}
