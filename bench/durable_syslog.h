#pragma once

// SyslogProcess: Debian's syslog-ng as somebody would run it instead: lines from a Unix socket to a
// TCP destination that is away, through its reliable disk buffer. It answers its producers nothing
// and syncs nothing; what it has read survives its own end, but not the computer's.

#include <sys/types.h>

#include <string>

namespace awps {

class SyslogProcess {
 public:
  /// Returns when it takes connections. There must be one: see is_installed().
  SyslogProcess();
  ~SyslogProcess();
  SyslogProcess(const SyslogProcess&) = delete;
  SyslogProcess& operator=(const SyslogProcess&) = delete;

  static bool is_installed();
  const std::string& socket_path() const { return socket_path_; }

 private:
  std::string folder_;
  std::string socket_path_;
  pid_t process_ = -1;
};

}  // namespace awps
