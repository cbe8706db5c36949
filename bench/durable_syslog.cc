#include "bench/durable_syslog.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "base/check.h"
#include "base/unique_fd.h"
#include "bench/daemon_process.h"

namespace awps {

namespace {

constexpr const char* kProgram = "/usr/sbin/syslog-ng";
constexpr int kAskAgainMs = 5;
constexpr int kAskAtMost = 4000;

void write_config(const std::string& folder) {
  std::ofstream file(folder + "/conf");
  file << "@version: 3.38\n"
       << "options { stats-freq(0); };\n"
       << "source producers { unix-stream(\"" << folder << "/in\" flags(no-parse)\n"
       << "  max-connections(64) log-fetch-limit(1000) log-iw-size(640000)); };\n"
       << "destination away { network(\"127.0.0.1\" port(9) time-reopen(600)\n"
       << "  disk-buffer(reliable(yes) disk-buf-size(17179869184) mem-buf-size(268435456)\n"
       << "  dir(\"" << folder << "\"))); };\n"
       << "log { source(producers); destination(away); flags(flow-control); };\n";
}

}  // namespace

bool SyslogProcess::is_installed() {
  return ::access(kProgram, X_OK) == 0;
}

SyslogProcess::SyslogProcess() {
  char pattern[] = "/tmp/awps-bench-XXXXXX";
  AWPS_CHECK(::mkdtemp(pattern) != nullptr);
  folder_ = pattern;
  socket_path_ = folder_ + "/in";
  write_config(folder_);
  const std::string config = folder_ + "/conf", persist = folder_ + "/persist";
  const std::string pid = folder_ + "/pid", control = folder_ + "/control";
  const char* arguments[] = {kProgram,        "-F",   "-f",        config.c_str(), "-R",
                             persist.c_str(), "-p",   pid.c_str(), "-c",           control.c_str(),
                             "--no-caps",     nullptr};
  process_ = ::fork();
  AWPS_CHECK(process_ >= 0);
  if (process_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::execv(kProgram, const_cast<char**>(arguments));
    ::_exit(127);
  }
  for (int asked = 0; !UniqueFd(connect_to(socket_path_)).valid(); ++asked) {
    AWPS_CHECK(asked < kAskAtMost && ::waitpid(process_, nullptr, WNOHANG) == 0);
    ::poll(nullptr, 0, kAskAgainMs);
  }
}

SyslogProcess::~SyslogProcess() {
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  std::error_code ignored;  // of a folder in /tmp nobody misses anything
  std::filesystem::remove_all(folder_, ignored);
}

}  // namespace awps
