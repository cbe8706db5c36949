#pragma once

// UnixListener: a listening Unix stream socket in the file system, or one that systemd handed over.
//
// 1. A socket file on which nobody listens is replaced. One on which somebody does is an error
//    (kTempFail): two daemons never share a path. Anything but a socket at the path is left alone.
// 2. Looking, replacing and binding happen under a lock of the folder, so that two daemons which
//    start at once do not take the path from each other.
// 3. Mode and group are set before listen(): nobody gets in through the default mode.
// 4. The last folder of the path is made if it is missing, for everybody to enter, and stays.
// 5. What bind() made, close() and the destructor remove, unless another file took its name. A
//    socket handed over is never removed: it belongs to systemd.
//
// One thread.

#include <sys/stat.h>
#include <sys/types.h>

#include <memory>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "net/listen_address.h"

namespace awps {

class UnixListener {
 public:
  struct Options {
    std::string path;
    mode_t mode = 0660;
    std::string group;        // empty: the process's
    int backlog = INT32_MAX;  // connections that wait for accept(): as many as somaxconn says
  };

  static Result<std::unique_ptr<UnixListener>, ListenError> bind(const Options& options);
  /// A listening socket by number (socket activation); owned from here on.
  static Result<std::unique_ptr<UnixListener>, ListenError> adopt(int fd);

  ~UnixListener() { close(); }
  UnixListener(const UnixListener&) = delete;
  UnixListener& operator=(const UnixListener&) = delete;

  int fd() const { return fd_.get(); }
  /// Where it listens; also of a socket handed over. Any thread.
  const std::string& address() const { return address_; }
  /// Nobody can connect any more: the file at its address is gone, or is another one. Any thread.
  bool is_lost() const;
  /// Mode and group of its file from now on; an empty group stays what it is. The path and the
  /// backlog do not count. Not for one that was handed over.
  Result<void, ListenError> set_access(Options options) const;
  /// Refuses further connections; those that wait for accept() are reset.
  void close();

 private:
  explicit UnixListener(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
  void remember_file();

  std::string path_;  // empty: not ours to remove
  std::string address_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace awps
