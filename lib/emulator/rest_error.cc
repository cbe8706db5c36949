#include "emulator/rest_error.h"

#include "base/json_text.h"

namespace awps::emulator {

namespace {

constexpr std::string_view kBadRequest = "Error.BadRequest";

struct Flat {
  int status;
  std::string_view code;
  std::string_view message;
  std::string_view target;
};

void append_opening(std::string& out, std::string_view code, std::string_view message,
                    std::string_view target) {
  out += R"({"code":)";
  append_json_string(out, code);
  out += R"(,"message":)";
  append_json_string(out, message);
  out += R"(,"target":)";
  append_json_string(out, target);
}

HttpResponse flat_error(const Flat& error) {
  HttpResponse response;
  response.status = error.status;
  response.content_type = "application/json; charset=utf-8";
  append_opening(response.body, error.code, error.message, error.target);
  response.body += R"(,"details":null,"innererror":null})";
  response.headers.emplace_back("x-ms-error-code", error.code);
  response.lists_versions = true;
  return response;
}

std::string_view severity_name(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "Info";
    case Severity::kWarning:
      return "Warning";
    case Severity::kError:
      break;
  }
  return "Error";
}

std::string_view missing_name(Missing what) {
  switch (what) {
    case Missing::kConnection:
      return "Connection";
    case Missing::kUser:
      return "User";
    case Missing::kGroup:
      break;
  }
  return "Group";
}

}  // namespace

HttpResponse not_existed(Severity severity, Missing what, std::string_view name) {
  const std::string noun(missing_name(what));
  const std::string code = std::string(severity_name(severity)) + "." + noun + ".NotExisted";
  const std::string message = noun + " `" + std::string(name) + "` is not found.";
  return flat_error({.status = 404, .code = code, .message = message, .target = noun});
}

HttpResponse bad_request(std::string_view message, std::string_view target) {
  return flat_error({.status = 400, .code = kBadRequest, .message = message, .target = target});
}

HttpResponse bad_filter(std::string_view message, std::string_view target) {
  HttpResponse response;
  response.status = 400;
  response.content_type = "application/problem+json; charset=utf-8";
  append_opening(response.body, kBadRequest, message, target);
  response.body += R"(,"errors":{)";
  append_json_string(response.body, target);
  response.body += ":[";
  append_json_string(response.body, message);
  response.body += R"(]},"type":null,"title":"One or more validation errors occurred.",)";
  response.body += R"("status":400,"detail":null,"instance":null,"extensions":{}})";
  response.headers.emplace_back("x-ms-error-code", kBadRequest);
  return response;
}

HttpResponse validation_problem(int status) {
  HttpResponse response;
  response.status = status;
  response.content_type = "application/problem+json; charset=utf-8";
  response.body = R"({"errors":{"hub":["The field hub must match the regular expression )"
                  R"('^[A-Za-z][A-Za-z0-9_`,.[\\]]{0,127}$'."]},)"
                  R"("type":"https://tools.ietf.org/html/rfc7231#section-6.5.1",)"
                  R"("title":"One or more validation errors occurred.","status":)";
  append_number(response.body, status);
  response.body += R"(,"traceId":"00-0123456789abcdef0123456789abcdef-0123456789abcdef-00"})";
  return response;
}

HttpResponse service_error(int status, std::string_view code) {
  return flat_error({.status = status,
                     .code = code,
                     .message = "The request was refused as scripted.",
                     .target = ""});
}

HttpResponse unauthorized(std::string_view description) {
  HttpResponse response;
  response.status = 401;
  std::string challenge = "Bearer";
  if (!description.empty()) {
    challenge += R"( error="invalid_token", error_description=")";
    challenge += description;
    challenge += '"';
  }
  response.headers.emplace_back("WWW-Authenticate", std::move(challenge));
  return response;
}

HttpResponse permission_conflict(std::string_view connection_id) {
  const std::string message =
      "Connection `" + std::string(connection_id) + "` has too many permission rules.";
  return flat_error({.status = 409,
                     .code = "Error.Connection.Conflict",
                     .message = message,
                     .target = "Connection"});
}

HttpResponse status_only(int status) {
  HttpResponse response;
  response.status = status;
  return response;
}

HttpResponse service_status(int status) {
  HttpResponse response;
  response.status = status;
  response.lists_versions = true;
  return response;
}

}  // namespace awps::emulator
