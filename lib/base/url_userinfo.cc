#include "base/url_userinfo.h"

namespace awps {

namespace {

struct Span {
  size_t begin = 0;
  size_t end = 0;  // where the '@' is; the same as `begin`: there is none
};

Span userinfo_of(std::string_view url) {
  constexpr std::string_view kMark = "://";
  const size_t mark = url.find(kMark);
  const size_t begin = mark == std::string_view::npos ? 0 : mark + kMark.size();
  const size_t at = url.rfind('@');
  if (at == std::string_view::npos || at < begin) return {};
  return {begin, at};
}

}  // namespace

UrlWithoutUser without_userinfo(std::string_view url) {
  const Span user = userinfo_of(url);
  if (user.end == 0) return {.url = std::string(url)};
  return {.url = std::string(url.substr(0, user.begin)) + std::string(url.substr(user.end + 1)),
          .userinfo = std::string(url.substr(user.begin, user.end - user.begin))};
}

std::string with_masked_userinfo(std::string_view url) {
  const Span user = userinfo_of(url);
  if (user.end == 0) return std::string(url);
  return std::string(url.substr(0, user.begin)) + "***" + std::string(url.substr(user.end));
}

}  // namespace awps
