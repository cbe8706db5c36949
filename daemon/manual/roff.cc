#include "daemon/manual/roff.h"

#include <cstdint>
#include <cstdio>

namespace awps {

namespace {

/// The escape of a character outside of ASCII: \[u2013]. `at` moves behind it.
std::string unicode_escape(std::string_view text, size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
  uint32_t code = lead & (0x3FU >> static_cast<unsigned>(more));
  ++at;
  for (int i = 0; i < more && at < text.size(); ++i, ++at) {
    code = (code << 6U) | (static_cast<unsigned char>(text[at]) & 0x3FU);
  }
  char escape[16];
  std::snprintf(escape, sizeof escape, "\\[u%04X]", code);
  return escape;
}

std::string_view code_escape(char c) {
  switch (c) {
    case '-':
      return "\\-";
    case '\'':
      return "\\(aq";
    case '`':
      return "\\(ga";
    case '^':
      return "\\(ha";
    case '~':
      return "\\(ti";
    default:
      return "";
  }
}

std::string escaped(std::string_view text, bool is_code) {
  std::string result;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (static_cast<unsigned char>(c) >= 0x80) {
      result += unicode_escape(text, at);
      continue;
    }
    const bool begins_line = at == 0 || text[at - 1] == '\n';
    if (begins_line && (c == '.' || c == '\'')) result += "\\&";
    const std::string_view escape = c == '\\' ? "\\(rs" : is_code ? code_escape(c) : "";
    result += escape.empty() ? std::string_view(&c, 1) : escape;
    ++at;
  }
  return result;
}

}  // namespace

std::string roff_text(std::string_view text) {
  return escaped(text, /*is_code=*/false);
}

std::string roff_code(std::string_view code) {
  return "\\fB" + escaped(code, /*is_code=*/true) + "\\fR";
}

std::string roff_code_block(std::string_view code) {
  std::string text = ".PP\n.RS 4\n.EX\n" + escaped(code, /*is_code=*/true);
  if (!text.ends_with('\n')) text += '\n';
  return text + ".EE\n.RE\n";
}

}  // namespace awps
