#include "tests/limit/story.h"

#include <gtest/gtest.h>

#include <charconv>
#include <map>
#include <optional>
#include <sstream>

#include "limit/trouble.h"

namespace awps {

namespace {

constexpr Instant kStart{std::chrono::seconds(1000)};
constexpr Duration kTook = std::chrono::milliseconds(10);

std::optional<double> number_of(std::string_view word) {
  double number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return number;
}

/// "a1..a3": a1 a2 a3.
std::vector<std::string> names_of(const std::string& who) {
  const size_t dots = who.find("..");
  if (dots == std::string::npos) return {who};
  const size_t digits = who.find_last_not_of("0123456789", dots - 1) + 1;
  const std::string stem = who.substr(0, digits);
  const auto first = number_of(who.substr(digits, dots - digits));
  const auto last = number_of(who.substr(dots + 2 + digits));
  std::vector<std::string> names;
  if (!first || !last || who.substr(dots + 2, digits) != stem) return names;
  for (int i = static_cast<int>(*first); i <= static_cast<int>(*last); ++i) {
    names.push_back(stem + std::to_string(i));
  }
  return names;
}

std::string words_of(Instant at) {
  std::ostringstream words;
  if (at == Instant::min()) return "never";
  words << to_seconds(at - kStart) << " s";
  return words.str();
}

/// A line taken apart: "0.5 s a1..a8 is throttled, pause 5 s".
struct Sentence {
  std::optional<double> time;
  std::string text;    // without its times: "a1..a8 is throttled, pause"
  std::string who;     // "a1..a8"
  std::string phrase;  // "is throttled, pause"
  double number = 0;   // 5
};

// One form for one and for many: "a fails", "a1..a8 fail".
std::string singular(const std::string& word) {
  static const std::map<std::string, std::string> kForms = {
      {"are", "is"},     {"fail", "fails"},   {"start", "starts"},    {"probe", "probes"},
      {"find", "finds"}, {"pause", "pauses"}, {"vanish", "vanishes"},
  };
  const auto form = kForms.find(word);
  return form == kForms.end() ? word : form->second;
}

Sentence sentence_of(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  Sentence sentence;
  if (words.size() >= 2 && number_of(words[0]) && words[1] == "s") {
    sentence.time = number_of(words[0]);
    words.erase(words.begin(), words.begin() + 2);
  }
  if (words.size() >= 2 && words.back() == "s") words.pop_back();
  if (words.size() >= 2 && number_of(words.back())) {
    sentence.number = *number_of(words.back());
    words.pop_back();
  }
  for (size_t i = 0; i < words.size(); ++i) {
    if (i == 0) sentence.who = words[0];
    if (i == 1) sentence.phrase = singular(words[1]);
    if (i > 1) sentence.phrase += " " + words[i];
    sentence.text += (i == 0 ? "" : " ") + words[i];
  }
  return sentence;
}

class Teller {
 public:
  /// What is wrong with it; empty: nothing.
  std::string tell(const Sentence& sentence);

 private:
  struct Failed {
    Ruling ruling;
    FailedAttempt attempt;
  };

  std::string claim(const Sentence& sentence);
  std::optional<std::string> event_of_all(const Sentence& sentence);
  std::string event(const std::string& name, const Sentence& sentence);
  std::optional<std::string> claim_of(const std::string& name, const Sentence& sentence);
  Attempt begin(const std::string& name, bool is_probe);
  Attempt attempt_of(const std::string& name);
  void fail(const std::string& name, const Failure& failure, bool is_refusal);
  std::string suspects() const;
  std::string charge_text(const std::string& name) const;
  std::string passage();
  std::string rate() const;

  static uint64_t target_of(const std::string& name) { return std::hash<std::string>{}(name); }
  static std::string hub_of(const std::string& name) {
    return name.substr(0, name.find('.') == std::string::npos ? 0 : name.find('.'));
  }

  Trouble trouble_{Trouble::Options{}};
  Instant now_ = kStart;
  std::map<std::string, Attempt> under_way_;
  std::map<std::string, Failed> failed_;
  std::map<std::string, Instant> hub_success_;
  std::map<std::string, bool> seen_;
  Ruling last_;
};

Attempt Teller::begin(const std::string& name, bool is_probe) {
  seen_[name] = true;
  const uint64_t target = target_of(name);
  const Attempt attempt{.target = target,
                        .started = now_,
                        .of_suspect = trouble_.suspect_since(target) != kNever,
                        .of_known = trouble_.is_known(target),
                        .is_probe = is_probe};
  trouble_.begin(attempt);
  return attempt;
}

Attempt Teller::attempt_of(const std::string& name) {
  const auto begun = under_way_.find(name);
  if (begun != under_way_.end()) {
    const Attempt attempt = begun->second;
    under_way_.erase(begun);
    return attempt;
  }
  Attempt attempt = begin(name, /*is_probe=*/false);
  attempt.started = now_ - kTook;
  return attempt;
}

void Teller::fail(const std::string& name, const Failure& failure, bool is_refusal) {
  const Attempt attempt = attempt_of(name);
  last_ = trouble_.failed(attempt, failure, now_);
  failed_[name] = {.ruling = last_,
                   .attempt = {.target = attempt.target,
                               .started = attempt.started,
                               .failed = now_,
                               .of_suspect = last_.is_suspect,
                               .is_excused = last_.is_excused,
                               .is_refusal = is_refusal}};
}

std::string Teller::event(const std::string& name, const Sentence& sentence) {
  const std::string& phrase = sentence.phrase;
  Failure failure{.name = name, .words = phrase};
  if (phrase == "starts") {
    under_way_[name] = begin(name, /*is_probe=*/false);
  } else if (phrase == "probes") {
    if (trouble_.admit(now_) != Passage::kProbe) return "no probe is permitted";
    under_way_[name] = begin(name, /*is_probe=*/true);
  } else if (phrase == "is answered") {
    trouble_.answered(attempt_of(name), now_);
    hub_success_[hub_of(name)] = now_;
  } else if (phrase == "is wrong") {
    trouble_.at_work(attempt_of(name), now_);
  } else if (phrase == "vanishes") {
    trouble_.ended(attempt_of(name));
  } else if (phrase == "fails") {
    fail(name, failure, /*is_refusal=*/false);
  } else if (phrase == "is refused") {
    failure.reason = HoldReason::kEndpointAtFault;
    fail(name, failure, /*is_refusal=*/true);
  } else if (phrase == "finds no way") {
    failure.kind = FailureKind::kWay;
    failure.reason = HoldReason::kUnreachable;
    fail(name, failure, /*is_refusal=*/false);
  } else if (phrase == "is throttled" || phrase == "is throttled, pause") {
    failure.kind = FailureKind::kThrottled;
    failure.pause = from_seconds(sentence.number);
    fail(name, failure, /*is_refusal=*/false);
  } else {
    return "not understood";
  }
  return {};
}

std::optional<std::string> Teller::event_of_all(const Sentence& sentence) {
  const std::string& text = sentence.text;
  if (text == "health is good" || text == "health is bad") {
    trouble_.health_ended(/*reached=*/true, text == "health is good", now_);
  } else if (text == "health is silent") {
    trouble_.health_ended(/*reached=*/false, /*good=*/false, now_);
  } else if (text == "the configuration changes") {
    trouble_.release_hold(now_);
  } else if (text == "a reload") {
    trouble_.forget(now_);
  } else {
    return std::nullopt;
  }
  return "";
}

std::string Teller::suspects() const {
  std::string names;
  for (const auto& [name, seen] : seen_) {
    if (trouble_.suspect_since(target_of(name)) != kNever) names += " " + name;
  }
  return names.empty() ? " none" : names;
}

std::string Teller::charge_text(const std::string& name) const {
  const Failed& failed = failed_.at(name);
  if (!failed.ruling.may_charge) return "is not charged";
  FailedAttempt attempt = failed.attempt;
  const auto success = hub_success_.find(hub_of(name));
  if (success != hub_success_.end()) attempt.hub_success = success->second;
  switch (trouble_.evidence(attempt)) {
    case Evidence::kNone:
      return "is not charged";
    case Evidence::kAnswered:
      return "is charged";
    case Evidence::kHealthy:
      return "is charged its time";
  }
  return "";
}

// A probe is not asked for, since that would put off the next.
std::string Teller::passage() {
  if (trouble_.is_blocked() && trouble_.admits_at() <= now_) return "a probe may go";
  return trouble_.admit(now_) == Passage::kGo ? "everybody may go" : "nobody may go";
}

std::string Teller::rate() const {
  if (last_.clears_rate) return "the rate is cleared";
  return last_.lowers_rate ? "the rate falls" : "the rate stays";
}

// What is so instead, if it is not as the sentence says.
std::string Teller::claim(const Sentence& sentence) {
  const std::string& text = sentence.text;
  const Instant claimed = kStart + from_seconds(sentence.number);
  const Trouble::Report report = trouble_.report();
  std::string truth;
  if (text.ends_with(" may go")) {
    truth = passage();
  } else if (text.starts_with("held: ") || text == "not held") {
    const bool is_held = report.reason != HoldReason::kNone;
    truth = is_held ? "held: " + std::string(name_of(report.reason)) : "not held";
  } else if (text.starts_with("suspects:")) {
    truth = "suspects:" + suspects();
  } else if (text.starts_with("the rate ")) {
    truth = rate();
  } else if (text.starts_with("newcomers are ")) {
    const bool is_doubtful = trouble_.newcomers_are_doubtful();
    truth = is_doubtful ? "newcomers are doubtful" : "newcomers are trusted";
  } else if (text == "health is asked" || text == "health is not asked") {
    truth = trouble_.take_health(now_) ? "health is asked" : "health is not asked";
  } else if (text == "paused until") {
    return report.paused_until == claimed ? "" : "paused until " + words_of(report.paused_until);
  } else if (text == "next probe at") {
    return report.next_probe == claimed ? "" : "next probe at " + words_of(report.next_probe);
  } else if (text == "an outage takes") {
    const bool is_so = report.outage_targets == static_cast<uint32_t>(sentence.number);
    return is_so ? "" : "it takes " + std::to_string(report.outage_targets);
  } else {
    return "not understood";
  }
  return truth == text ? "" : truth;
}

std::optional<std::string> Teller::claim_of(const std::string& name, const Sentence& sentence) {
  const std::string& phrase = sentence.phrase;
  if (phrase == "is known" || phrase == "is a newcomer") {
    const std::string truth = trouble_.is_known(target_of(name)) ? "is known" : "is a newcomer";
    return truth == phrase ? "" : name + " " + truth;
  }
  if (phrase != "pauses" && phrase.find("charged") == std::string::npos) return std::nullopt;
  if (!failed_.contains(name)) return "it has not failed";
  if (phrase == "pauses") {
    const Duration pause = failed_.at(name).ruling.pause;
    return pause == from_seconds(sentence.number) ? "" : "for " + words_of(kStart + pause);
  }
  const std::string truth = charge_text(name);
  return truth == phrase ? "" : name + " " + truth;
}

std::string Teller::tell(const Sentence& sentence) {
  if (sentence.time) now_ = kStart + from_seconds(*sentence.time);
  if (const auto mistake = event_of_all(sentence)) return *mistake;
  std::string mistake = claim(sentence);
  if (mistake != "not understood") return mistake;
  for (const std::string& name : names_of(sentence.who)) {
    const auto false_claim = claim_of(name, sentence);
    mistake = false_claim ? *false_claim : event(name, sentence);
    if (!mistake.empty()) return mistake;
  }
  return mistake;
}

}  // namespace

std::string mistakes_of(std::string_view story) {
  Teller teller;
  std::istringstream lines{std::string(story)};
  std::string mistakes;
  for (std::string line; std::getline(lines, line);) {
    if (line.find_first_not_of(' ') == std::string::npos) continue;
    const std::string mistake = teller.tell(sentence_of(line));
    if (!mistake.empty()) mistakes += line + "   <- " + mistake + "\n";
  }
  return mistakes;
}

void expect_all_true(const std::vector<StoryRow>& rows) {
  for (const StoryRow& row : rows) EXPECT_EQ(mistakes_of(row.story), "") << "in: " << row.name;
}

}  // namespace awps
