// parse_fault_script() of faults.h: reads the JSON that FAULTS.md describes. Every member is
// checked, and one that is not known is a mistake. Any bytes are safe.

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/pattern.h"
#include "emulator/fault/faults.h"
#include "emulator/rest_error.h"
#include "emulator/route.h"
#include "emulator/text.h"

namespace awps::emulator {

namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr uint64_t kMostMilliseconds = 86'400'000;  // a day
constexpr size_t kMostRules = 10'000;

/// Reads the members of one JSON object; the first mistake of all readers of a script stays.
class Reader {
 public:
  Reader(const json& object, std::string where, std::optional<Error>& error)
      : object_(object), where_(std::move(where)), error_(error) {
    if (!object.is_object()) fail("must be an object");
  }

  void text(const char* name, std::string& value) {
    const json* member = find(name);
    if (member == nullptr) return;
    if (!member->is_string()) return fail_member(name, "a string");
    value = member->get<std::string>();
  }
  void flag(const char* name, bool& value) {
    const json* member = find(name);
    if (member == nullptr) return;
    if (!member->is_boolean()) return fail_member(name, "true or false");
    value = member->get<bool>();
  }
  std::optional<uint64_t> number(const char* name) {
    const json* member = find(name);
    if (member == nullptr) return std::nullopt;
    if (member->is_number_unsigned()) return member->get<uint64_t>();
    fail_member(name, "an integer that is not negative");
    return std::nullopt;
  }
  std::optional<Duration> time(const char* name) {
    const auto amount = number(name);
    if (!amount) return std::nullopt;
    if (*amount > kMostMilliseconds) {
      fail_member(name, "at most " + std::to_string(kMostMilliseconds) + ", a day");
    }
    return milliseconds(static_cast<int64_t>(std::min(*amount, kMostMilliseconds)));
  }
  std::optional<double> part(const char* name) {
    const json* member = find(name);
    if (member == nullptr) return std::nullopt;
    if (member->is_number() && member->get<double>() >= 0 && member->get<double>() <= 1) {
      return member->get<double>();
    }
    fail_member(name, "a number from 0 to 1");
    return std::nullopt;
  }
  /// A pattern or an array of them.
  void patterns(const char* name, Patterns& values) {
    const json* member = find(name);
    if (member == nullptr) return;
    const bool is_list = member->is_array() && !member->empty();
    for (const json& item : is_list ? *member : json::array({*member})) {
      if (!item.is_string() || item.get_ref<const std::string&>().empty()) {
        return fail_member(name, "a string, or an array of strings, none empty");
      }
      values.push_back(item.get<std::string>());
    }
  }
  /// {"name": "pattern" or null}
  void named(const char* name, std::vector<NamedPattern>& values) {
    const json* member = find(name);
    if (member == nullptr) return;
    if (!member->is_object()) return fail_member(name, "an object of patterns");
    for (const auto& [key, value] : member->items()) {
      if (!value.is_string() && !value.is_null()) {
        return fail_member(name, "an object whose values are patterns, or null for none");
      }
      const auto pattern = value.is_null() ? std::nullopt : std::optional(value.get<std::string>());
      values.emplace_back(key, pattern);
    }
  }
  /// nullptr: it is not there.
  const json* find(const char* name) {
    known_.emplace_back(name);
    if (!object_.is_object()) return nullptr;
    const auto member = object_.find(name);
    return member == object_.end() ? nullptr : &*member;
  }
  void refuse_unknown() {
    if (!object_.is_object()) return;
    for (const auto& [name, value] : object_.items()) {
      if (std::ranges::find(known_, name) == known_.end()) fail("'" + name + "' is not known");
    }
  }
  void fail_member(const std::string& name, const std::string& expected) {
    fail("'" + name + "' must be " + expected);
  }
  void fail(const std::string& what) {
    if (!error_) error_ = Error{"read fault script, " + where_ + ": " + what};
  }
  Reader inner(const json& object, const std::string& name) const {
    return {object, where_ + " " + name, error_};
  }

 private:
  const json& object_;
  std::string where_;
  std::optional<Error>& error_;
  std::vector<std::string> known_;
};

bool names_operation(const std::string& pattern) {
  for (size_t i = 0; i < kOperationCount; ++i) {
    if (matches_pattern(pattern, operation_name(static_cast<Operation>(i)))) return true;
  }
  return false;
}

void read_conditions(Reader& reader, uint64_t seed, FaultConditions& when) {
  reader.text("method", when.method);
  reader.text("pathPrefix", when.path_prefix);
  reader.text("pathContains", when.path_contains);
  reader.text("hub", when.hub);
  when.hub = to_lower(when.hub);
  reader.patterns("operation", when.operations);
  for (const std::string& pattern : when.operations) {
    if (!names_operation(pattern)) {
      reader.fail("'operation' '" + pattern + "' fits no operation; one is 'sendToGroup'");
    }
  }
  reader.patterns("target", when.targets);
  reader.patterns("group", when.groups);
  reader.patterns("user", when.users);
  reader.patterns("connection", when.connections);
  const auto fraction = reader.part("targetFraction");
  const auto fraction_seed = reader.number("targetSeed");
  if (fraction) when.target_fraction = {*fraction, fraction_seed.value_or(seed)};
  if (fraction_seed && !fraction) reader.fail("'targetSeed' needs 'targetFraction'");
  reader.named("query", when.query);
  reader.named("headers", when.headers);
  when.min_url_bytes = reader.number("minUrlBytes").value_or(0);
  when.min_body_bytes = reader.number("minBodyBytes").value_or(0);
}

void read_match(Reader& rule, uint64_t seed, FaultMatch& match) {
  const json* object = rule.find("match");
  if (object == nullptr) return;
  Reader reader = rule.inner(*object, "match");
  read_conditions(reader, seed, match.when);
  if (const json* except = reader.find("except")) {
    Reader inner = reader.inner(*except, "except");
    read_conditions(inner, seed, match.except.emplace());
    inner.refuse_unknown();
  }
  reader.refuse_unknown();
}

void read_window(Reader& reader, FaultWindow& window) {
  window.from = reader.time("fromMs").value_or(Duration::zero());
  window.until = reader.time("untilMs");
  if (window.until && *window.until <= window.from) {
    reader.fail_member("untilMs", "above 'fromMs'");
  }
  const auto period = reader.time("periodMs");
  const auto active = reader.time("activeMs");
  if (!period && !active) return;
  if (!period || !active || *active >= *period || *active == Duration::zero()) {
    return reader.fail("'activeMs' and 'periodMs' go together, 0 < activeMs < periodMs");
  }
  window.period = *period;
  window.active = *active;
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F; });
}

void read_headers(Reader& reader, HttpResponse& answer) {
  const json* headers = reader.find("headers");
  if (headers == nullptr) return;
  if (!headers->is_object()) return reader.fail_member("headers", "an object");
  for (const auto& [name, value] : headers->items()) {
    if (!value.is_string() && !value.is_number()) {
      return reader.fail_member("headers", "an object of strings and numbers");
    }
    std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (name.empty() || !is_printable(name) || !is_printable(text)) {
      return reader.fail_member("headers", "names and values without control characters");
    }
    answer.headers.emplace_back(name, std::move(text));
  }
}

/// The answer as its `shape` has it; "" for another word.
std::optional<HttpResponse> shaped(std::string_view shape, int status, std::string_view code) {
  if (shape == "html") return front_end_error(status);
  if (shape == "aspnet") return validation_problem(status);
  if (shape == "service") return service_error(status, code);
  if (shape == "empty") return status_only(status);
  return std::nullopt;
}

/// `status`, and what the answer consists of.
void read_answer(Reader& reader, Fault& fault) {
  reader.flag("earlyAnswer", fault.answers_early);
  const auto status = reader.number("status");
  if (status && (*status < 200 || *status > 599)) reader.fail_member("status", "from 200 to 599");
  std::string shape = "empty";
  std::string code;
  reader.text("shape", shape);
  reader.text("errorCode", code);
  if (!is_printable(code)) reader.fail_member("errorCode", "without control characters");
  if (code.empty() != (shape != "service")) {
    reader.fail("'errorCode' and \"shape\":\"service\" go together");
  }
  const int answered = status ? static_cast<int>(std::min<uint64_t>(*status, 599)) : 413;
  auto answer = shaped(shape, answered, code);
  if (!answer) {
    return reader.fail_member("shape", R"("empty", "html", "aspnet" or "service")");
  }
  reader.text("body", answer->body);
  reader.text("contentType", answer->content_type);
  if (!is_printable(answer->content_type)) {
    reader.fail_member("contentType", "without control characters");
  }
  read_headers(reader, *answer);
  if (!status && !fault.answers_early) {
    if (*answer != status_only(413)) reader.fail("an answer needs 'status'");
    return;
  }
  fault.answer = std::move(answer);
  fault.takes_effect = false;
}

void read_reset(Reader& reader, Fault& fault) {
  std::string reset;
  reader.text("reset", reset);
  if (reset.empty()) return;
  if (reset != "before" && reset != "after") {
    return reader.fail_member("reset", "\"before\" or \"after\"");
  }
  fault.reset = reset == "before" ? Reset::kBefore : Reset::kAfter;
  fault.takes_effect = reset == "after";
}

void read_delay(Reader& reader, FaultRule& rule) {
  rule.fault.delay = reader.time("delayMs").value_or(Duration::zero());
  const auto most = reader.time("delayToMs");
  if (most && *most < rule.fault.delay) reader.fail_member("delayToMs", "'delayMs' or more");
  rule.most_delay = most.value_or(rule.fault.delay);
}

FaultRule read_rule(Reader& reader, uint64_t seed) {
  FaultRule rule;
  read_match(reader, seed, rule.match);
  read_window(reader, rule.window);
  reader.text("name", rule.fault.name);
  rule.probability = reader.part("probability").value_or(1);
  rule.every = std::max<uint64_t>(reader.number("every").value_or(1), 1);
  rule.skip = reader.number("skip").value_or(0);
  rule.count = reader.number("count");
  read_delay(reader, rule);
  read_answer(reader, rule.fault);
  reader.flag("stall", rule.fault.stalls);
  if (rule.fault.stalls) rule.fault.takes_effect = false;
  read_reset(reader, rule.fault);
  reader.flag("effect", rule.fault.takes_effect);
  if (rule.fault.answers_early) rule.fault.takes_effect = false;
  reader.flag("continues", rule.continues);
  const bool ends = rule.fault.answer || rule.fault.stalls || rule.fault.reset != Reset::kNone;
  if (rule.continues && (ends || !rule.fault.takes_effect)) {
    reader.fail("'continues' goes with a delay alone");
  }
  reader.refuse_unknown();
  return rule;
}

}  // namespace

Result<FaultScript> parse_fault_script(std::string_view text) {
  const json document = json::parse(text, nullptr, false);
  if (document.is_discarded()) return Error{"read fault script: it is no valid JSON"};
  FaultScript script;
  std::optional<Error> error;
  const json* rules = &document;
  if (document.is_object()) {
    Reader reader(document, "the whole", error);
    script.seed = reader.number("seed").value_or(1);
    rules = reader.find("rules");
    reader.refuse_unknown();
    if (error) return *error;
  }
  if (rules == nullptr || !rules->is_array()) {
    return Error{"read fault script: expected an array of rules, or {\"seed\":…,\"rules\":[…]}"};
  }
  if (rules->size() > kMostRules) {
    return Error{"read fault script: more than " + std::to_string(kMostRules) + " rules"};
  }
  for (size_t i = 0; i < rules->size(); ++i) {
    Reader reader((*rules)[i], "rule " + std::to_string(i), error);
    script.rules.push_back(read_rule(reader, script.seed));
    if (error) return *error;
  }
  return script;
}

}  // namespace awps::emulator
