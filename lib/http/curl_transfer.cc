#include "http/curl_transfer.h"

#include <algorithm>

#include "base/check.h"

namespace awps {

namespace {

constexpr long kKeepAliveSeconds = 20;

long milliseconds(Duration duration) {
  const auto rounded_up = std::chrono::ceil<std::chrono::milliseconds>(duration).count();
  return std::max(1L, static_cast<long>(rounded_up));  // 0 would mean: no timeout
}

// The library's own failures; what the other side did to us is never among them.
bool is_internal(CURLcode result) {
  return result == CURLE_OUT_OF_MEMORY || result == CURLE_FAILED_INIT ||
         result == CURLE_BAD_FUNCTION_ARGUMENT;
}

}  // namespace

CurlTransfer::CurlTransfer(const CurlOptions& options)
    : connect_timeout_(options.connect_timeout),
      max_name_age_(options.max_name_age),
      max_body_bytes_(options.max_body_bytes),
      max_drained_bytes_(options.max_drained_bytes),
      easy_(curl_easy_init()),
      parts_(curl_url()) {
  AWPS_CHECK(easy_ != nullptr && parts_ != nullptr);
  set_fixed_options(options);
  set_fixed_lines(options);
  set_callbacks();
}

CurlTransfer::~CurlTransfer() {
  leave_pool();
  curl_easy_cleanup(easy_);
  curl_url_cleanup(parts_);
}

CurlTransfer& CurlTransfer::of(CURL* easy) {
  char* self = nullptr;
  AWPS_CHECK(curl_easy_getinfo(easy, CURLINFO_PRIVATE, &self) == CURLE_OK && self != nullptr);
  return *reinterpret_cast<CurlTransfer*>(self);
}

template <typename Value>
void CurlTransfer::set(CURLoption option, Value value) {
  AWPS_CHECK(curl_easy_setopt(easy_, option, value) == CURLE_OK);
}

void CurlTransfer::set_fixed_options(const CurlOptions& options) {
  set(CURLOPT_PRIVATE, static_cast<void*>(this));
  set(CURLOPT_ERRORBUFFER, error_text_.data());
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_URL, "http://localhost/");  // else libcurl makes one of each URL's parts
  set(CURLOPT_PATH_AS_IS, 1L);            // what was signed is what is asked for
  set(CURLOPT_TCP_NODELAY, 1L);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_TCP_KEEPIDLE, kKeepAliveSeconds);
  set(CURLOPT_TCP_KEEPINTVL, kKeepAliveSeconds);
  set(CURLOPT_MAXAGE_CONN, static_cast<long>(options.max_idle.count()));
  set(CURLOPT_MAXLIFETIME_CONN, static_cast<long>(options.max_lifetime.count()));
  set(CURLOPT_DNS_CACHE_TIMEOUT, static_cast<long>(options.max_name_age.count()));
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  if (!options.ca_file.empty()) set(CURLOPT_CAINFO, options.ca_file.c_str());
  set(CURLOPT_PROXY, options.proxy.c_str());
  if (!options.proxy_credentials.empty()) {
    set(CURLOPT_PROXYUSERPWD, options.proxy_credentials.c_str());
  }
  set(CURLOPT_NOPROXY, "");
  set(CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));  // no token for a proxy
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  if (!options.proxy.empty()) set(CURLOPT_USERAGENT, options.user_agent.c_str());  // of a CONNECT
  set(CURLOPT_HTTPGET, 1L);
}

void CurlTransfer::set_callbacks() {
  set(CURLOPT_WRITEFUNCTION, &CurlTransfer::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(CURLOPT_HEADERFUNCTION, &CurlTransfer::on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_PREREQFUNCTION, &CurlTransfer::on_before_sending);
  set(CURLOPT_PREREQDATA, static_cast<void*>(this));
}

void CurlTransfer::prepare(uint64_t tag, const HttpRequest& request) {
  tag_ = tag;
  sendings_ = 0;
  sent_before_ = 0;
  body_seen_ = 0;
  error_text_[0] = '\0';
  response_ = {};
  headers_.clear();
  set_url(request.url);
  set_method(request.method);
  if (request.method == HttpMethod::kPost || request.method == HttpMethod::kPut) {
    // A null pointer would make libcurl read the body from a callback, even one of 0 bytes.
    set(CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  set_header_lines(request);
  set_timeout(request.timeout);
  set_freshness(request.fresh_connection);
}

// A URL that comes in parts is not put together again by libcurl, which it does byte by byte. What
// it cannot take apart, it shall have as it is: it says what is wrong.
void CurlTransfer::set_url(std::string_view url) {
  if (url_ == url) return;
  url_ = url;
  constexpr unsigned kFlags = CURLU_PATH_AS_IS | CURLU_NON_SUPPORT_SCHEME;
  if (curl_url_set(parts_, CURLUPART_URL, url_.c_str(), kFlags) == CURLUE_OK) {
    set(CURLOPT_CURLU, parts_);
    return;
  }
  set(CURLOPT_CURLU, nullptr);
  set(CURLOPT_URL, url_.c_str());
}

void CurlTransfer::set_method(HttpMethod method) {
  if (method == method_) return;
  method_ = method;
  const char* name = nullptr;
  switch (method) {
    case HttpMethod::kGet:
      set(CURLOPT_HTTPGET, 1L);
      break;
    case HttpMethod::kPost:
      set(CURLOPT_POST, 1L);
      break;
    case HttpMethod::kPut:
      set(CURLOPT_POST, 1L);
      name = "PUT";
      break;
    case HttpMethod::kDelete:
      set(CURLOPT_HTTPGET, 1L);
      name = "DELETE";
      break;
    case HttpMethod::kHead:
      set(CURLOPT_NOBODY, 1L);
      break;
  }
  set(CURLOPT_CUSTOMREQUEST, name);
}

// A line without a value leaves that header out, libcurl's own one, too; so the list always has the
// same lines, and one at its end where the request asks for it. "Expect:" is one of them: libcurl
// would wait for a 100 before large bodies. So is User-Agent: libcurl would write its own twice.
void CurlTransfer::set_header_lines(const HttpRequest& request) {
  set_line(0, "Content-Type:", " ", request.content_type);
  set_line(1, "Authorization:", " Bearer ", request.bearer_token);
  set_line(2, "x-ms-client-request-id:", " ", request.client_request_id);
  lines_[kLastLine] = request.extra_header;
  line_list_[kLastLine].data = lines_[kLastLine].data();
  line_list_[kLastLine - 1].next = request.extra_header.empty() ? nullptr : &line_list_[kLastLine];
}

void CurlTransfer::set_line(size_t place, std::string_view name, std::string_view before_value,
                            std::string_view value) {
  std::string& line = lines_[place];
  line = name;
  if (!value.empty()) (line += before_value) += value;
  line_list_[place].data = line.data();
}

void CurlTransfer::set_fixed_lines(const CurlOptions& options) {
  lines_ = {"", "", "", "Accept: application/json", "Expect:", "User-Agent: " + options.user_agent,
            ""};
  for (size_t i = 0; i < lines_.size(); ++i) {
    line_list_[i].data = lines_[i].data();
    line_list_[i].next = i < kLastLine ? &line_list_[i + 1] : nullptr;
  }
  set(CURLOPT_HTTPHEADER, line_list_.data());
}

void CurlTransfer::set_timeout(Duration timeout) {
  if (timeout == timeout_) return;
  timeout_ = timeout;
  set(CURLOPT_TIMEOUT_MS, milliseconds(timeout));
  set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(std::min(timeout, connect_timeout_)));
}

void CurlTransfer::set_freshness(bool fresh) {
  if (fresh == fresh_) return;
  fresh_ = fresh;
  set(CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L);
  set(CURLOPT_DNS_CACHE_TIMEOUT, fresh ? 0L : static_cast<long>(max_name_age_.count()));
}

void CurlTransfer::begin(ConnectionPool& pool, Instant now) {
  started_ = now;
  if (pool_ == &pool) return;
  leave_pool();
  pool_ = &pool;
  pool_->join();
  set(CURLOPT_SHARE, pool_->handle());
}

void CurlTransfer::leave_pool() {
  if (pool_ == nullptr) return;
  set(CURLOPT_SHARE, nullptr);
  pool_->leave();
  pool_ = nullptr;
}

Completion CurlTransfer::finish(CURLcode result, Instant now, WallTime wall_now) {
  long status = 0;
  (void)curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);  // stays 0 where there is none
  response_.status = status < 200 ? 0 : static_cast<int>(status);
  headers_.finish(response_, wall_now);
  const bool cut_by_us = result == CURLE_WRITE_ERROR && body_seen_ > max_drained_bytes_;
  if (!cut_by_us) response_.error = error_of(result);
  if (response_.error != TransportError::kNone) {
    response_.error_text = error_text_[0] == '\0' ? curl_easy_strerror(result) : error_text_.data();
    if (sendings_ > 1) response_.error_text = "a reused connection died before the answer";
  }
  return {.tag = tag_, .response = std::move(response_), .started = started_, .finished = now};
}

TransportError CurlTransfer::error_of(CURLcode result) const {
  if (result == CURLE_OK && response_.status != 0) return TransportError::kNone;
  if (sendings_ == 0) return TransportError::kConnect;
  if (is_internal(result)) return TransportError::kInternal;
  long sent = 0;
  (void)curl_easy_getinfo(easy_, CURLINFO_REQUEST_SIZE, &sent);  // fails on unknown names only
  if (response_.status == 0 && sent <= sent_before_) return TransportError::kNotSent;
  return result == CURLE_OPERATION_TIMEDOUT ? TransportError::kTimeout : TransportError::kBroken;
}

size_t CurlTransfer::take_body(std::string_view piece) {
  body_seen_ += piece.size();
  const size_t room = max_body_bytes_ - std::min(max_body_bytes_, response_.body.size());
  response_.body += piece.substr(0, room);
  return body_seen_ > max_drained_bytes_ ? 0 : piece.size();
}

int CurlTransfer::before_sending() {
  if (++sendings_ > 1) return CURL_PREREQFUNC_ABORT;
  (void)curl_easy_getinfo(easy_, CURLINFO_REQUEST_SIZE, &sent_before_);  // 0, or a CONNECT's
  return CURL_PREREQFUNC_OK;
}

size_t CurlTransfer::on_body(char* bytes, size_t size, size_t count, void* self) {
  return static_cast<CurlTransfer*>(self)->take_body({bytes, size * count});
}

size_t CurlTransfer::on_header(char* bytes, size_t size, size_t count, void* self) {
  static_cast<CurlTransfer*>(self)->headers_.take_line({bytes, size * count});
  return size * count;
}

int CurlTransfer::on_before_sending(void* self, char*, char*, int, int) {
  return static_cast<CurlTransfer*>(self)->before_sending();
}

}  // namespace awps
