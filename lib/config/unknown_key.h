#pragma once

// What to say about a key that no option has. Pure function.

#include <string>
#include <vector>

namespace awps {

struct UnknownOption {
  std::string name;
  std::string table;                  // in which it stands, "hubs.chat.retry"; empty: in none
  std::string root;                   // of which that is a part, "hubs.chat"
  std::vector<std::string> siblings;  // the names that may stand there
};

/// "is no option; did you mean …?"
std::string remedy_for_unknown_key(const UnknownOption& unknown);

}  // namespace awps
