#pragma once

// From Beast's request to ours.
//
// Pure.

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "admin/request.h"
#include "base/result.h"

namespace awps::admin {

/// An Error if it lacks a Host that its version demands, or says a thing twice that access depends
/// on: two readers might take different ones.
Result<Request> request_of(
    const boost::beast::http::request<boost::beast::http::string_body>& message, bool over_tcp);

}  // namespace awps::admin
