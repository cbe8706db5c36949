#pragma once

// read_query(): the parameters of a request's query that the gateway reads, by name.
//
// 1. Names are compared without letter case. What may stand there once and stands there twice is
//    refused, as is what cannot be decoded.
// 2. `excluded` may be repeated. A comma in it is refused: an old SDK joined the ids with commas,
//    and the message would go to everybody whom it was to spare.
// 3. Parameters of other names are ignored, as the service does.
//
// Pure, any thread.

#include <string_view>

#include "gateway/route.h"

namespace awps {

/// `text` is what follows the '?'. Refused: 400.
Result<RequestQuery, HttpRefusal> read_query(std::string_view text);

}  // namespace awps
