#pragma once

// Scripted faults: which requests fare badly, and how. Rules are tried in order and the first that
// matches and is due decides. Pure: chance comes from a seed.
//   {"seed": 1, "rules": [ RULE, … ]}, or the array alone. All members of a RULE are optional:
//   "name":         shown in the log and the counters
//   "match":        {"method", "pathPrefix", "pathContains", "hub", "operation"}; the path is the
//   raw one "probability":  0…1, by the seed "every":        n: the n-th, 2n-th, … request that
//   matches "skip":         the first n matches are left alone "count":        at most n times
//   "delayMs":      the answer waits that long
//   "status", "headers" {…}, "body", "contentType": the scripted answer
//   "effect":       does the operation take effect although the status is scripted (default: no)
//   "reset":        "before" | "after" the effect: the connection is reset instead of an answer
//   "stall":        true: there is never an answer
//   "earlyAnswer":  true: the scripted answer (413 unless "status") before the body is read, then
//   close

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "emulator/http_response.h"

namespace awps::emulator {

enum class Reset { kNone, kBefore, kAfter };

/// What happens to a request.
struct Fault {
  std::string name;
  Duration delay{};
  std::optional<HttpResponse> answer;
  bool takes_effect = true;
  Reset reset = Reset::kNone;
  bool stalls = false;
  bool answers_early = false;
};

struct FaultMatch {
  std::string method;
  std::string path_prefix;
  std::string path_contains;
  std::string hub;
  std::string operation;
};

struct FaultRule {
  FaultMatch match;
  double probability = 1;
  uint64_t every = 1;
  uint64_t skip = 0;
  std::optional<uint64_t> count;
  Fault fault;
  uint64_t matched = 0;
  uint64_t applied = 0;
};

struct FaultScript {
  uint64_t seed = 1;
  std::vector<FaultRule> rules;
};

/// The error names the rule and the member that is wrong.
Result<FaultScript> parse_fault_script(std::string_view json);

/// What a rule may look at.
struct FaultSubject {
  std::string_view method;
  std::string_view raw_path;
  std::string_view hub;  // lower-case, empty if there is none
  std::string_view operation;
};

class Faults {
 public:
  explicit Faults(FaultScript script) : script_(std::move(script)), random_(script_.seed) {}

  bool empty() const { return script_.rules.empty(); }
  /// nullptr: the request fares well. Valid until the script is replaced.
  const Fault* decide(const FaultSubject& subject);
  const std::vector<FaultRule>& rules() const { return script_.rules; }

 private:
  FaultScript script_;
  Random random_;
};

}  // namespace awps::emulator
