#include "admin/page.h"

#include "base/crypto.h"

namespace awps::admin {

namespace {

/// " 'sha256-…'" for the contents of each element of that name.
std::string hashes_of(std::string_view html, const std::string& name) {
  const std::string opening = "<" + name;
  const std::string closing = "</" + name + ">";
  std::string hashes;
  size_t at = html.find(opening);
  while (at != std::string_view::npos) {
    const size_t begin = html.find('>', at);
    const size_t end = html.find(closing, at);
    if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) break;
    const std::string_view contents = html.substr(begin + 1, end - begin - 1);
    hashes += " 'sha256-" + base64_encode(as_view(sha256(contents))) + "'";
    at = html.find(opening, end);
  }
  return hashes.empty() ? " 'none'" : hashes;
}

}  // namespace

std::string content_security_policy(std::string_view html) {
  return "default-src 'none'; script-src" + hashes_of(html, "script") + "; style-src" +
         hashes_of(html, "style") +
         "; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
         "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
}

}  // namespace awps::admin
