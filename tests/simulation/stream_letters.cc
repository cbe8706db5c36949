#include "tests/simulation/stream_letters.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace awps {

namespace {

// What a hub gave up; the rest was never accepted.
constexpr std::array<std::string_view, 3> kGivenUp = {"refused", "retries_exhausted", "ambiguous"};

std::string header(const TopicLetter& letter, std::string_view name) {
  for (const auto& [key, value] : letter.headers) {
    if (key == name) return value;
  }
  return "";
}

int64_t number_in(const TopicLetter& letter, std::string_view name) {
  const std::string text = header(letter, name);
  int64_t number = -1;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

std::vector<uint32_t> elements_in(std::string_view list) {
  std::vector<uint32_t> elements;
  for (;;) {
    while (list.starts_with(',') || list.starts_with(' ')) list.remove_prefix(1);
    uint32_t element = 0;
    const auto [end, error] = std::from_chars(list.data(), list.data() + list.size(), element);
    if (error != std::errc()) return elements;
    elements.push_back(element);
    list.remove_prefix(static_cast<size_t>(end - list.data()));
  }
}

bool StreamLetters::write(const TopicLetter& letter) {
  if (writes_.size() >= kMost) return false;
  const auto partition = static_cast<int32_t>(number_in(letter, "awpsd-partition"));
  const int64_t offset = number_in(letter, "awpsd-offset");
  const std::vector<uint32_t> failed = elements_in(header(letter, "awpsd-element"));
  const bool was_given_up = std::ranges::count(kGivenUp, header(letter, "awpsd-code")) > 0;
  if (!was_given_up && !failed.empty()) parts_.judge.refused(partition, offset, failed.front());
  Write write{.at = parts_.clock.now() + std::chrono::milliseconds(1 + random_.below(200)),
              .token = letter.token,
              .ownership = parts_.judge.ownership_of(parts_.member, partition)};
  if (!writes_.empty()) write.at = std::max(write.at, writes_.back().at);
  for (const uint32_t index : failed) {
    write.elements.push_back(parts_.truth.find(partition, offset, index));
    if (write.elements.back() == nullptr) parts_.judge.mistake("a letter is of nothing");
  }
  writes_.push_back(std::move(write));
  return true;
}

void StreamLetters::advance() {
  while (!writes_.empty() && writes_.front().at <= parts_.clock.now()) {
    const Write write = std::move(writes_.front());
    writes_.pop_front();
    const bool fails = fails_ || random_.chance(0.1);
    for (TruthElement* const element : write.elements) {
      if (!fails && element != nullptr) parts_.judge.settled(write.ownership, *element);
    }
    written_.push_back({.token = write.token, .error = fails ? "not enough replicas" : ""});
    parts_.wake();
  }
}

std::optional<LetterWritten> StreamLetters::next_written() {
  if (written_.empty()) return std::nullopt;
  LetterWritten written = std::move(written_.front());
  written_.pop_front();
  return written;
}

}  // namespace awps
