#pragma once

// Paint: colours of a terminal, or none. Only what is padded and cut already may be painted, since
// the codes have bytes, but no columns. Any thread.

#include <string>
#include <string_view>

namespace awps {

enum class Colour { kPlain, kStrong, kFaint, kGood, kWarning, kBad };

class Paint {
 public:
  explicit Paint(bool coloured) : coloured_(coloured) {}

  std::string operator()(std::string_view text, Colour colour) const;
  bool coloured() const { return coloured_; }

 private:
  bool coloured_;
};

}  // namespace awps
