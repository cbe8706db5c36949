#pragma once

// The two forms in which an explanation is shown: for people, and one JSON object a line for
// programs. Functions of their arguments; one thread.

#include <iosfwd>
#include <vector>

#include "daemon/awpsd/explain/explanation.h"

namespace awps {

struct TextReportOptions {
  Duration round_trip{0};
  bool full = false;  // every request, and URLs whole
};

/// About 100 columns wide. Requests that are alike and follow one another are summed up.
void write_text_report(std::ostream& out, const ExplainInput& input,
                       const std::vector<ExplainedHub>& hubs, const TextReportOptions& options);

/// Objects by "type": refused, warning, hub, superseded, request, expired, summary. Each action
/// that was accepted stands in exactly one request, superseded or expired of its hub.
void write_json_report(std::ostream& out, const ExplainInput& input,
                       const std::vector<ExplainedHub>& hubs);

}  // namespace awps
