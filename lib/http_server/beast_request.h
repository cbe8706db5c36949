#pragma once

// From Beast's request to ours.
//
// Pure.

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "base/result.h"
#include "http_server/request.h"

namespace awps::http_server {

/// An Error if it lacks a Host that its version demands, or has two. From whom it came is still to
/// be put in.
Result<Request> request_of(
    const boost::beast::http::request<boost::beast::http::string_body>& message, bool over_tcp);

}  // namespace awps::http_server
