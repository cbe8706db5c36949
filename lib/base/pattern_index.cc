#include "base/pattern_index.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/pattern.h"

namespace awps {

namespace {

size_t common_length(std::string_view a, std::string_view b) {
  const size_t most = std::min(a.size(), b.size());
  const auto [end, _] =
      std::mismatch(a.begin(), a.begin() + static_cast<ptrdiff_t>(most), b.begin());
  return static_cast<size_t>(end - a.begin());
}

std::string reversed(std::string_view text) {
  return {text.rbegin(), text.rend()};
}

}  // namespace

PatternIndex::PatternIndex(std::span<const std::string_view> patterns)
    : patterns_(patterns.begin(), patterns.end()) {
  for (size_t i = 0; i < patterns_.size(); ++i) {
    const std::string_view pattern = patterns_[i];
    const size_t beginning = std::min(pattern.find('*'), pattern.size());
    const size_t last_star = pattern.rfind('*');
    const size_t ending = last_star == std::string_view::npos ? 0 : pattern.size() - last_star - 1;
    if (beginning >= ending) {
      beginnings_.add(std::string(pattern.substr(0, beginning)), i);
    } else {
      endings_.add(reversed(pattern.substr(pattern.size() - ending)), i);
    }
  }
  beginnings_.link();
  endings_.link();
}

void PatternIndex::Ends::add(std::string text, size_t pattern) {
  sorted.push_back({.text = std::move(text), .patterns = {pattern}});
}

void PatternIndex::Ends::link() {
  std::ranges::stable_sort(sorted, {}, &End::text);
  std::vector<End> merged;
  for (End& end : sorted) {
    if (!merged.empty() && merged.back().text == end.text) {
      merged.back().patterns.push_back(end.patterns.front());
    } else {
      merged.push_back(std::move(end));
    }
  }
  sorted = std::move(merged);
  for (size_t i = 0; i < sorted.size(); ++i) {
    End& end = sorted[i];
    // What it begins with stands before it, and is on the chain of its neighbour.
    size_t parent = i == 0 ? kNone : i - 1;
    while (parent != kNone && !end.text.starts_with(sorted[parent].text)) {
      parent = sorted[parent].parent;
    }
    end.parent = parent;
    end.least = end.patterns.front();
    if (parent != kNone) end.least = std::min(end.least, sorted[parent].least);
  }
}

size_t PatternIndex::Ends::longest_of(std::string_view text) const {
  const auto above = std::ranges::upper_bound(sorted, text, {}, &End::text);
  if (above == sorted.begin()) return kNone;
  size_t place = static_cast<size_t>(above - sorted.begin()) - 1;
  const size_t common = common_length(sorted[place].text, text);
  while (place != kNone && sorted[place].text.size() > common) place = sorted[place].parent;
  return place;
}

size_t PatternIndex::first_on_chain(const Ends& ends, std::string_view key, std::string_view text,
                                    size_t best) const {
  for (size_t place = ends.longest_of(key); place != kNone; place = ends.sorted[place].parent) {
    const Ends::End& end = ends.sorted[place];
    if (end.least >= best) break;
    for (const size_t pattern : end.patterns) {
      if (pattern >= best) break;
      if (matches_pattern(patterns_[pattern], text)) best = pattern;
    }
  }
  return best;
}

size_t PatternIndex::first_match(std::string_view text) const {
  const size_t best = first_on_chain(beginnings_, text, text, kNone);
  return endings_.sorted.empty() ? best : first_on_chain(endings_, reversed(text), text, best);
}

}  // namespace awps
