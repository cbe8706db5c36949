#include "daemon/awpsctl/view/paint.h"

namespace awps {

namespace {

std::string_view code_of(Colour colour) {
  switch (colour) {
    case Colour::kPlain:
      return "";
    case Colour::kStrong:
      return "\x1b[1m";
    case Colour::kFaint:
      return "\x1b[2m";
    case Colour::kGood:
      return "\x1b[32m";
    case Colour::kWarning:
      return "\x1b[33m";
    case Colour::kBad:
      return "\x1b[1;31m";
  }
  return "";
}

}  // namespace

std::string Paint::operator()(std::string_view text, Colour colour) const {
  if (!coloured_ || colour == Colour::kPlain || text.empty()) return std::string(text);
  return std::string(code_of(colour)) + std::string(text) + "\x1b[0m";
}

}  // namespace awps
