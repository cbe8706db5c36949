#pragma once

// StreamLetters: the topic of dead letters of a world of streams. Writes may fail or wait; what
// succeeds is settled for the truth. One thread.

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "stream/letter_writer.h"
#include "tests/simulation/stream_judge.h"

namespace awps {

/// The numbers of a list with commas, up to what is none.
std::vector<uint32_t> elements_in(std::string_view list);

class StreamLetters final : public LetterWriter {
 public:
  struct Parts {
    size_t member = 0;
    StreamTruth& truth;
    StreamJudge& judge;
    const Clock& clock;
    std::function<void()> wake;
  };

  StreamLetters(const Parts& parts, uint64_t seed) : parts_(parts), random_(seed) {}

  /// Writes fail from now on, or work again.
  void set_failing(bool fails) { fails_ = fails; }
  Instant next_event() const { return writes_.empty() ? kNever : writes_.front().at; }
  void advance();

  bool write(const TopicLetter& letter) override;
  std::optional<LetterWritten> next_written() override;

 private:
  struct Write {
    Instant at{};
    uint64_t token = 0;
    size_t ownership = 0;
    std::vector<TruthElement*> elements;  // that failed
  };
  static constexpr size_t kMost = 4;

  const Parts parts_;
  Random random_;
  bool fails_ = false;
  std::deque<Write> writes_;  // by time
  std::deque<LetterWritten> written_;
};

}  // namespace awps
