#include "daemon/awpsctl/commands/sent_lines.h"

#include <algorithm>
#include <iterator>

#include "base/check.h"

namespace awps {

SentLines::Kind SentLines::take(std::string_view line) {
  ++lines_;
  found_ = 0;
  was_hello_ = false;
  if (line.size() > max_line_bytes_) {
    found_ = 1;  // refused whole
  } else {
    scratch_.assign(line);
    scratch_.append(kLinePadding, '\0');
    decoder_.decode(std::string_view(scratch_).substr(0, line.size()), lines_before_, *this);
  }
  if (!bad_hello_.empty()) return Kind::kBadHello;
  if (was_hello_) {
    lines_before_.none = false;
    return Kind::kHello;
  }
  if (line.find_first_not_of(" \t\r") != std::string_view::npos) lines_before_.none = false;
  if (found_ == 0) return Kind::kActions;
  const bool goes_on = found_ == 1 && !runs_.empty() && runs_.back().elements == 1 &&
                       lines_ - runs_.back().first_line == actions_ + 1 - runs_.back().first_seq;
  if (!goes_on) {
    runs_.push_back({.first_seq = actions_ + 1, .first_line = lines_, .elements = found_});
  }
  actions_ += found_;
  return Kind::kActions;
}

std::string SentLines::place_of(uint64_t seq) const {
  AWPS_CHECK(seq >= 1 && seq <= actions_);
  const auto after = std::ranges::upper_bound(runs_, seq, {}, &Run::first_seq);
  const Run& run = *std::prev(after);
  const uint64_t offset = seq - run.first_seq;
  if (run.elements == 1) return "line " + std::to_string(run.first_line + offset);
  return "line " + std::to_string(run.first_line) + "[" + std::to_string(offset + 1) + "]";
}

void SentLines::on_hello(const Hello& hello) {
  was_hello_ = true;
  hub_ = hello.hub;
}

}  // namespace awps
