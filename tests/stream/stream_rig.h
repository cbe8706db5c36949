#pragma once

// StreamRig: a stream between a scripted source and two played hubs, in virtual time.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "stream/stream.h"
#include "tests/stream/played_hub.h"
#include "tests/support/scripted_source.h"

namespace awps {

class SetClock final : public Clock {
 public:
  Instant now() const override { return now_; }
  WallTime wall_now() const override { return wall_; }
  void advance(Duration by) {
    now_ += by;
    wall_ += by;
  }
  void set_wall(WallTime to) { wall_ = to; }

 private:
  Instant now_{std::chrono::hours(1)};
  WallTime wall_{std::chrono::hours(24 * 365 * 50)};
};

/// Keeps what is written until the test says what becomes of it.
class PlayedWriter final : public LetterWriter {
 public:
  struct Written {
    uint64_t token = 0;
    bool has_key = false;
    std::string key;
    std::string value;
    std::vector<std::pair<std::string, std::string>> headers;

    std::string header(std::string_view name) const {
      for (const auto& [known, value_of] : headers) {
        if (known == name) return value_of;
      }
      return "(none)";
    }
  };

  bool write(const TopicLetter& letter) override {
    if (is_full) return false;
    written.push_back({.token = letter.token,
                       .has_key = letter.has_key,
                       .key = std::string(letter.key),
                       .value = std::string(letter.value),
                       .headers = letter.headers});
    return true;
  }
  std::optional<LetterWritten> next_written() override {
    if (ends.empty()) return std::nullopt;
    LetterWritten end = ends.front();
    ends.pop_front();
    return end;
  }
  void end_last(std::string error = "", bool is_too_large = false) {
    ends.push_back(
        {.token = written.back().token, .error = std::move(error), .is_too_large = is_too_large});
  }

  bool is_full = false;
  std::vector<Written> written;
  std::deque<LetterWritten> ends;
};

inline std::string send(std::string_view data, std::string_view more = "") {
  return R"({"actionName":"sendToAll","dataType":"text","data":")" + std::string(data) + "\"" +
         std::string(more) + "}";
}

class StreamRig : public testing::Test {
 protected:
  void TearDown() override {
    chat_.leave();
    news_.leave();
  }

  Stream& stream() {
    if (stream_ == nullptr) open();
    return *stream_;
  }
  void open() {
    stream_ = std::make_unique<Stream>(
        options_, directory(),
        Stream::Parts{.clock = clock_,
                      .source = source_,
                      .letters = letters_go_to_topic_ ? &writer_ : nullptr,
                      .counters = counters_,
                      .next_producer = [this] { return next_producer_++; },
                      .log = [this](StreamLog, const std::string& line) { log_.push_back(line); },
                      .wake = [this] { ++wakes_; },
                      .slot = 0,
                      .on_part = [this](const SharedPart& part) { take_part(part); }});
  }
  std::shared_ptr<const HubDirectory> directory() {
    return std::make_shared<const HubDirectory>(std::vector<IntakeHub>{chat_.door(), news_.door()},
                                                "chat");
  }

  /// What it tells of its partitions, at once.
  virtual void take_part(const SharedPart& part) { part_ = part; }

  /// Turns until there is nothing to do at once.
  void turn() {
    int seen = 0;
    do {
      seen = wakes_;
      stream().turn(clock_.now());
    } while ((stream().next_turn(clock_.now()) <= clock_.now() || wakes_ != seen) &&
             !stream().has_stopped());
  }
  void pass(Duration time) {
    clock_.advance(time);
    turn();
  }
  /// The same with a turn each second, as while the process runs.
  void wait(Duration time) {
    for (; time > std::chrono::seconds(1); time -= std::chrono::seconds(1)) {
      pass(std::chrono::seconds(1));
    }
    pass(time);
  }
  /// The next second has come, and its commit is answered.
  void pass_second() {
    pass(std::chrono::seconds(1));
    turn();
  }
  void own(const std::vector<int32_t>& partitions) {
    source_.assign(partitions);
    turn();
  }
  PartitionStatus partition(int32_t number) {
    for (const PartitionStatus& one : stream().status().partitions) {
      if (one.number == number) return one;
    }
    return {.number = -1, .owned_since = {}, .lag = {}, .oldest = {}};
  }
  bool has_logged(std::string_view part) const { return times_logged(part) > 0; }
  int times_logged(std::string_view part) const {
    return static_cast<int>(std::ranges::count_if(
        log_, [part](const std::string& line) { return line.find(part) != std::string::npos; }));
  }

  SetClock clock_;
  ScriptedSource source_;
  PlayedWriter writer_;
  StreamCounters counters_;
  StreamOptions options_{.name = "orders", .topic = "actions", .group = "fleet"};
  bool letters_go_to_topic_ = false;
  uint64_t next_producer_ = 100;
  int wakes_ = 0;
  std::vector<std::string> log_;
  SharedPart part_;  // as last told
  PlayedHub chat_{"chat"};
  PlayedHub news_{"news"};
  std::unique_ptr<Stream> stream_;
};

}  // namespace awps
