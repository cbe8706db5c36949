#include "admin/replies.h"

#include "admin/answers_json.h"

namespace awps::admin {

Reply json_reply(std::string json) {
  return {.content_type = "application/json", .body = std::move(json) + '\n'};
}

Reply error_reply(int status, const std::string& code, const std::string& message) {
  Reply reply = json_reply(error_json(code, message));
  reply.status = status;
  return reply;
}

}  // namespace awps::admin
