#pragma once

// ErrorBody: what an error's body says, as far as it can be read. The service's own is flat
// {"code","message","target",…}; older ones and proxies wrap it in "error"; problem+json has
// "title" and "detail"; the front end sends HTML or nothing. Bodies are cut at 2 KiB, so the reader
// takes a JSON text that ends anywhere: it reads members until it understands no more, and keeps
// what it has.
//
// Pure, any thread, linear in the body; nothing recurses.

#include <string>
#include <string_view>

namespace awps {

/// Empty: not said.
struct ErrorBody {
  std::string code;
  std::string message;  // of "message", else "detail", else "title"; the cut end of one counts
  std::string target;   // the parameter at fault: "filter", "group", "hub" …

  friend bool operator==(const ErrorBody&, const ErrorBody&) = default;
};

ErrorBody read_error_body(std::string_view body);

}  // namespace awps
