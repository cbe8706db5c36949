#pragma once

// The service's error answers, byte for byte as recorded: flat bodies with x-ms-error-code,
// problem+json for filters, an empty 401. Pure.

#include <string>
#include <string_view>

#include "emulator/http_response.h"

namespace awps::emulator {

enum class Severity { kInfo, kWarning, kError };
enum class Missing { kConnection, kUser, kGroup };

/// 404 `<Severity>.<Missing>.NotExisted`.
HttpResponse not_existed(Severity severity, Missing what, std::string_view name);
/// 400 Error.BadRequest, flat.
HttpResponse bad_request(std::string_view message, std::string_view target);
/// 400 as validation of a filter answers it; `target` is "filter", or "Filter" for one in a body.
HttpResponse bad_filter(std::string_view message, std::string_view target);
/// As ASP.NET's validation answers what never reaches the service's own code: `errors` and a title.
HttpResponse validation_problem(int status);
/// Any other error in the service's flat shape.
HttpResponse service_error(int status, std::string_view code);
/// 401 with nothing but WWW-Authenticate; an empty description: no token came at all.
HttpResponse unauthorized(std::string_view description);
HttpResponse permission_conflict(std::string_view connection_id);
/// An answer without body.
HttpResponse status_only(int status);
/// As status_only, and with the list of versions.
HttpResponse service_status(int status);

}  // namespace awps::emulator
