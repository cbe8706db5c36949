#pragma once

// AsNobody: for its time, a user for whom modes of files count, also where the tests run as root.

#include <unistd.h>

#include <cstdlib>

namespace awps {

class AsNobody {
 public:
  AsNobody() { change_to(kNobody); }
  ~AsNobody() { change_to(0); }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;

 private:
  static constexpr uid_t kNobody = 65'534;

  static void change_to(uid_t user) {
    if (::getuid() == 0 && ::seteuid(user) != 0) std::abort();
  }
};

}  // namespace awps
