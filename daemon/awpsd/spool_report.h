#pragma once

// `awpsd --check-spool`: what durable hubs have on disk, and what is damaged there; on request, the
// actions as lines that can be sent again.
//
// 1. It reads, and changes nothing. A daemon may be running; what it writes meanwhile may be
//    missed.
// 2. The order of the lines is that of acceptance; an ordered batch is one line, see SpoolExport.
//
// One thread. Its memory does not grow with what is on disk, but for ordered batches: the last one
// of each producer waits for the end of the log.

#include <iosfwd>
#include <string>

#include "base/clock.h"
#include "base/exit_code.h"
#include "config/config.h"

namespace awps {

struct SpoolReportOptions {
  bool is_asked = false;
  std::string hub;          // empty: all that have something on disk
  std::string export_file;  // a new file for the lines; empty: none
};

/// kOk: all is sound. kDataError: something is damaged. kIoError: something cannot be read or
/// written. kConfig: there is no such hub.
ExitCode report_spool(const SpoolReportOptions& options, const Config& config, const Clock& clock,
                      std::ostream& out);

}  // namespace awps
