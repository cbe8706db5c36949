#include "bench/daemon_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "base/check.h"
#include "base/unique_fd.h"

namespace awps {

namespace {

constexpr auto kStartDeadline = std::chrono::seconds(20);
constexpr int kAskAgainMs = 5;

std::string daemon_path() {
  const auto self = std::filesystem::read_symlink("/proc/self/exe");
  return (self.parent_path().parent_path() / "daemon" / "awpsd").string();
}

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "%s; build the target awpsd\n", why.c_str());
  std::exit(1);
}

// In the child: only what is safe between fork() and exec() of a program with threads.
[[noreturn]] void become_daemon(const char* path, const char* config, char** environment) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const char* arguments[] = {path, "--config", config, nullptr};
  execve(path, const_cast<char**>(arguments), environment);
  _exit(127);
}

}  // namespace

int connect_to(const std::string& path) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  AWPS_CHECK(path.size() < sizeof address.sun_path);
  std::memcpy(address.sun_path, path.data(), path.size());
  const int failed =
      ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  return failed == 0 ? fd.release() : -1;
}

DaemonProcess::DaemonProcess(const std::string& connection_string, const std::string& config) {
  char pattern[] = "/tmp/awps-bench-XXXXXX";
  AWPS_CHECK(::mkdtemp(pattern) != nullptr);
  folder_ = pattern;
  socket_path_ = folder_ + "/awpsd.sock";
  write_config(config);
  const std::string path = daemon_path();
  const std::string config_path = folder_ + "/awpsd.toml";
  std::string setting = "WebPubSubConnectionString=" + connection_string;
  char* environment[] = {setting.data(), nullptr};
  process_ = ::fork();
  AWPS_CHECK(process_ >= 0);
  if (process_ == 0) become_daemon(path.c_str(), config_path.c_str(), environment);
  wait_until_ready();
}

DaemonProcess::~DaemonProcess() {
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  std::error_code ignored;  // of a folder in /tmp nobody misses anything
  std::filesystem::remove_all(folder_, ignored);
}

void DaemonProcess::write_config(const std::string& config) const {
  std::ofstream file(folder_ + "/awpsd.toml");
  file << "service.hub = \"bench\"\n"
       << "socket.path = \"" << socket_path_ << "\"\n"
       << "spool.path = \"" << folder_ << "/spool\"\n"
       << "log.level = \"error\"\n"
       << config;
}

void DaemonProcess::wait_until_ready() const {
  const auto deadline = std::chrono::steady_clock::now() + kStartDeadline;
  while (std::chrono::steady_clock::now() < deadline) {
    if (const UniqueFd fd(connect_to(socket_path_)); fd.valid()) return;
    if (::waitpid(process_, nullptr, WNOHANG) == process_) give_up(daemon_path() + " has ended");
    ::poll(nullptr, 0, kAskAgainMs);
  }
  give_up(daemon_path() + " takes no connections");
}

double DaemonProcess::cpu_seconds() const {
  double nanoseconds = 0;
  const std::string tasks = "/proc/" + std::to_string(process_) + "/task";
  for (const auto& task : std::filesystem::directory_iterator(tasks)) {
    std::ifstream file(task.path() / "schedstat");
    double on_cpu = 0;
    if (file >> on_cpu) nanoseconds += on_cpu;
  }
  return nanoseconds * 1e-9;
}

}  // namespace awps
