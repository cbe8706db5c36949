// The admin interface from the bytes of a request to its answer, over the Unix socket's rules and
// TCP's. Whatever comes in, the answer is whole HTTP, and its JSON is valid; a request of another
// site, or without the token, asks the service for nothing.

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include <boost/algorithm/string/predicate.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "admin/request_handler.h"
#include "base/check.h"
#include "base/clock.h"
#include "http_server/request_reader.h"

namespace awps::admin {
namespace {

constexpr char kToken[] = "0123456789abcdef";

class CountingService final : public AdminService {
 public:
  ServiceStatus status() override {
    ++calls;
    return {};
  }
  Result<void> alive() override { return {}; }
  AdminResult<void> pause(const std::string& hub) override { return echo(hub); }
  AdminResult<void> resume(const std::string& hub) override { return echo(hub); }
  AdminResult<void> drain(const std::string& hub) override { return echo(hub); }
  AdminResult<DeadLetterPage> dead_letters(const std::string& hub, uint64_t after,
                                           size_t limit) override {
    ++calls;
    AWPS_CHECK(!hub.empty() && limit >= 1 && limit <= 1000);
    DeadLetterPage page;
    page.letters.push_back({.number = after, .hub = hub, .action = hub});
    return page;
  }
  AdminResult<RedriveResult> redrive(const DeadLetterChoice& choice) override {
    check(choice);
    return RedriveResult{1, {choice.hub}};
  }
  AdminResult<uint64_t> purge(const DeadLetterChoice& choice) override {
    check(choice);
    return uint64_t{choice.numbers.size()};
  }
  AdminResult<ConfigDiff> reload() override {
    ++calls;
    return ConfigDiff{};
  }
  AdminResult<ConfigDiff> config_diff() override { return reload(); }
  AdminResult<void> set_log_level(const std::string& level, Duration length) override {
    AWPS_CHECK(length >= Duration::zero() && length <= std::chrono::hours(24));
    return echo(level);
  }
  AdminResult<std::string> client_url(const TokenRequest& request) override {
    ++calls;
    AWPS_CHECK(request.lifetime >= std::chrono::minutes(1));
    return request.hub + request.user_id;
  }
  AdminResult<void> tap(const std::string& hub, uint32_t per_second) override {
    AWPS_CHECK(per_second <= 1000);
    return echo(hub);
  }
  std::vector<TapRecord> take_tapped(uint64_t& left_out) override {
    left_out = 1;
    return {{.hub = "h", .action = "{"}};
  }

  int calls = 0;

 private:
  AdminResult<void> echo(const std::string& text) {
    ++calls;
    if (text.size() == 1) return AdminError{404, "unknown_hub", text};
    return {};
  }
  void check(const DeadLetterChoice& choice) {
    ++calls;
    AWPS_CHECK(!choice.hub.empty() && choice.all == choice.numbers.empty());
  }
};

/// The token's file, which stays until the process ends.
std::string token_path() {
  char name[] = "/tmp/awps-fuzz-token-XXXXXX";
  AWPS_CHECK(::mkdtemp(name) != nullptr);
  const std::string path = std::string(name) + "/token";
  std::ofstream(path) << kToken;
  std::filesystem::permissions(path, std::filesystem::perms::owner_read);
  return path;
}

void check_reply(const Reply& reply, bool is_head) {
  const std::string wire = http_server::wire_text(reply, {.to_head = is_head});
  AWPS_CHECK(wire.starts_with("HTTP/1.1 " + std::to_string(reply.status) + " "));
  // No byte of the request may end a header and begin another.
  boost::beast::http::response_parser<boost::beast::http::string_body> parser;
  parser.skip(is_head);
  parser.body_limit(boost::none);
  boost::system::error_code error;
  if (!reply.stream) {
    const size_t read = parser.put(boost::asio::buffer(wire), error);
    if (!error && !parser.is_done()) {
      parser.put(boost::asio::buffer(wire.data() + read, wire.size() - read), error);
    }
    AWPS_CHECK(!error && parser.is_done());
  }
  if (reply.content_type == "application/json") AWPS_CHECK(nlohmann::json::accept(reply.body));
}

bool shows_token(const Request& request) {
  const auto authorization = request.header("Authorization");
  if (!authorization) return false;
  const std::string text(*authorization);
  const size_t blanks = text.find_first_of(' ');
  const size_t token = text.find_first_not_of(' ', blanks);
  return boost::iequals(text.substr(0, blanks), "bearer") && token != std::string::npos &&
         text.substr(token) == kToken;
}

/// Without a Host there is no browser.
bool names_this_machine(const Request& request) {
  if (!request.header("Host")) return true;
  std::string host(*request.header("Host"));
  if (!host.ends_with(']')) host = host.substr(0, host.rfind(':'));
  if (boost::iequals(host, "localhost")) return true;
  const bool is_word = !host.empty() && host.find('.') == std::string::npos;
  if (is_word && !request.over_tcp) return true;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  boost::system::error_code error;
  return boost::asio::ip::make_address(host, error).is_loopback() && !error;
}

bool is_of_this_site(const Request& request) {
  const auto site = request.header("Sec-Fetch-Site");
  if (site && *site != "none" && *site != "same-origin") return false;
  const auto origin = request.header("Origin");
  const auto host = request.header("Host");
  return !origin || (host && *origin == "http://" + std::string(*host));
}

void run(const Request& request, const std::string& path) {
  CountingService service;
  const SystemClock clock;
  const Rights rights;
  RequestHandler handler(service, Access(rights, std::move(*TokenFile::open(path))), clock);
  Reply reply = handler.reply_to(request);
  const bool is_head = request.method == "HEAD";
  check_reply(reply, is_head);
  if (reply.stream) AWPS_CHECK(reply.stream->take().empty() == is_head);
  reply.stream.reset();
  if (service.calls == 0) return;
  AWPS_CHECK(!request.over_tcp || shows_token(request));
  AWPS_CHECK(names_this_machine(request));
  AWPS_CHECK(is_of_this_site(request));
}

}  // namespace
}  // namespace awps::admin

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::string path = awps::admin::token_path();
  using Reader = awps::http_server::RequestReader;
  Reader reader(4096);
  std::string_view input(reinterpret_cast<const char*>(data), size);
  if (reader.read(input) != Reader::Event::kHead) return 0;
  if (reader.read(input) != Reader::Event::kRequest) return 0;
  awps::http_server::Request request = reader.take().request;
  for (const bool over_tcp : {false, true}) {
    request.over_tcp = over_tcp;
    // Root's, who has the right.
    request.peer = over_tcp ? nullptr : std::make_shared<const awps::PeerCredentials>();
    awps::admin::run(request, path);
  }
  return 0;
}
