#pragma once

// DaemonProcess: the awpsd of this build as a process of its own, with a folder, a configuration
// and a socket of its own. It is taken from daemon/ beside this program's folder. The destructor
// kills it without waiting for what is queued: a benchmark has asked all that it wants by then.
// One thread.

#include <sys/types.h>

#include <string>

namespace awps {

class DaemonProcess {
 public:
  /// Returns when the daemon takes connections. `config` is TOML behind dotted keys for socket,
  /// spool and log; the hub is "bench".
  DaemonProcess(const std::string& connection_string, const std::string& config);
  ~DaemonProcess();
  DaemonProcess(const DaemonProcess&) = delete;
  DaemonProcess& operator=(const DaemonProcess&) = delete;

  const std::string& socket_path() const { return socket_path_; }
  /// What all of its threads have used since the start.
  double cpu_seconds() const;

 private:
  void write_config(const std::string& config) const;
  void wait_until_ready() const;

  std::string folder_;
  std::string socket_path_;
  pid_t process_ = -1;
};

/// A new connection to the socket at `path`, or -1.
int connect_to(const std::string& path);

}  // namespace awps
