// The bare loop over libcurl's multi handle (bench/bare_curl.h) as a program, so that a whole awpsd
// can be compared with it: bench/delivery_rate.py and bench/peers.py run both as processes.
//
//   bare_sender FILE [CONNECTIONS [PER_SECOND [poll|epoll]]]
//
// Each line of FILE is one request: URL, TAB, token, TAB, body. All of them are made ready first,
// and the first of them is sent once for each connection, so that these are open. Then the program
// prints "ready" and waits for a line on stdin. It sends all requests, PER_SECOND at a time (0, the
// default: as fast as it can), by curl_multi_perform and curl_multi_poll, or by epoll and
// curl_multi_socket_action. At the end it prints one line of JSON:
//   {"seconds":…,"cpuSeconds":…,"accepted":…,"startsNs":[…]}
// `cpuSeconds` is what the process used of processors meanwhile; `startsNs` is when each request
// began by the monotonic clock, if there is a rate.

#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "bench/bare_curl.h"

namespace awps {
namespace {

std::vector<BareRequest> read_requests(const char* path) {
  std::ifstream file(path);
  AWPS_CHECK(file.is_open());
  std::vector<BareRequest> requests;
  std::string url, token, body;
  while (std::getline(file, url, '\t') && std::getline(file, token, '\t') &&
         std::getline(file, body)) {
    requests.push_back(
        {.url = url, .authorization = "Authorization: Bearer " + token, .body = body});
  }
  AWPS_CHECK(!requests.empty());
  return requests;
}

double cpu_seconds() {
  rusage used{};
  AWPS_CHECK(::getrusage(RUSAGE_SELF, &used) == 0);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

struct Plan {
  const char* path = nullptr;
  size_t connections = 64;
  double per_second = 0;
  bool uses_epoll = false;
};

void run(const Plan& plan) {
  std::vector<BareRequest> requests = read_requests(plan.path);
  const size_t count = requests.size();
  BareCurl curl(std::move(requests), plan.connections, {});
  if (plan.uses_epoll) curl.use_epoll();
  AWPS_CHECK(curl.send(plan.connections) == plan.connections);
  std::puts("ready");
  std::fflush(stdout);
  std::string go;
  std::getline(std::cin, go);
  const auto begin = std::chrono::steady_clock::now();
  const double cpu = cpu_seconds();
  const size_t accepted = curl.send(count, plan.per_second);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  std::printf("{\"seconds\":%.6f,\"cpuSeconds\":%.6f,\"accepted\":%zu,\"startsNs\":[", wall.count(),
              cpu_seconds() - cpu, accepted);
  const char* separator = "";
  for (const auto start : curl.starts()) {
    const std::chrono::nanoseconds time = start.time_since_epoch();
    std::printf("%s%lld", separator, static_cast<long long>(time.count()));
    separator = ",";
  }
  std::puts("]}");
}

}  // namespace
}  // namespace awps

int main(int argc, char** argv) {
  if (argc < 2 || argc > 5) {
    std::fputs("usage: bare_sender FILE [CONNECTIONS [PER_SECOND [poll|epoll]]]\n", stderr);
    return 64;
  }
  awps::Plan plan{.path = argv[1]};
  if (argc > 2) plan.connections = std::strtoul(argv[2], nullptr, 10);
  if (argc > 3) plan.per_second = std::strtod(argv[3], nullptr);
  plan.uses_epoll = argc > 4 && std::string_view(argv[4]) == "epoll";
  awps::run(plan);
  return 0;
}
