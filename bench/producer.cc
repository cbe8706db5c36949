#include "bench/producer.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>

#include "base/check.h"
#include "bench/daemon_process.h"

namespace awps {

namespace {

constexpr size_t kReadBytes = size_t{256} * 1024;
constexpr auto kLongestWait = std::chrono::milliseconds(50);
constexpr auto kPace = std::chrono::milliseconds(1);  // a paced source is asked that often

uint64_t number_after(std::string_view line, std::string_view name) {
  const size_t place = line.find(name);
  if (place == std::string_view::npos) return 0;
  uint64_t number = 0;
  std::from_chars(line.data() + place + name.size(), line.data() + line.size(), number);
  return number;
}

std::string_view status_of(std::string_view line) {
  constexpr std::string_view kOpening = R"({"status":")";
  if (!line.starts_with(kOpening)) return {};
  line.remove_prefix(kOpening.size());
  return line.substr(0, line.find('"'));
}

}  // namespace

Producer::Producer(const std::string& socket_path, std::string_view ack)
    : fd_(connect_to(socket_path)),
      wants_outcomes_(ack == "delivered"),
      wants_accepted_(ack == "accepted"),
      buffer_(kReadBytes) {
  AWPS_CHECK(fd_.valid());
  AWPS_CHECK(::fcntl(fd_.get(), F_SETFL, O_NONBLOCK) == 0);
  unsent_ = R"({"hello":{"ack":")" + std::string(ack) + "\"}}\n";
}

Settlement Producer::run(const Source& source, Instant deadline, const OnSettled& on_settled) {
  const SystemClock clock;
  settlement_.first_offered = clock.now();
  for (Instant now = clock.now(); !is_done() && now < deadline; now = clock.now()) {
    if (sent_ == unsent_.size() && !source_has_ended_) {
      unsent_.clear();
      sent_ = 0;
      const Portion portion = source(now, unsent_);
      settlement_.offered += portion.actions;
      source_has_ended_ = portion.is_last;
    }
    write_some();
    read_some(on_settled);
    if (!is_done() && (source_has_ended_ || sent_ < unsent_.size() || unsent_.empty())) {
      wait(deadline);
    }
  }
  settlement_.has_ended = is_done();
  return settlement_;
}

bool Producer::is_done() const {
  if (!source_has_ended_ || sent_ < unsent_.size()) return false;
  const uint64_t settled = settlement_.settled() + settlement_.failed;
  if (wants_outcomes_) return settled >= settlement_.offered;
  return !wants_accepted_ || settlement_.accepted >= settlement_.offered;
}

void Producer::wait(Instant deadline) const {
  const bool has_unsent = sent_ < unsent_.size();
  const bool is_paced = !has_unsent && !source_has_ended_;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - SystemClock().now());
  const auto wait = std::clamp<std::chrono::milliseconds>(left, std::chrono::milliseconds(0),
                                                          is_paced ? kPace : kLongestWait);
  pollfd entry{fd_.get(), static_cast<short>(has_unsent ? POLLIN | POLLOUT : POLLIN), 0};
  ::poll(&entry, 1, static_cast<int>(wait.count()));
}

void Producer::write_some() {
  if (sent_ == unsent_.size()) return;
  const ssize_t count =
      ::send(fd_.get(), unsent_.data() + sent_, unsent_.size() - sent_, MSG_NOSIGNAL);
  if (count > 0) sent_ += static_cast<size_t>(count);
}

void Producer::read_some(const OnSettled& on_settled) {
  const ssize_t count = ::recv(fd_.get(), buffer_.data(), buffer_.size(), 0);
  AWPS_CHECK(count != 0);  // the daemon has gone
  if (count < 0) return;
  unread_.append(buffer_.data(), static_cast<size_t>(count));
  size_t begin = 0;
  for (size_t end = 0; (end = unread_.find('\n', begin)) != std::string::npos; begin = end + 1) {
    take_line(std::string_view(unread_).substr(begin, end - begin), on_settled);
  }
  unread_.erase(0, begin);
}

void Producer::take_line(std::string_view line, const OnSettled& on_settled) {
  const std::string_view status = status_of(line);
  if (status == "ready" || status == "warning") return;
  if (status == "accepted") {
    settlement_.accepted = number_after(line, R"("seq":)");
    settlement_.last_settled = SystemClock().now();
    return;
  }
  const bool is_run = line.find(R"("from":)") != std::string_view::npos;
  const uint64_t first = number_after(line, is_run ? R"("from":)" : R"("seq":)");
  const uint64_t last = is_run ? number_after(line, R"("to":)") : first;
  uint64_t& count = status == "delivered"    ? settlement_.delivered
                    : status == "superseded" ? settlement_.superseded
                                             : settlement_.failed;
  count += last - first + 1;
  settlement_.last_settled = SystemClock().now();
  if (on_settled) on_settled(first, last, settlement_.last_settled);
}

}  // namespace awps
