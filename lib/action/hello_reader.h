#pragma once

// HelloReader: `{"hello":{"hub":…,"ack":…,"producer":…,"deduplicate":…}}`, the first line of a
// connection if the producer wants other than the defaults. It is understood whole or refused:
// taken half, what follows could go to another hub. One thread.

#include <string>

#include "action/line_visitor.h"
#include "action/members.h"

namespace awps {

inline constexpr size_t kMaxProducerBytes = 64;

class HelloReader {
 public:
  /// `line` are the members of the whole line. False: refused, see rejection().
  [[nodiscard]] bool read(const Members& line);

  const Hello& hello() const { return hello_; }
  Rejection rejection() const { return {RejectCode::kInvalidAction, problem_, {}}; }

 private:
  bool check_keys();
  bool read_hub();
  bool read_producer();
  bool read_ack();
  bool read_deduplicate();
  bool refuse(std::string problem);

  Members members_;
  Hello hello_;
  std::string problem_;
};

}  // namespace awps
