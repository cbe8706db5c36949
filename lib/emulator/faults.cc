#include "emulator/faults.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace awps::emulator {

namespace {

using nlohmann::json;

/// Reads the members of one JSON object; the first mistake stays.
class Reader {
 public:
  Reader(const json& object, std::string where) : object_(object), where_(std::move(where)) {
    if (!object.is_object()) fail("must be an object");
  }

  const std::optional<Error>& error() const { return error_; }

  void text(const char* name, std::string& value) {
    if (const json* member = find(name)) {
      member->is_string() ? void(value = member->get<std::string>())
                          : fail_member(name, "a string");
    }
  }
  void flag(const char* name, bool& value) {
    if (const json* member = find(name)) {
      member->is_boolean() ? void(value = member->get<bool>()) : fail_member(name, "true or false");
    }
  }
  std::optional<uint64_t> number(const char* name) {
    const json* member = find(name);
    if (member == nullptr) return std::nullopt;
    if (member->is_number_unsigned()) return member->get<uint64_t>();
    fail_member(name, "an integer that is not negative");
    return std::nullopt;
  }
  void probability(const char* name, double& value) {
    const json* member = find(name);
    if (member == nullptr) return;
    if (member->is_number() && member->get<double>() >= 0 && member->get<double>() <= 1) {
      value = member->get<double>();
      return;
    }
    fail_member(name, "a number from 0 to 1");
  }
  const json* find(const char* name) {
    known_.emplace_back(name);
    const auto member = object_.find(name);
    return member == object_.end() ? nullptr : &*member;
  }
  void fail_member(const std::string& name, const std::string& expected) {
    fail("'" + name + "' must be " + expected);
  }
  void refuse_unknown() {
    if (!object_.is_object()) return;
    for (const auto& [name, value] : object_.items()) {
      if (std::ranges::find(known_, name) == known_.end()) fail("'" + name + "' is not known");
    }
  }

 private:
  void fail(const std::string& what) {
    if (!error_) error_ = Error{"read fault script, " + where_ + ": " + what};
  }

  const json& object_;
  std::string where_;
  std::vector<std::string> known_;
  std::optional<Error> error_;
};

void read_match(Reader& rule, const std::string& where, FaultMatch& match,
                std::optional<Error>& error) {
  const json* object = rule.find("match");
  if (object == nullptr) return;
  Reader reader(*object, where + " match");
  reader.text("method", match.method);
  reader.text("pathPrefix", match.path_prefix);
  reader.text("pathContains", match.path_contains);
  reader.text("hub", match.hub);
  reader.text("operation", match.operation);
  reader.refuse_unknown();
  error = reader.error();
}

void read_answer(Reader& reader, Fault& fault) {
  const auto status = reader.number("status");
  HttpResponse answer;
  answer.status = 413;
  if (status && (*status < 200 || *status > 599)) reader.fail_member("status", "from 200 to 599");
  if (status) answer.status = static_cast<int>(*status);
  reader.text("body", answer.body);
  reader.text("contentType", answer.content_type);
  if (const json* headers = reader.find("headers")) {
    if (!headers->is_object()) return reader.fail_member("headers", "an object");
    for (const auto& [name, value] : headers->items()) {
      answer.headers.emplace_back(name,
                                  value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
  reader.flag("earlyAnswer", fault.answers_early);
  if (!status && !fault.answers_early) return;
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

Result<FaultRule> parse_rule(const json& object, const std::string& where) {
  FaultRule rule;
  Reader reader(object, where);
  std::optional<Error> match_error;
  read_match(reader, where, rule.match, match_error);
  reader.text("name", rule.fault.name);
  reader.probability("probability", rule.probability);
  rule.every = std::max<uint64_t>(reader.number("every").value_or(1), 1);
  rule.skip = reader.number("skip").value_or(0);
  rule.count = reader.number("count");
  rule.fault.delay = std::chrono::milliseconds(
      static_cast<int64_t>(std::min<uint64_t>(reader.number("delayMs").value_or(0), 86'400'000)));
  read_answer(reader, rule.fault);
  reader.flag("stall", rule.fault.stalls);
  if (rule.fault.stalls) rule.fault.takes_effect = false;
  read_reset(reader, rule.fault);
  reader.flag("effect", rule.fault.takes_effect);
  if (rule.fault.answers_early) rule.fault.takes_effect = false;
  reader.refuse_unknown();
  if (match_error) return *match_error;
  if (reader.error()) return *reader.error();
  return rule;
}

bool matches(const FaultMatch& match, const FaultSubject& subject) {
  const auto fits = [](const std::string& wanted, std::string_view actual) {
    return wanted.empty() || wanted == actual;
  };
  return fits(match.method, subject.method) && fits(match.hub, subject.hub) &&
         fits(match.operation, subject.operation) &&
         subject.raw_path.starts_with(match.path_prefix) &&
         subject.raw_path.find(match.path_contains) != std::string_view::npos;
}

}  // namespace

Result<FaultScript> parse_fault_script(std::string_view text) {
  const json document = json::parse(text, nullptr, false);
  if (document.is_discarded()) return Error{"read fault script: it is no valid JSON"};
  FaultScript script;
  const json* rules = &document;
  if (document.is_object()) {
    Reader reader(document, "the whole");
    script.seed = reader.number("seed").value_or(1);
    rules = reader.find("rules");
    reader.refuse_unknown();
    if (reader.error()) return *reader.error();
  }
  if (rules == nullptr || !rules->is_array()) {
    return Error{"read fault script: expected an array of rules, or {\"seed\":…,\"rules\":[…]}"};
  }
  for (size_t i = 0; i < rules->size(); ++i) {
    auto rule = parse_rule((*rules)[i], "rule " + std::to_string(i));
    if (!rule.ok()) return rule.error();
    script.rules.push_back(std::move(rule.value()));
  }
  return script;
}

const Fault* Faults::decide(const FaultSubject& subject) {
  for (FaultRule& rule : script_.rules) {
    if (!matches(rule.match, subject)) continue;
    ++rule.matched;
    if (rule.matched <= rule.skip || (rule.count && rule.applied >= *rule.count)) continue;
    if ((rule.matched - rule.skip) % rule.every != 0) continue;
    if (rule.probability < 1 && !random_.chance(rule.probability)) continue;
    ++rule.applied;
    return &rule.fault;
  }
  return nullptr;
}

}  // namespace awps::emulator
