#pragma once

// merge: consecutive waiting messages of one group become one message, as a rule in the
// configuration says: a JSON array of them, or their texts joined by line feeds.
//
// What the client must expect. Under a json_array rule every JSON message of the group arrives as
// an array, of one element as well. The elements, in order, are the messages in the order accepted:
// only neighbours in the lane are taken, each held back by nothing but this lane, so no change of
// membership, no close and no barrier lies between two of them, and whoever is in the group gets
// all of them, as one by one. They are equal in all that decides who gets them and how (excluded,
// filter, data type, message TTL).
//
// A message of another data type, or a text with a line feed under `lines`, goes as it is.
//
// Pure, any thread.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "action/action.h"
#include "base/pattern_index.h"
#include "coalesce/coalesce_options.h"

namespace awps {

/// Finds the rule of a group. However many rules there are, it costs about the same.
class MergeRules {
 public:
  using Rule = CoalesceOptions::Merge;

  /// Borrows `rules`.
  explicit MergeRules(std::span<const Rule> rules);

  /// The rule under which the action is merged; nullptr: it goes as it is.
  const Rule* rule_for(const Action& action) const;

 private:
  std::span<const Rule> rules_;
  PatternIndex index_;
};

/// May both stand in one message, if both are under the rule?
bool merges_with(const Action& a, const Action& b);

/// Bytes of a message of `count` parts that have `bytes` together.
size_t merged_size(MergeFormat format, size_t count, size_t bytes);

/// Appends one more part to a message that is being written; `first` begins it.
void append_merged(std::string& out, MergeFormat format, std::string_view part, bool first);
/// Ends it.
void end_merged(std::string& out, MergeFormat format);

}  // namespace awps
