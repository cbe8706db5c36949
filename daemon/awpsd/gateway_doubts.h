#pragma once

// What is no mistake in a gateway's configuration, and yet leaves somebody out, or soon will: hubs
// that nobody may send to over TCP, a certificate that ends. A line each, for people.
//
// It reads the certificate's file; any thread.

#include <string>
#include <vector>

#include "base/clock.h"
#include "config/config.h"
#include "daemon/awpsd/plan.h"

namespace awps {

std::vector<std::string> gateway_doubts(const Config& config, const Plan& plan, WallTime now);

}  // namespace awps
