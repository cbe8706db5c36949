// Sends each line of the standard input, "GROUP TEXT", to that group, and ends with status 0 when
// everything is delivered.
//
//   c++ -std=c++20 send.cpp -o send $(pkg-config --cflags --libs awps)
//   echo "device-7 on" | ./send [SOCKET]

#include <awps/client/producer.h>

#include <atomic>
#include <iostream>
#include <string>

namespace client = awps::client;
using namespace std::chrono_literals;

int main(int argc, char** argv) {
  std::atomic<int> failures = 0;
  client::Options options;
  if (argc > 1) options.socket_path = argv[1];
  options.name = "c++ example";
  options.deduplicate = true;  // what is sent again after a lost connection is carried out once
  options.on_outcome = [&failures](const client::Outcome& outcome) {
    if (outcome.is_good()) return;
    ++failures;
    std::cerr << "line " << outcome.tag << ": " << outcome.error_message << '\n';
  };
  options.on_notice = [](const std::string& text) { std::cerr << text << '\n'; };

  auto opened = client::Producer::open(options);
  if (!opened) {
    std::cerr << opened.error().message << '\n';
    return 1;
  }
  client::Producer& producer = *opened.value();

  std::string line;
  for (uint64_t number = 1; std::getline(std::cin, line); ++number) {
    const size_t space = line.find(' ');
    const std::string group = line.substr(0, space);
    const std::string text = space == std::string::npos ? "" : line.substr(space + 1);
    const auto sent = producer.send_to_group(group, client::Message::text(text), {.tag = number});
    if (sent) continue;
    ++failures;
    std::cerr << "line " << number << ": " << sent.error().message << '\n';
  }

  const auto closed = producer.close(60s);
  if (!closed) std::cerr << closed.error().message << '\n';
  return closed && failures == 0 ? 0 : 1;
}
