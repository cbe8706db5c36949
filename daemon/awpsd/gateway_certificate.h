#pragma once

// GatewayCertificate: the PEM file by which the gateway speaks TLS, and its changes. A name without
// '/' is looked up as a systemd credential first, and then, as any other, it is a path.
//
// What it reads may lie on a disk that hangs: the caller has a thread for that. One thread at a
// time; state() may be called from any.

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "http_server/tls_context.h"

namespace awps {

/// A certificate is renewed before this is left of it, or operators are warned.
inline constexpr Duration kCertificateWarning = std::chrono::hours(14 * 24);

/// $CREDENTIALS_DIRECTORY/NAME if there is such a file, else NAME as a path. Outside of a unit, as
/// for a check, /etc/credstore stands for that folder.
std::string certificate_path(const std::string& name);

/// Chain and key of one regular file, to which others have no access.
Result<std::shared_ptr<const http_server::TlsContext>> load_certificate(const std::string& name);

/// Why operators have to do something about a certificate that ends then; empty: nothing.
std::string warning_of_end(WallTime end, WallTime now);

class GatewayCertificate {
 public:
  using Context = std::shared_ptr<const http_server::TlsContext>;

  /// What is known of it, for people.
  struct State {
    WallTime not_after{};
    std::string error;  // why the present file is not taken; empty: it is
  };

  /// Reads it for the first time.
  static Result<std::unique_ptr<GatewayCertificate>> open(const std::string& name);

  /// The file of that name, if it is not what it was: it is context() from now on. nullptr: nothing
  /// is new, or the new one is bad. Then the old one stays, and each new reason is told once.
  Context look(const std::string& name, const std::function<void(const std::string&)>& tell);

  const Context& context() const { return context_; }
  State state() const;

 private:
  /// What changes with the file.
  struct Mark {
    uint64_t device = 0;
    uint64_t inode = 0;
    int64_t size = 0;
    int64_t modified = 0;  // nanoseconds, as the next one
    int64_t changed = 0;

    friend bool operator==(const Mark&, const Mark&) = default;
  };
  static Mark mark_of(const std::string& path);

  GatewayCertificate() = default;
  bool note(const std::string& error);
  void take(const std::string& name, Context context, const Mark& mark);

  std::string name_;
  Context context_;
  Mark mark_;
  mutable Mutex mutex_;
  State state_ GUARDED_BY(mutex_);
};

}  // namespace awps
