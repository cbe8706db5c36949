#pragma once

// The user's part of a URL, "user:password@", which is a secret: taken out, or masked for people.
//
// Pure. A '@' of a password that was not encoded, and all before it, counts as the user's part: it
// is better to mask too much.

#include <string>
#include <string_view>

namespace awps {

struct UrlWithoutUser {
  std::string url;       // "http://proxy:3128"
  std::string userinfo;  // "user:password", as the URL has it: percent-encoded
};

UrlWithoutUser without_userinfo(std::string_view url);

/// "http://***@proxy:3128"; what has no user's part stays as it is. Text around the URL may stay.
std::string with_masked_userinfo(std::string_view url);

}  // namespace awps
