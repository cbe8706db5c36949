#include "daemon/awpsctl/records/stream_sending.h"

#include <poll.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/terminal_text.h"
#include "daemon/awpsctl/figures.h"
#include "daemon/awpsctl/records/record_key.h"

namespace awps {

namespace {

constexpr Duration kStep = std::chrono::milliseconds(100);
constexpr uint64_t kMostSaid = 1000;
constexpr Duration kSilence = std::chrono::seconds(5);  // who waits longer wants to know for what

}  // namespace

StreamSent& StreamSent::operator+=(const StreamSent& more) {
  records += more.records;
  actions += more.actions;
  refused += more.refused;
  failed += more.failed;
  if (ended.empty()) ended = more.ended;
  troubles.insert(troubles.end(), more.troubles.begin(), more.troubles.end());
  return *this;
}

ExitCode StreamSent::exit_code() const {
  if (failed > 0 || !ended.empty()) return ExitCode::kTempFail;
  return refused > 0 ? kNegative : ExitCode::kOk;
}

std::string StreamSent::summary() const {
  std::string text =
      counted(records, "record") + " with " + counted(actions, "action") + " written";
  if (refused > 0) text += ", " + counted(refused, "action") + " refused";
  if (failed > 0) text += ", " + counted(failed, "record") + " not known to be written";
  if (!ended.empty()) text += "; " + ended;
  return text;
}

Json StreamSent::json() const {
  Json result{{"records", records}, {"actions", actions}, {"refused", refused}, {"failed", failed}};
  if (!ended.empty()) result["ended"] = ended;
  Json list = Json::array();
  for (const Trouble& trouble : troubles) {
    list.push_back({{"place", trouble.place}, {"message", trouble.message}});
  }
  result["troubles"] = std::move(list);
  return result;
}

StreamSending::StreamSending(Options options)
    : options_(std::move(options)),
      writer_({.settings = options_.access.settings(), .log = words_.log()}) {}

StreamSending::~StreamSending() = default;

Result<StreamSent, Failure> StreamSending::send(LineSource& source, const std::string& name,
                                                const std::string& label) {
  sums_ = {};
  has_failed_ = false;
  label_ = label;
  const StreamAccess& access = options_.access;
  const bool is_said = !options_.hub.empty();
  RecordLines lines(
      {.hub = is_said ? options_.hub : access.hub(),
       .stream_hub = access.hub(),
       .hub_is_said = is_said,
       .problem_of_hub = [&access](std::string_view hub) { return access.problem_of_hub(hub); }});
  while (!source.ended() && lines.bad_hello().empty() && !has_failed_ && !must_end()) {
    read(source, lines);
    take(lines);
    take_ends(Duration::zero());
  }
  while (!under_way_.empty() && !must_end()) take_ends(kStep);
  end_rest();
  if (has_failed_ && sums_.ended.empty()) sums_.ended = rest_;
  if (!lines.bad_hello().empty()) {
    return Failure{ExitCode::kDataError, "invalid_action",
                   label + "line 1: " + lines.bad_hello() +
                       "; nothing was sent, since it could go to another hub"};
  }
  if (source.error() != 0) {
    return Failure{ExitCode::kNoInput, "cannot_read",
                   "read '" + name + "': " + std::strerror(source.error()) +
                       "; what came before it was written"};
  }
  return sums_;
}

// What comes from a pipe is waited for no longer than until a signal comes.
void StreamSending::read(LineSource& source, RecordLines& lines) {
  pollfd waited[2] = {{.fd = source.fd(), .events = POLLIN, .revents = 0},
                      {.fd = interrupts_.fd(), .events = POLLIN, .revents = 0}};
  const bool at_once = source.has_unread();
  const auto step = std::chrono::duration_cast<std::chrono::milliseconds>(kStep);
  if (!at_once) (void)::poll(waited, 2, static_cast<int>(step.count()));
  if (!at_once && waited[0].revents == 0) return;
  source.read([&](std::string_view line) {
    if (lines.bad_hello().empty()) lines.take(line);
  });
}

void StreamSending::take(RecordLines& lines) {
  for (const RefusedLine& refused : lines.take_refused()) refuse(refused);
  for (const NewRecord& record : lines.take_records()) {
    warn_of_key(record);
    write(record);
  }
}

void StreamSending::refuse(const RefusedLine& refused) {
  ++sums_.refused;
  say(refused.place, "refused (" + refused.code + "): " + refused.message);
}

// Once for each kind of action.
void StreamSending::warn_of_key(const NewRecord& record) {
  if (record.doubt.empty() || warned_[std::string(record.action)]) return;
  warned_[std::string(record.action)] = true;
  say(record.place, std::string(record.action) + " has no right key: " + std::string(record.doubt) +
                        "; it is written all the same; " + std::string(kWaysOutOfNoKey));
}

void StreamSending::write(const NewRecord& record) {
  const uint64_t token = ++last_token_;
  const WriteRequest request{.key = record.key, .value = record.value, .token = token};
  if (under_way_.empty()) waits_since_ = clock_.now();
  under_way_[token] = {record.place, record.actions};
  while (!has_failed_ && !must_end()) {
    const Result<bool> taken = writer_.send(request);
    if (taken && *taken) return;
    if (!taken) {
      under_way_.erase(token);
      return fail(record.place, taken.error().message);
    }
    take_ends(kStep);
  }
  under_way_.erase(token);  // it was never given to the writer
}

void StreamSending::take_ends(Duration at_most) {
  for (const WriteEnded& ended : writer_.poll(at_most)) {
    const auto sent = under_way_.find(ended.token);
    if (sent == under_way_.end()) continue;
    if (ended.error.empty()) {
      ++sums_.records;
      sums_.actions += sent->second.actions;
    } else {
      fail(sent->second.place, ended.error + words_.last());
    }
    under_way_.erase(sent);
    waits_since_ = clock_.now();
  }
  if (!under_way_.empty()) tell_silence();
}

// Once: the broker may be away for as long as it likes.
void StreamSending::tell_silence() {
  if (has_told_silence_ || options_.err == nullptr) return;
  if (clock_.now() - waits_since_ < kSilence) return;
  has_told_silence_ = true;
  *options_.err << "awpsctl: waits for the broker; Ctrl-C or --timeout ends that" << words_.last()
                << std::endl;
}

void StreamSending::fail(const std::string& place, const std::string& why) {
  ++sums_.failed;
  if (!has_failed_) {
    rest_ = "what follows " + place + " was not sent, so that it overtakes nothing";
  }
  has_failed_ = true;
  say(place, "not written: " + why);
}

bool StreamSending::must_end() {
  if (!sums_.ended.empty()) return true;
  if (interrupts_.take() != 0) sums_.ended = "interrupted";
  if (options_.deadline && clock_.now() >= *options_.deadline) sums_.ended = "--timeout is over";
  return !sums_.ended.empty();
}

void StreamSending::end_rest() {
  if (under_way_.empty()) return;
  sums_.failed += under_way_.size();
  const auto first =
      std::ranges::min_element(under_way_, {}, [](const auto& sent) { return sent.first; });
  sums_.ended += ": the first without an answer is in " + first->second.place + words_.last();
  under_way_.clear();
}

void StreamSending::say(const std::string& place, const std::string& text) {
  if (++said_ > kMostSaid) return;
  if (options_.err == nullptr) {
    sums_.troubles.push_back({label_ + place, text});
    return;
  }
  *options_.err << label_ << place << ": " << printable(text) << '\n';
  if (said_ == kMostSaid) *options_.err << "… the rest is counted only\n";
}

}  // namespace awps
