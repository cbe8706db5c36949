// awpsd-manual: makes a page of the manual from its template when the program is built.
//
//   awpsd-manual TEMPLATE FOLDER >PAGE
//
// A line of the template that is @OPTIONS@ or @METRICS@ becomes that chapter. One such as
// @PROTOCOL.md@ becomes that document of the folder. @VERSION@ stands for the version in any line.
// A page without such lines comes out as it is.

#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>

#include "base/exit_code.h"
#include "base/result.h"
#include "daemon/manual/markdown.h"
#include "daemon/manual/reference.h"

namespace awps {
namespace {

constexpr std::string_view kVersionMark = "@VERSION@";

Result<std::string> read_text(const std::string& path) {
  std::ifstream file(path);
  if (!file) return Error{"cannot read " + path};
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string with_version(std::string line) {
  const size_t at = line.find(kVersionMark);
  if (at != std::string::npos) line.replace(at, kVersionMark.size(), AWPS_VERSION);
  return line + "\n";
}

bool is_document_mark(std::string_view line) {
  return line.starts_with('@') && line.ends_with(".md@");
}

Result<std::string> make_page(const std::string& page, const std::string& folder) {
  std::string text;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (line == "@OPTIONS@") {
      text += options_as_roff();
    } else if (line == "@METRICS@") {
      text += metrics_as_roff();
    } else if (is_document_mark(line)) {
      const auto document = read_text(folder + "/" + line.substr(1, line.size() - 2));
      if (!document) return document.error();
      text += markdown_as_roff(*document);
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

int run(const char* template_path, const char* folder) {
  const Result<std::string> lines = read_text(template_path);
  if (!lines) return fail(lines.error().message, ExitCode::kNoInput);
  const Result<std::string> page = make_page(*lines, folder);
  if (!page) return fail(page.error().message, ExitCode::kNoInput);
  std::cout << *page << std::flush;
  return to_int(std::cout ? ExitCode::kOk : ExitCode::kIoError);
}

}  // namespace
}  // namespace awps

int main(int argc, char** argv) {
  if (argc != 3) {
    return awps::fail("give it a template, and the folder of the documents",
                      awps::ExitCode::kUsage);
  }
  return awps::run(argv[1], argv[2]);
}
