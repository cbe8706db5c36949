#pragma once

// Transfer: what came of an attempt to read from a client or to write to it. A value.

#include <cstddef>

namespace awps::http_server {

struct Transfer {
  enum class State {
    kDone,        // so many bytes, at least one where bytes were asked for
    kWaitsRead,   // again when the socket can be read
    kWaitsWrite,  // again when it can be written
    kOver         // the client is gone, or has said that it sends nothing more
  };
  State state = State::kDone;
  size_t bytes = 0;
};

}  // namespace awps::http_server
