#pragma once

// Request targets: the split of a path, percent-decoding, and queries, as ASP.NET's routing does
// it.
// 1. A raw path is split at '/' first, then each segment is decoded once: a name never gains a '/'.
// 2. "%2F" stays literally "%2F" in a path; "%252F" decodes to "%2F"; '+' is a plus.
// 3. In a query '+' is a blank, and names are compared without case.
// A '%' that two hex digits do not follow stays as it is. Pure, any thread.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace awps::emulator {

struct DecodeRules {
  bool keep_slash = false;     // "%2F" stays
  bool plus_is_blank = false;  // '+' becomes ' '
};

std::string percent_decoded(std::string_view text, DecodeRules rules);
/// All but A–Z a–z 0–9 - . _ ~ becomes %XX.
std::string percent_encoded(std::string_view text);

/// A request target in origin or absolute form, apart. Views into the target.
struct TargetParts {
  std::string_view path;
  std::string_view query;  // without '?'
};
TargetParts split_target(std::string_view target);

/// The decoded segments of a raw path that begins with '/'. nullopt for a path with an empty or a
/// dot segment ("", ".", "..", encoded or not) or with text that is no UTF-8: such a path names
/// nothing.
std::optional<std::vector<std::string>> path_segments(std::string_view raw_path);

class Query {
 public:
  explicit Query(std::string_view raw);

  /// The first value, or nullptr.
  const std::string* find(std::string_view name) const;
  std::vector<std::string> all(std::string_view name) const;
  size_t count(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> items_;
};

}  // namespace awps::emulator
