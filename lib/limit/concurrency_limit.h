#pragma once

// ConcurrencyLimit: how many requests may be under way at once, learnt from how long they take. A
// service that is short of something answers more slowly before it refuses; then fewer at once get
// as much done, sooner each (the gradient of Netflix's concurrency-limits, `Gradient2Limit`, 2018).
//
// 1. Only answers of 2xx teach: a refusal is quick and says nothing of the work. The caller sees to
//    that.
// 2. Kinds of request differ in how long they take. Each class has a usual time of its own, and a
//    window is judged by the sum of what its answers took over the sum of what is usual for them.
//    So many quick removes among slow sends do not make the sends look slow.
// 3. What is usual is the fastest sample of the last 5 to 10 s: the least of two halves of 5 s, as
//    the windowed filters of BBR (Cardwell et al., "BBR: Congestion-Based Congestion Control",
//    2016). A sample is the mean of a second, the first one of kSample answers, and counts with
//    twice its standard error on top: else the luckiest of many short ones would become usual.
// 4. So that a queue that is ours does not become usual either: where what is usual has grown by a
//    half, and the limit was reached, the limit falls to kLeast until one sample was taken, and
//    returns to where it was (BBR's ProbeRTT).
// 5. While answers take at most 1.25 × the usual, the limit doubles each round trip. Up to 2 × it
//    grows by its square root a window; beyond, it shrinks with the gradient. So a wrong reduction
//    is made good within a few round trips.
// 6. It grows only in a window in which it was reached, and stays between kLeast and the configured
//    bound: so few do no harm, and mixed sizes of messages do not choke a near service.
//
// One thread: the hub's worker. O(1) an answer, O(kClasses) a window.

#include <array>
#include <cstdint>
#include <limits>
#include <string>

#include "base/clock.h"

namespace awps {

class ConcurrencyLimit {
 public:
  static constexpr size_t kClasses = 20;

  explicit ConcurrencyLimit(uint64_t most);

  /// Another bound from now on.
  void set_most(uint64_t most);
  /// Forgets what was learnt: a reload.
  void forget();
  uint64_t present() const { return static_cast<uint64_t>(limit_); }
  uint64_t most() const { return static_cast<uint64_t>(most_); }
  /// How long an answer usually takes, of the slowest class; 0: nothing is known.
  Duration usual() const;
  /// For people: why it is what it is, and until when.
  std::string reason() const;

  struct Answer {
    size_t kind = 0;  // below kClasses: requests that take about equally long
    Duration took{};
    uint64_t under_way = 0;  // when it came, itself included
  };
  /// An answer of 2xx came.
  void note_success(const Answer& answer, Instant now);

 private:
  static constexpr uint64_t kFirst = 16;
  static constexpr uint64_t kLeast = 8;
  static constexpr uint64_t kFewest = 8;   // answers of a class to judge it by
  static constexpr uint64_t kSample = 16;  // and to say what is usual
  static constexpr double kUnknown = std::numeric_limits<double>::infinity();

  struct Class {
    double sum = 0;  // of this window, seconds
    uint64_t answers = 0;
    double sample_sum = 0;  // of what may become usual
    double sample_squares = 0;
    uint64_t sampled = 0;
    Instant sample_began{};
    double fastest = kUnknown;   // sample of this half, seconds an answer
    double previous = kUnknown;  // and of the half before
    double anchor = kUnknown;    // the usual as the last look saw it, or less
    uint64_t answers_of_half = 0;

    double usual() const { return fastest < previous ? fastest : previous; }
  };

  double least() const;
  /// True: a class has another sample.
  bool take_samples(Instant now);
  /// The window's answers against what is usual for them; 0: too few of each class to judge.
  double take_slowness();
  void follow(double slowness);
  void end_look();
  void turn_halves(Instant now);
  bool is_slower_than_anchored() const;
  void begin_look(Instant now);
  void begin_window(Instant now);

  double most_;
  double limit_;
  std::array<Class, kClasses> classes_{};
  bool doubles_ = true;  // each answer lets one more go
  bool is_judged_ = false;
  double usual_seconds_ = 0;  // of the last window's answers, on average
  Instant window_began_ = Instant::min();
  uint64_t answers_ = 0;      // of this window
  uint64_t window_ = kFirst;  // so many end it
  bool was_reached_ = false;
  int64_t half_ = 0;  // its number
  bool was_reached_in_half_ = false;
  double returns_to_ = 0;  // after a look at few at once; 0: there is none
  Instant look_began_{};
};

}  // namespace awps
