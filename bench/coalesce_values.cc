// Live values: 10,000 of them, updated at random a million times a second for ten seconds, each
// with its conflationKey and in a group of its own, one producer, ack = accepted. Checked: every
// value's last update arrives, and never an older one after a newer.
//
// "lag" is the time from a value's last update, as it is written to the socket, to its delivery;
// at best all values wait for one round at the permitted rate, keys / rate; the aim is twice that.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/random.h"
#include "bench/coalesce_runs.h"
#include "bench/daemon_process.h"

namespace awps {
namespace {

constexpr uint64_t kKeys = 10'000;
constexpr size_t kKeyDigits = 5;
constexpr size_t kValueDigits = 10;
constexpr double kUpdatesPerSecond = 1e6;
constexpr size_t kPortionBytes = size_t{128} * 1024;
constexpr auto kSlack = std::chrono::seconds(3);      // for the last updates to be accepted
constexpr auto kPatience = std::chrono::seconds(25);  // for the last values to arrive

std::string digits(uint64_t number, size_t width) {
  std::string text = std::to_string(number);
  return std::string(width - text.size(), '0') + text;
}

void put_digits(char* end, uint64_t number) {
  for (size_t i = 0; i < kValueDigits; ++i, number /= 10) {
    *--end = static_cast<char>('0' + number % 10);
  }
}

/// What the producer has written: values count from 1, over all keys.
class Updates {
 public:
  Updates() : last_(kKeys), written_at_(kKeys) {
    for (uint64_t key = 0; key < kKeys; ++key) {
      const std::string name = "k" + digits(key, kKeyDigits);
      lines_.push_back(R"({"actionName":"sendToGroup","group":")" + name +
                       R"(","conflationKey":")" + name + R"(","data":")" + name + ":" +
                       digits(0, kValueDigits) + "\"}\n");
    }
  }
  void append(Instant now, std::string& out) {
    const uint64_t key = random_.below(kKeys);
    std::string& line = lines_[key];
    put_digits(line.data() + line.size() - 3, ++value_);  // before the last quote
    out += line;
    last_[key] = value_;
    written_at_[key] = now;
  }
  uint64_t count() const { return value_; }
  uint64_t last(uint64_t key) const { return last_[key]; }
  Instant written_at(uint64_t key) const { return written_at_[key]; }

 private:
  Random random_{7};
  std::vector<std::string> lines_;
  std::vector<uint64_t> last_;
  std::vector<Instant> written_at_;
  uint64_t value_ = 0;
};

/// The one client, which is in all groups: "k00017:0000123456".
class Screen {
 public:
  Screen() : shown_(kKeys), shown_at_(kKeys) {}

  void show(std::string_view payload) {
    const uint64_t key = number(payload.substr(1, kKeyDigits));
    const uint64_t value = number(payload.substr(kKeyDigits + 2));
    went_back_ = went_back_ || value <= shown_[key];
    shown_[key] = value;
    shown_at_[key] = SystemClock().now();
    ++messages_;
  }
  uint64_t shown(uint64_t key) const { return shown_[key]; }
  Instant shown_at(uint64_t key) const { return shown_at_[key]; }
  uint64_t messages() const { return messages_; }
  bool went_back() const { return went_back_; }

 private:
  static uint64_t number(std::string_view text) {
    uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  }

  std::vector<uint64_t> shown_;
  std::vector<Instant> shown_at_;
  uint64_t messages_ = 0;
  bool went_back_ = false;
};

struct Lag {
  double median = 0;  // seconds
  double longest = 0;
  uint64_t missing = 0;  // keys whose last value was never shown
};

Lag lag_of(const Updates& updates, const Screen& screen) {
  Lag lag;
  std::vector<double> lags;
  for (uint64_t key = 0; key < kKeys; ++key) {
    if (screen.shown(key) != updates.last(key)) {
      ++lag.missing;
    } else if (updates.last(key) > 0) {
      lags.push_back(to_seconds(screen.shown_at(key) - updates.written_at(key)));
    }
  }
  if (lags.empty()) return lag;
  std::ranges::sort(lags);
  lag.median = lags[lags.size() / 2];
  lag.longest = lags.back();
  return lag;
}

struct LiveValues {
  Figure figure;
  double offered_per_second = 0;
  Lag lag;
};

LiveValues show_values(const Setting& setting) {
  Updates updates;
  Screen screen;
  Receiver receiver([&](std::string_view payload) { screen.show(payload); });
  Client client{.receiver = &receiver};
  for (uint64_t key = 0; key < kKeys; ++key) client.groups.push_back("k" + digits(key, kKeyDigits));
  EmulatedService service(limited_service(setting));
  service.connect({client});
  const DaemonProcess daemon(service.connection_string(), limited_config(setting));
  Producer producer(daemon.socket_path(), "accepted");
  Pace pace(kUpdatesPerSecond);
  const Instant end = setting.deadline();
  Instant last_offered{};
  Settlement settlement = producer.run(
      [&](Instant now, std::string& out) {
        last_offered = now;
        const uint64_t before = updates.count();
        const uint64_t due = std::min(pace.due(now, before), setting.actions - before);
        while (updates.count() < before + due && out.size() < kPortionBytes) {
          updates.append(now, out);
        }
        return Portion{.actions = updates.count() - before,
                       .is_last = now >= end || updates.count() == setting.actions};
      },
      end + kSlack);
  uint64_t key = 0;
  const bool is_complete = service.wait_for(
      [&] {
        while (key < kKeys && screen.shown(key) == updates.last(key)) ++key;
        return key == kKeys;
      },
      setting.coalesces ? kPatience
                        : std::chrono::duration_cast<std::chrono::seconds>(setting.limit));
  settlement.last_settled = SystemClock().now();
  LiveValues values;
  values.offered_per_second =
      static_cast<double>(settlement.offered) / to_seconds(last_offered - settlement.first_offered);
  service.run([&] {
    // Once the last value of each key is shown, all others are delivered or superseded.
    settlement.delivered = is_complete ? updates.count() : screen.messages();
    values.lag = lag_of(updates, screen);
  });
  values.figure = figure_of(settlement, service);
  if (screen.went_back()) values.figure.mistake = "an older value came after a newer one";
  return values;
}

void live_values(benchmark::State& state) {
  LiveValues coalesced;
  const auto run = [&](const Setting& setting) {
    const LiveValues values = show_values(setting);
    if (setting.coalesces) coalesced = values;
    return values.figure;
  };
  compare(state, run, {.coalescing = 10'000'000, .one_by_one = 4'000});
  const Lag& lag = coalesced.lag;
  state.counters["offered_per_second"] = coalesced.offered_per_second;
  state.counters["lag_median_seconds"] = lag.median;
  state.counters["lag_longest_seconds"] = lag.longest;
  state.counters["lag_of_aim"] = lag.longest / (2 * kKeys / kRequestsPerSecond);
  state.counters["last_values_missing"] = static_cast<double>(lag.missing);
}

BENCHMARK(live_values)->Apply(round_trips);

}  // namespace
}  // namespace awps
