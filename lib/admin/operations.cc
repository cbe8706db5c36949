#include "admin/operations.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <memory>

#include "admin/answers_json.h"
#include "admin/body_reader.h"
#include "admin/exposition.h"
#include "admin/page.h"
#include "admin/process_facts.h"
#include "admin/replies.h"
#include "admin/status_json.h"

namespace awps::admin {

namespace {

constexpr Duration kSlowStatus = std::chrono::milliseconds(200);
constexpr size_t kMaxPage = 1000;
constexpr size_t kUsualPage = 100;
constexpr size_t kLettersAtOnce = 16;  // an action may have a megabyte
constexpr size_t kMaxPageBytes = 8UL * 1024 * 1024;
// A worker that is slow with each part must not hold up the other answers for all of them.
constexpr Duration kPageTime = std::chrono::seconds(2);
constexpr uint64_t kMaxTapped = 1000;
constexpr uint64_t kUsualTapped = 10;

Reply invalid(const std::string& message) {
  return error_reply(400, "invalid_request", message);
}

Reply reply_of(const AdminError& error) {
  return error_reply(error.http_status, error.code, error.message);
}

/// The query of a request, whose unknown names and wrong numbers are mistakes.
class Query {
 public:
  Query(const Target& target, std::initializer_list<std::string_view> known) : target_(target) {
    for (const auto& [name, value] : target.parameters) {
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      mistake_ = target.path + " takes no '" + name + "'; it takes";
      for (const std::string_view word : known) mistake_.append(" ").append(word);
    }
  }

  std::string text(const std::string& name) const {
    const auto found = target_.parameters.find(name);
    return found == target_.parameters.end() ? std::string() : found->second;
  }
  uint64_t number(const std::string& name, uint64_t fallback, uint64_t most) {
    const auto found = target_.parameters.find(name);
    if (found == target_.parameters.end()) return fallback;
    const std::string& digits = found->second;
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc() && end == digits.data() + digits.size() && value <= most) return value;
    mistake_ = "'" + name + "' of " + target_.path + " must be a whole number of at most " +
               std::to_string(most);
    return fallback;
  }
  void require(bool condition, const std::string& mistake) {
    if (!condition && mistake_.empty()) mistake_ = mistake;
  }
  const std::string& mistake() const { return mistake_; }

 private:
  const Target& target_;
  std::string mistake_;
};

struct TapStart {
  std::string hub;  // empty: all
  uint32_t per_second = 0;
};

Result<TapStart> tap_of(const Target& target) {
  Query query(target, {"hub", "perSecond"});
  const uint64_t per_second = query.number("perSecond", kUsualTapped, kMaxTapped);
  query.require(per_second > 0, "'perSecond' of /tap must be at least 1");
  // As in a body: an empty name is more likely an unset variable than a wish for all hubs.
  query.require(!target.parameters.contains("hub") || !query.text("hub").empty(),
                "'hub' of /tap is empty; name a hub, or leave it out for all of them");
  if (!query.mistake().empty()) return Error{query.mistake()};
  return TapStart{query.text("hub"), static_cast<uint32_t>(per_second)};
}

/// The lines of the tap that was started at the service.
class TapLines final : public http_server::Stream {
 public:
  TapLines(AdminService& service, bool& is_tapped) : service_(service), is_tapped_(is_tapped) {
    is_tapped_ = true;
  }
  ~TapLines() override {
    is_tapped_ = false;
    // Ending cannot be refused; a hub that does not answer samples for nobody.
    (void)service_.tap({}, 0);
  }
  TapLines(const TapLines&) = delete;
  TapLines& operator=(const TapLines&) = delete;

  std::string take() override {
    uint64_t left_out = 0;
    const std::vector<TapRecord> records = service_.take_tapped(left_out);
    return tap_lines(records, left_out);
  }

 private:
  AdminService& service_;
  bool& is_tapped_;
};

/// Of a head, which no lines follow.
class NoLines final : public http_server::Stream {
 public:
  std::string take() override { return {}; }
};

Reply tap_reply(std::unique_ptr<http_server::Stream> lines) {
  return {.content_type = "application/x-ndjson", .stream = std::move(lines)};
}

}  // namespace

Reply Operations::page(const Target& /*target*/) {
  Reply reply{.content_type = "text/html; charset=utf-8", .body = std::string(page_html())};
  reply.headers.emplace_back("Content-Security-Policy", content_security_policy(page_html()));
  reply.headers.emplace_back("Referrer-Policy", "no-referrer");
  return reply;
}

Reply Operations::live(const Target& /*target*/) {
  const Result<void> alive = service_.alive();
  return alive ? http_server::text_reply(200, "ok")
               : http_server::text_reply(503, alive.error().message);
}

Reply Operations::ready(const Target& /*target*/) {
  const ServiceStatus& status = current_status();
  if (status.not_ready.empty()) return http_server::text_reply(200, "ready");
  std::string causes;
  for (const std::string& cause : status.not_ready) {
    causes += (causes.empty() ? "" : "\n") + cause;
  }
  return http_server::text_reply(503, causes);
}

Reply Operations::metrics(const Target& /*target*/) {
  return {.content_type = kExpositionType, .body = exposition(current_status(), process_facts())};
}

Reply Operations::status(const Target& /*target*/) {
  return json_reply(status_json(current_status()));
}

Reply Operations::dead_letters(const Target& target) {
  Query query(target, {"hub", "after", "limit"});
  const std::string hub = query.text("hub");
  const uint64_t after = query.number("after", 0, UINT64_MAX);
  const uint64_t limit = query.number("limit", kUsualPage, kMaxPage);
  query.require(!hub.empty(), "/dead-letters wants a hub, as in /dead-letters?hub=chat");
  query.require(limit > 0, "'limit' of /dead-letters must be at least 1");
  if (!query.mistake().empty()) return invalid(query.mistake());
  const auto page = page_of(hub, after, limit);
  return page ? json_reply(dead_letters_json(*page)) : reply_of(page.error());
}

AdminResult<DeadLetterPage> Operations::page_of(const std::string& hub, uint64_t after,
                                                size_t limit) {
  const Instant deadline = clock_.now() + kPageTime;
  DeadLetterPage page;
  size_t bytes = 0;
  do {
    auto more = service_.dead_letters(hub, after, std::min(limit, kLettersAtOnce));
    if (!more) {
      // What was read is of use; the next page meets the error, if it lasts.
      if (page.letters.empty()) return more.error();
      return page;
    }
    for (DeadLetterView& letter : more->letters) {
      bytes += letter.action.size() + letter.body.size() + letter.reason.size();
      page.letters.push_back(std::move(letter));
    }
    limit -= std::min(limit, more->letters.size());
    after = page.next_after = more->next_after;
  } while (after != 0 && limit > 0 && bytes < kMaxPageBytes && clock_.now() < deadline);
  return page;
}

Reply Operations::config_diff(const Target& /*target*/) {
  const auto diff = service_.config_diff();
  return diff ? json_reply(changes_json(*diff)) : reply_of(diff.error());
}

Reply Operations::tap(const Target& target) {
  const Result<TapStart> start = tap_of(target);
  if (!start) return invalid(start.error().message);
  if (is_tapped_) {
    return error_reply(409, "conflict",
                       "another client taps already; end that one, there is one at a time");
  }
  const auto started = service_.tap(start->hub, start->per_second);
  if (!started) return reply_of(started.error());
  return tap_reply(std::make_unique<TapLines>(service_, is_tapped_));
}

Reply Operations::head_of_tap(const Target& target) {
  const Result<TapStart> start = tap_of(target);
  if (!start) return invalid(start.error().message);
  return tap_reply(std::make_unique<NoLines>());
}

Reply Operations::redrive(const std::string& body) {
  const auto choice = read_choice(body);
  if (!choice) return invalid(choice.error().message);
  const auto result = service_.redrive(*choice);
  return result ? json_reply(redrive_json(*result)) : reply_of(result.error());
}

Reply Operations::purge(const std::string& body) {
  const auto choice = read_choice(body);
  if (!choice) return invalid(choice.error().message);
  const auto purged = service_.purge(*choice);
  return purged ? json_reply(purge_json(*purged)) : reply_of(purged.error());
}

Reply Operations::pause(const std::string& body) {
  return on_hub(body, &AdminService::pause);
}

Reply Operations::resume(const std::string& body) {
  return on_hub(body, &AdminService::resume);
}

Reply Operations::drain(const std::string& body) {
  return on_hub(body, &AdminService::drain);
}

Reply Operations::on_hub(const std::string& body, HubOperation operation) {
  const auto hub = read_hub(body);
  if (!hub) return invalid(hub.error().message);
  const auto done = (service_.*operation)(*hub);
  return done ? json_reply("{}") : reply_of(done.error());
}

Reply Operations::reload(const std::string& body) {
  const auto empty = read_nothing(body);
  if (!empty) return invalid(empty.error().message);
  const auto diff = service_.reload();
  return diff ? json_reply(changes_json(*diff)) : reply_of(diff.error());
}

Reply Operations::set_log_level(const std::string& body) {
  const auto change = read_log_change(body);
  if (!change) return invalid(change.error().message);
  const auto done = service_.set_log_level(change->level, change->length);
  return done ? json_reply("{}") : reply_of(done.error());
}

Reply Operations::client_url(const std::string& body) {
  const auto request = read_token_request(body);
  if (!request) return invalid(request.error().message);
  const auto url = service_.client_url(*request);
  return url ? json_reply(url_json(*url)) : reply_of(url.error());
}

void Operations::forget_status() {
  status_until_ = Instant::min();
}

const ServiceStatus& Operations::current_status() {
  const Instant begin = clock_.now();
  if (begin < status_until_) return status_;
  status_ = service_.status();
  const Instant end = clock_.now();
  status_until_ = end - begin < kSlowStatus ? Instant::min() : end + (end - begin);
  return status_;
}

}  // namespace awps::admin
