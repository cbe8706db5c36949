#pragma once

// PatternIndex: the first of many patterns (pattern.h) that a text fits, without trying them all.
//
// A pattern is found by the longer one of its literal ends: what stands before its first '*', or
// behind its last one. The ends are sorted, and each knows the longest other one that it begins
// with; so all ends that a text has are on one chain, which a binary search finds. Only the
// patterns on the two chains of a text are tried.
//
// Any thread, once made. A search costs O(log patterns + length of the text), and a comparison for
// each pattern whose literal end the text has.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace awps {

class PatternIndex {
 public:
  static constexpr size_t kNone = SIZE_MAX;

  /// Copies the patterns.
  explicit PatternIndex(std::span<const std::string_view> patterns);

  bool empty() const { return patterns_.empty(); }
  /// The place of the first pattern that the text fits, or kNone.
  size_t first_match(std::string_view text) const;

 private:
  /// Texts by what they begin with.
  struct Ends {
    struct End {
      std::string text;
      size_t parent = kNone;         // the longest other one that it begins with
      size_t least = kNone;          // the first pattern on its chain: of it and all its parents
      std::vector<size_t> patterns;  // ascending
    };
    std::vector<End> sorted;

    void add(std::string text, size_t pattern);
    /// All are added.
    void link();
    /// The longest that the text begins with, or kNone.
    size_t longest_of(std::string_view text) const;
  };

  size_t first_on_chain(const Ends& ends, std::string_view key, std::string_view text,
                        size_t best) const;

  std::vector<std::string> patterns_;
  Ends beginnings_;
  Ends endings_;  // from the last character to the first
};

}  // namespace awps
