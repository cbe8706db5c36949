#pragma once

// Access: which requests are answered at all. The admin interface pauses, purges and makes tokens,
// so neither a web page of another site nor another user of this machine may use it through the
// browser of one who may.
//
// 1. `Host` is a loopback name or address (over the Unix socket also a name without a dot, as in
//    curl's http://awpsd/): a name that another site resolves to 127.0.0.1 is refused.
// 2. A request that says it comes from another origin is refused; other ports are other origins.
// 3. Over the Unix socket the peer has the right to steer (rights.h); over TCP it shows the token.
//
// Over TCP the page and /livez, which tell nothing and change nothing, are free of 2 and 3.
//
// Each request is looked at for itself, and a stream again and again: a right that was withdrawn, a
// token that was replaced, counts at once. One thread.

#include <optional>

#include "admin/replies.h"
#include "admin/rights.h"
#include "admin/token_file.h"
#include "http_server/request.h"

namespace awps::admin {

using http_server::Request;

class Access {
 public:
  /// `rights` outlives it. `token` is for requests over TCP; without one these are all refused.
  Access(const Rights& rights, std::optional<TokenFile> token)
      : rights_(rights), token_(std::move(token)) {}

  /// The refusal; none: the request may go on. `is_open`: see above.
  std::optional<Reply> refusal(const Request& request, bool is_open);
  /// By the peer's right or the token, see 3.
  bool is_entitled(const Request& request);

 private:
  bool shows_token(const Request& request);

  const Rights& rights_;
  std::optional<TokenFile> token_;
};

}  // namespace awps::admin
