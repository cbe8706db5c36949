#include "daemon/awpsctl/wire/admin_client.h"

#include <curl/curl.h>
#include <fcntl.h>

#include <algorithm>
#include <utility>

#include "base/terminal_text.h"
#include "daemon/awpsctl/wire/json_fields.h"
#include "daemon/awpsctl/wire/socket_failure.h"

namespace awps {

namespace {

constexpr size_t kLongestLine = size_t{16} << 20U;
constexpr int kPollMilliseconds = 1000;

ExitCode exit_code_of(long http_status) {
  switch (http_status) {
    case 400:
    case 404:
    case 405:
    case 413:
      return ExitCode::kUsage;
    case 401:
    case 403:
      return ExitCode::kNoPermission;
    case 409:
    case 503:
      return ExitCode::kTempFail;
    case 422:
      return ExitCode::kConfig;
    default:
      return ExitCode::kUnavailable;
  }
}

std::string_view remedy_of(std::string_view code) {
  if (code == "unauthorized") return "give the token of admin.token_file with --token-file";
  if (code == "forbidden") return "ask from this machine itself, under a loopback name";
  if (code == "unavailable") return "try again in a moment";
  return "";
}

struct CurlList {
  curl_slist* first = nullptr;

  CurlList() = default;
  CurlList(const CurlList&) = delete;
  CurlList& operator=(const CurlList&) = delete;
  ~CurlList() { curl_slist_free_all(first); }
  void add(const std::string& header) { first = curl_slist_append(first, header.c_str()); }
};

}  // namespace

struct AdminClient::Curl {
  CURL* easy = curl_easy_init();
  CURLM* multi = curl_multi_init();

  Curl() { AWPS_CHECK(easy != nullptr && multi != nullptr); }
  Curl(const Curl&) = delete;
  Curl& operator=(const Curl&) = delete;
  ~Curl() {
    curl_easy_cleanup(easy);
    curl_multi_cleanup(multi);
  }
};

struct AdminClient::Exchange {
  std::string target;
  const std::string* posted = nullptr;                             // nullptr: GET
  const std::function<bool(std::string_view)>* on_line = nullptr;  // nullptr: the body is kept
  CURL* easy = nullptr;
  size_t max_body_bytes = 0;
  std::string body;
  bool ended_by_us = false;
  bool too_large = false;

  // Of a stream only the begun line stays in `body`; an error's answer is kept whole.
  bool take(std::string_view bytes) {
    body += bytes;
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    const bool streams = on_line != nullptr && status < 400;
    if (!streams) return !(too_large = body.size() > max_body_bytes);
    size_t begin = 0;
    for (size_t end = 0; (end = body.find('\n', begin)) != std::string::npos; begin = end + 1) {
      if (!(*on_line)(std::string_view(body).substr(begin, end - begin))) {
        ended_by_us = true;
        return false;
      }
    }
    body.erase(0, begin);
    return !(too_large = body.size() > kLongestLine);
  }
};

namespace {

size_t take_bytes(const char* bytes, size_t, size_t count, void* exchange_take) {
  const auto& take = *static_cast<std::function<bool(std::string_view)>*>(exchange_take);
  return take(std::string_view(bytes, count)) ? count : 0;
}

}  // namespace

AdminClient::AdminClient(Options options)
    : options_(std::move(options)), curl_(std::make_unique<Curl>()) {}

AdminClient::~AdminClient() = default;

Result<std::string, Failure> AdminClient::get(const std::string& target) {
  Result<AdminAnswer, Failure> answer = ask(target);
  if (!answer) return answer.error();
  if (answer->http_status >= 400) return failure_of(*answer, target);
  return std::move(answer->body);
}

Result<std::string, Failure> AdminClient::post(const std::string& target, const std::string& body) {
  Exchange exchange{.target = target, .posted = &body};
  Result<AdminAnswer, Failure> answer = perform(exchange);
  if (!answer) return answer.error();
  if (answer->http_status >= 400) return failure_of(*answer, target);
  return std::move(answer->body);
}

Result<AdminAnswer, Failure> AdminClient::ask(const std::string& target) {
  Exchange exchange{.target = target};
  return perform(exchange);
}

Result<void, Failure> AdminClient::stream(const std::string& target,
                                          const std::function<bool(std::string_view)>& on_line) {
  Exchange exchange{.target = target, .on_line = &on_line};
  const Result<AdminAnswer, Failure> answer = perform(exchange);
  if (!answer) return answer.error();
  if (answer->http_status >= 400) return failure_of(*answer, target);
  return {};
}

Result<AdminAnswer, Failure> AdminClient::perform(Exchange& exchange) {
  CURL* easy = curl_->easy;
  exchange.easy = easy;
  exchange.max_body_bytes = options_.max_body_bytes;
  std::function<bool(std::string_view)> take = [&](std::string_view bytes) {
    return exchange.take(bytes);
  };
  CurlList headers;
  if (!options_.token.empty()) headers.add("Authorization: Bearer " + options_.token);
  if (exchange.posted != nullptr) headers.add("Content-Type: application/json");
  headers.add("Expect:");
  curl_easy_reset(easy);
  const std::string url = options_.address.base_url + exchange.target;
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.first);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http");
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "awpsctl/" AWPS_VERSION);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_bytes);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, static_cast<void*>(&take));
  if (!options_.address.socket_path.empty()) {
    curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, options_.address.socket_path.c_str());
  }
  // A stream lasts as long as it likes; that the daemon lives is seen by its connection.
  const long milliseconds = static_cast<long>(time_left().count());
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds);
  if (exchange.on_line == nullptr) curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, milliseconds);
  if (exchange.posted != nullptr) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(exchange.posted->size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, exchange.posted->c_str());
  }
  if (const Result<void, Failure> done = run(exchange); !done) return done.error();
  AdminAnswer answer;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer.http_status);
  answer.body = std::move(exchange.body);
  return answer;
}

// At least one: libcurl takes 0 for no limit.
std::chrono::milliseconds AdminClient::time_left() const {
  Duration left = options_.timeout;
  if (deadline_) left = std::min(left, *deadline_ - clock_.now());
  return std::max(std::chrono::ceil<std::chrono::milliseconds>(left), std::chrono::milliseconds(1));
}

Result<void, Failure> AdminClient::run(Exchange& exchange) {
  CURLM* multi = curl_->multi;
  curl_multi_add_handle(multi, exchange.easy);
  int code = CURLE_OK;
  bool interrupted = false;
  for (int running = 1; running > 0 && !interrupted;) {
    curl_multi_perform(multi, &running);
    if (running == 0) break;
    curl_waitfd signals{};
    if (interrupts_ != nullptr) signals = {.fd = interrupts_->fd(), .events = CURL_WAIT_POLLIN};
    curl_multi_poll(multi, &signals, interrupts_ != nullptr ? 1 : 0, kPollMilliseconds, nullptr);
    interrupted = (signals.revents & CURL_WAIT_POLLIN) != 0;
  }
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
    if (message->msg == CURLMSG_DONE) code = message->data.result;
  }
  curl_multi_remove_handle(multi, exchange.easy);
  if (interrupted) {
    return Failure{ExitCode::kTempFail, "interrupted",
                   "interrupted while the daemon was asked for " + exchange.target};
  }
  if (code == CURLE_OK || exchange.ended_by_us) return {};
  return no_answer(exchange, code);
}

Failure AdminClient::no_answer(const Exchange& exchange, int code) const {
  const std::string& path = options_.address.socket_path;
  if (code == CURLE_COULDNT_CONNECT && !path.empty()) {
    // libcurl says little; asked directly, the system says why.
    const Result<UniqueFd, Failure> again = connect_unix(path, kAdminSocket);
    if (!again) return again.error();
  }
  const std::string where = "awpsd at '" + options_.address.said + "'";
  if (code == CURLE_COULDNT_CONNECT) {
    return {ExitCode::kUnavailable, "unreachable",
            where +
                " does not listen: is it running, and is admin.listen this address? See "
                "`systemctl status awpsd`, or name another with --admin"};
  }
  if (code == CURLE_OPERATION_TIMEDOUT) {
    return {ExitCode::kTempFail, "timeout",
            where + " did not answer " + exchange.target + " in time; see its log"};
  }
  if (exchange.too_large) {
    return {ExitCode::kUnavailable, "too_large",
            "the answer of " + where + " to " + exchange.target + " is too long; ask for less"};
  }
  return {ExitCode::kUnavailable, "unreachable",
          "ask " + where + " for " + exchange.target + ": " +
              curl_easy_strerror(static_cast<CURLcode>(code)) +
              "; did it end? See `systemctl status awpsd`"};
}

Failure failure_of(const AdminAnswer& answer, std::string_view target) {
  const Json error = field(parse_json(answer.body), "error");
  Failure failure;
  failure.exit_code = exit_code_of(answer.http_status);
  failure.code = text_field(error, "code");
  failure.message = text_field(error, "message");
  const std::string path(target.substr(0, target.find('?')));
  if (answer.http_status == 404 && (failure.code.empty() || failure.code == "not_found") &&
      path.rfind("/dead-letters", 0) != 0) {
    failure.exit_code = ExitCode::kUnavailable;
    failure.code = "not_found";
    failure.message = "the daemon does not know " + path +
                      ": it is older than this awpsctl (" AWPS_VERSION "), or no awpsd; update it";
    return failure;
  }
  if (failure.code.empty()) failure.code = "http_" + std::to_string(answer.http_status);
  if (failure.message.empty()) {
    failure.message = "the daemon answered " + path + " with status " +
                      std::to_string(answer.http_status) + " '" +
                      shortened(printable(answer.body), 200) + "'; see its log";
  }
  const std::string_view remedy = remedy_of(failure.code);
  if (!remedy.empty() && failure.message.find(';') == std::string::npos) {
    failure.message += "; " + std::string(remedy);
  }
  return failure;
}

std::string query_parameter(std::string_view name, std::string_view value) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out(name);
  out += '=';
  for (const char c : value) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    const auto byte = static_cast<unsigned char>(c);
    if (plain)
      out += c;
    else
      out += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
  }
  return out;
}

}  // namespace awps
