#pragma once

// Story: what happened at an endpoint, told in sentences, and what Trouble must make of it. It is
// read line by line. A line may begin with the time, in seconds since the beginning: "0.5 s".
//
// Events. WHO is a target such as a, or several of them: a1..a8; h2.a is one of the hub h2. An
// attempt that no line starts has started 10 ms before.
//   WHO starts                      an attempt begins
//   WHO probes                      likewise, and the endpoint must ask for a probe
//   WHO is answered                 2xx
//   WHO is wrong                    400 about the action
//   WHO fails                       500
//   WHO is refused                  the address, or the credential
//   WHO is throttled                429; "…, pause 5 s": with Retry-After
//   WHO finds no way                no connection
//   WHO vanishes                    an attempt ends, and says nothing
//   health is good | bad | silent   HEAD /api/health has ended
//   the configuration changes, a reload
//
// Claims, at the time of the last event.
//   everybody may go | a probe may go | nobody may go
//   held: service failing | not held | paused until 5 s | next probe at 5 s
//   suspects: none | suspects: a b
//   WHO is charged | is charged its time | is not charged    its last failure
//   WHO pauses 5 s                                           after its last failure
//   the rate falls | stays | is cleared                      by the last failure
//   an outage takes 16                                       different targets
//   WHO is known | is a newcomer
//   health is asked | health is not asked
//   newcomers are doubtful | newcomers are trusted

#include <string>
#include <string_view>
#include <vector>

namespace awps {

/// What in the story did not come true, or was not understood, a line each; empty: all is well.
std::string mistakes_of(std::string_view story);

struct StoryRow {
  std::string name;
  std::string story;
};
/// Fails the test for each that does not come true.
void expect_all_true(const std::vector<StoryRow>& rows);

}  // namespace awps
