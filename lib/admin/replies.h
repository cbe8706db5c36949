#pragma once

// The replies of the admin interface: JSON, and errors as ADMIN.md writes them.
//
// Pure.

#include <string>

#include "http_server/reply.h"

namespace awps::admin {

using http_server::Reply;

Reply json_reply(std::string json);
Reply error_reply(int status, const std::string& code, const std::string& message);

}  // namespace awps::admin
