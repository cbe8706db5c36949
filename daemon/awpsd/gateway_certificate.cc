#include "daemon/awpsd/gateway_certificate.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

namespace awps {

namespace {

/// From where systemd takes what a unit is to have.
constexpr const char* kCredentialStore = "/etc/credstore";
constexpr int64_t kNanoseconds = 1'000'000'000;

std::string in_days(Duration duration) {
  const auto days = std::chrono::floor<std::chrono::days>(duration).count();
  return std::to_string(days) + (days == 1 ? " day" : " days");
}

// "2026-01-31".
std::string date_of(WallTime time) {
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(time));
  const auto two = [](unsigned number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
  };
  return std::to_string(static_cast<int>(date.year())) + "-" +
         two(static_cast<unsigned>(date.month())) + "-" + two(static_cast<unsigned>(date.day()));
}

}  // namespace

std::string certificate_path(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* const credentials = std::getenv("CREDENTIALS_DIRECTORY");
  std::string path = (credentials == nullptr ? kCredentialStore : credentials) + ("/" + name);
  return ::access(path.c_str(), F_OK) == 0 ? path : name;
}

Result<std::shared_ptr<const http_server::TlsContext>> load_certificate(const std::string& name) {
  const std::string path = certificate_path(name);
  return http_server::TlsContext::load({.certificate_file = path, .key_file = path});
}

std::string warning_of_end(WallTime end, WallTime now) {
  if (end - now > kCertificateWarning) return "";
  static constexpr const char* kRemedy =
      ": renew the file of gateway.tls_certificate; it is taken within a minute";
  if (end <= now) {
    return "the TLS certificate of the gateway has ended on " + date_of(end) +
           ", so clients refuse to connect" + kRemedy;
  }
  return "the TLS certificate of the gateway ends in " + in_days(end - now) + ", on " +
         date_of(end) + kRemedy;
}

Result<std::unique_ptr<GatewayCertificate>> GatewayCertificate::open(const std::string& name) {
  // Looked at before it is read: what changes meanwhile is read once more.
  const Mark mark = mark_of(certificate_path(name));
  Result<Context> context = load_certificate(name);
  if (!context) return context.error();
  std::unique_ptr<GatewayCertificate> made(new GatewayCertificate());
  made->take(name, std::move(*context), mark);
  return made;
}

GatewayCertificate::Context GatewayCertificate::look(
    const std::string& name, const std::function<void(const std::string&)>& tell) {
  const Mark mark = mark_of(certificate_path(name));
  const bool is_same = name == name_ && mark == mark_;
  if (is_same && state().error.empty()) return nullptr;
  Result<Context> context = load_certificate(name);
  if (context) {
    take(name, std::move(*context), mark);
    return context_;
  }
  if (note(context.error().message)) tell(context.error().message);
  return nullptr;
}

// True: it is a new one.
bool GatewayCertificate::note(const std::string& error) {
  const MutexLock lock(mutex_);
  return std::exchange(state_.error, error) != error;
}

void GatewayCertificate::take(const std::string& name, Context context, const Mark& mark) {
  name_ = name;
  mark_ = mark;
  context_ = std::move(context);
  const MutexLock lock(mutex_);
  state_ = {.not_after = context_->not_after(), .error = ""};
}

GatewayCertificate::State GatewayCertificate::state() const {
  const MutexLock lock(mutex_);
  return state_;
}

// Nothing that is there has the mark of zeros.
GatewayCertificate::Mark GatewayCertificate::mark_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .size = status.st_size,
          .modified = status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec,
          .changed = status.st_ctim.tv_sec * kNanoseconds + status.st_ctim.tv_nsec};
}

}  // namespace awps
