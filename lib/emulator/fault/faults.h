#pragma once

// Scripted faults: which requests fare badly, and how. Rules are tried in order and the first that
// matches and is due decides; one that `continues` adds its delay and lets the next ones decide.
// Pure: chance comes from a seed, time is an argument and counts from the script's start. FAULTS.md
// has the format of a script.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "emulator/fault/fault_match.h"
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

/// When a rule is awake, since the script's start.
struct FaultWindow {
  Duration from{};
  std::optional<Duration> until;
  Duration period{};  // 0: without pause; else awake for the first `active` of each period
  Duration active{};

  bool contains(Duration since_begin) const;
};

struct FaultRule {
  FaultMatch match;
  FaultWindow window;
  double probability = 1;
  uint64_t every = 1;
  uint64_t skip = 0;
  std::optional<uint64_t> count;
  Duration most_delay{};  // above fault.delay: a delay by chance between the two
  bool continues = false;
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

class Faults {
 public:
  Faults(FaultScript script, Instant begin)
      : script_(std::move(script)), random_(script_.seed), begin_(begin) {}

  bool empty() const { return script_.rules.empty(); }
  /// nullopt: the request fares well.
  std::optional<Fault> decide(const FaultSubject& subject, Instant now);
  const std::vector<FaultRule>& rules() const { return script_.rules; }

 private:
  bool is_due(FaultRule& rule);
  Duration delay_of(const FaultRule& rule);

  FaultScript script_;
  Random random_;
  Instant begin_;
};

}  // namespace awps::emulator
