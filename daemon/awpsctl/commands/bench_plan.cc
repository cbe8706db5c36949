#include "daemon/awpsctl/commands/bench_plan.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/json_text.h"
#include "base/terminal_text.h"

namespace awps {

namespace {

constexpr std::array<std::string_view, 5> kKindNames = {"sendToAll", "sendToGroup", "sendToUser",
                                                        "addUserToGroup", "removeUserFromGroup"};
constexpr uint64_t kMostWeight = 1000;

// Spreads consecutive numbers over all targets (Steele, Lea, Flood 2014: SplitMix64's finalizer).
uint64_t mixed(uint64_t k) {
  k = (k ^ (k >> 30U)) * 0xBF58476D1CE4E5B9U;
  k = (k ^ (k >> 27U)) * 0x94D049BB133111EBU;
  return k ^ (k >> 31U);
}

Failure no_kind(const std::string& item) {
  return {ExitCode::kUsage, "usage",
          "--actions: '" + printable(item) + "' is none of " + std::string(BenchPlan::kKinds) +
              ", with or without a weight of 1 to 1000, such as "
              "sendToGroup=8,addUserToGroup=2"};
}

}  // namespace

Result<BenchPlan, Failure> BenchPlan::make(const BenchArguments& arguments) {
  BenchPlan plan;
  if (const Result<void, Failure> kinds = plan.take_kinds(arguments.actions); !kinds) {
    return kinds.error();
  }
  const double count = std::max(1.0, std::round(arguments.rate * arguments.seconds));
  plan.actions_ = static_cast<uint64_t>(count);
  plan.connections_ =
      static_cast<uint32_t>(std::min<uint64_t>(arguments.connections, plan.actions_));
  plan.rate_ = arguments.rate;
  plan.size_ = arguments.size;
  plan.groups_ = arguments.groups;
  plan.equal_data_ = arguments.equal_data;
  plan.unordered_ = arguments.unordered;
  return plan;
}

Result<void, Failure> BenchPlan::take_kinds(std::string_view text) {
  while (true) {
    const std::string_view item = text.substr(0, text.find(','));
    const size_t equals = item.find('=');
    const auto found = std::ranges::find(kKindNames, item.substr(0, equals));
    uint64_t weight = 1;
    if (equals != std::string_view::npos) {
      const std::string_view number = item.substr(equals + 1);
      const char* end = number.data() + number.size();
      const auto [last, error] = std::from_chars(number.data(), end, weight);
      if (error != std::errc() || last != end) weight = 0;
    }
    if (found == kKindNames.end() || weight == 0 || weight > kMostWeight) {
      return no_kind(std::string(item));
    }
    kinds_.insert(kinds_.end(), weight, static_cast<Kind>(found - kKindNames.begin()));
    if (item.size() == text.size()) return {};
    text.remove_prefix(item.size() + 1);
  }
}

uint64_t BenchPlan::actions_of(uint32_t c) const {
  return actions_ / connections_ + (c < actions_ % connections_ ? 1 : 0);
}

Duration BenchPlan::intended(uint32_t c, uint64_t n) const {
  return from_seconds(static_cast<double>(place(c, n)) / rate_);
}

void BenchPlan::append_data(uint64_t k, std::string& out) const {
  const size_t begin = out.size();
  if (!equal_data_) append_number(out, k);
  const size_t used = out.size() - begin;
  if (used < size_) out.append(size_ - used, equal_data_ ? 'x' : '.');
}

void BenchPlan::append_line(uint32_t c, uint64_t n, std::string& out) const {
  const uint64_t k = place(c, n);
  const Kind kind = kinds_[mixed(k + 1) % kinds_.size()];
  // By different bits, so that no kind is bound to some of the targets.
  const uint64_t target = (mixed(k + 1) >> 32U) % groups_;
  out.append(R"({"actionName":")").append(kKindNames[static_cast<size_t>(kind)]).append("\"");
  const auto append_name = [&](std::string_view key, std::string_view prefix) {
    out.append(",\"").append(key).append(R"(":"bench-)").append(prefix);
    append_number(out, target);
    out += '"';
  };
  if (kind == Kind::kToUser || kind == Kind::kAdd || kind == Kind::kRemove) {
    append_name("userId", "user-");
  }
  if (kind == Kind::kToGroup || kind == Kind::kAdd || kind == Kind::kRemove) {
    append_name("group", "group-");
  }
  const bool is_send = kind != Kind::kAdd && kind != Kind::kRemove;
  if (is_send) {
    out += R"(,"data":")";
    append_data(k, out);
    out += '"';
  }
  if (is_send && unordered_) out += R"(,"unordered":true)";
  out += '}';
}

}  // namespace awps
