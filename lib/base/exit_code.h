#pragma once

// Exit statuses of our programs, as sysexits(3) names them, so that a supervisor can tell a mistake
// in the configuration (do not restart) from a passing fault (do).

namespace awps {

enum class ExitCode : int {
  kOk = 0,
  kUndelivered = 1,  // stopped, but something accepted was not delivered: it is in a file
  kUsage = 64,
  kDataError = 65,
  kNoInput = 66,
  kUnavailable = 69,
  kSoftware = 70,
  kOsError = 71,
  kCannotCreate = 73,
  kIoError = 74,  // of a stop: something accepted is lost
  kTempFail = 75,
  kNoPermission = 77,
  kConfig = 78,
};

constexpr int to_int(ExitCode code) {
  return static_cast<int>(code);
}

}  // namespace awps
