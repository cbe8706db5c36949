// The action codec against a second JSON parser, and against itself. For any line:
// 1. what nlohmann-json refuses is refused as invalid_json, and what it takes is not;
// 2. each accepted action is valid in the fields that later stages rely on;
// 3. each accepted action, encoded and decoded again, is the same.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "action/decoder.h"
#include "action/encoder.h"
#include "action/field_rules.h"
#include "action/groups_reader.h"
#include "action/json_scan.h"
#include "action/numbers.h"
#include "base/ascii.h"
#include "base/check.h"

namespace awps {
namespace {

// A line in memory that ends exactly with its padding, so that a sanitizer sees any step beyond.
class PaddedLine {
 public:
  explicit PaddedLine(std::string_view text)
      : size_(text.size()), bytes_(std::make_unique<char[]>(size_ + kLinePadding)) {
    std::copy(text.begin(), text.end(), bytes_.get());
    std::fill_n(bytes_.get() + size_, kLinePadding, ']');
  }
  std::string_view text() const { return {bytes_.get(), size_}; }

 private:
  size_t size_;
  std::unique_ptr<char[]> bytes_;
};

class CountingVisitor : public LineVisitor {
 public:
  void on_action(const Action&) override { ++calls_; }
  void on_rejected(const Rejection& rejection) override { count(rejection); }
  void on_warning(std::string message) override { AWPS_CHECK(!message.empty()); }
  void on_hello(const Hello& hello) override {
    ++calls_;
    AWPS_CHECK(hello.producer.size() <= 64);
  }
  void on_bad_hello(const Rejection& rejection) override { count(rejection); }
  void begin_ordered_batch() override { ++open_batches_; }
  void end_ordered_batch() override { --open_batches_; }

  int calls() const { return calls_; }
  bool said_invalid_json() const { return invalid_json_; }
  int open_batches() const { return open_batches_; }

 private:
  void count(const Rejection& rejection) {
    ++calls_;
    AWPS_CHECK(!rejection.message.empty());
    AWPS_CHECK(nlohmann::json::accept(rejection.id.empty() ? "0" : rejection.id) ||
               is_json_number(rejection.id));
    invalid_json_ = invalid_json_ || rejection.code == RejectCode::kInvalidJson;
  }

  int calls_ = 0;
  int open_batches_ = 0;
  bool invalid_json_ = false;
};

class SameActionVisitor final : public CountingVisitor {
 public:
  explicit SameActionVisitor(const Action& expected) : expected_(expected) {}
  void on_action(const Action& action) override {
    AWPS_CHECK(same_action(action, expected_));
    CountingVisitor::on_action(action);
  }
  void on_rejected(const Rejection&) override {
    AWPS_CHECK(false && "an encoded action was refused");
  }

 private:
  const Action& expected_;
};

bool is_utf8(std::string_view text) {
  return simdjson::validate_utf8(text.data(), text.size());
}

void check_fields(const Action& action) {
  AWPS_CHECK(member_key(action.kind).empty() == action.member.empty());
  AWPS_CHECK(has_group(action.kind) == !action.group.empty());
  AWPS_CHECK(action.member != "." && action.member != "..");
  AWPS_CHECK(action.group != "." && action.group != "..");
  AWPS_CHECK(is_utf8(action.member) && is_utf8(action.group) && is_utf8(action.id));
  AWPS_CHECK(action.data.size() <= kMaxMessageBytes);
  AWPS_CHECK(action.time_to_live.count() >= 0 && action.time_to_live <= kLongestTimeToLive);
  AWPS_CHECK(action.options->ordering_key.size() <= kMaxKeyBytes);
  AWPS_CHECK(action.options->conflation_key.size() <= kMaxKeyBytes);
  AWPS_CHECK(action.options->message_ttl_seconds.value_or(0) <= 300);
  AWPS_CHECK(!action.options->filter || !action.options->filter->empty());
  AWPS_CHECK(fits_url(action));
  AWPS_CHECK(is_bulk_change(action.kind) == !action.options->groups.empty());
  AWPS_CHECK(!is_bulk_change(action.kind) || action.options->filter.has_value());
  AWPS_CHECK(!action.unordered || may_be_unordered(action.kind));
  AWPS_CHECK(action.options->groups.size() <= kMaxGroups);
  for (const std::string_view group : action.options->groups) {
    AWPS_CHECK(problem_of_group(group).empty() && is_utf8(group));
  }
  for (const std::string_view id : action.excluded()) AWPS_CHECK(!id.empty() && is_utf8(id));
}

class CheckingVisitor final : public CountingVisitor {
 public:
  explicit CheckingVisitor(ActionDecoder& second_decoder) : decoder_(second_decoder) {}

  void on_action(const Action& action) override {
    CountingVisitor::on_action(action);
    check_fields(action);
    std::string line;
    append_action(line, action);
    AWPS_CHECK(line.find('\n') == std::string::npos);
    SameActionVisitor again(action);
    LinesBefore before;
    decoder_.decode(PaddedLine(line).text(), before, again);
    AWPS_CHECK(again.calls() == 1);
  }

 private:
  ActionDecoder& decoder_;
};

// One pair for all inputs: their buffers cost more than a line, and reuse is what a daemon does.
struct Decoders {
  ActionDecoder first;
  ActionDecoder second;
};

constexpr bool may_stand_in_number(char c) {
  return is_digit(c) || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

// Overwrites each number outside of strings that has five characters or more with "-1" and blanks:
// the shortest number beyond a double is 9e308. Malformed numbers stay.
void replace_long_numbers(std::string& text) {
  static constexpr size_t kShortest = 5;
  size_t i = 0;
  while (i < text.size()) {
    if (text[i] == '"') {
      i = end_of_string(text, i);
      continue;
    }
    if (!is_digit(text[i]) && text[i] != '-') {
      ++i;
      continue;
    }
    size_t end = i;
    while (end < text.size() && may_stand_in_number(text[end])) ++end;
    if (end - i >= kShortest && is_json_number({text.data() + i, end - i})) {
      text.replace(i, 2, "-1");
      std::fill(text.begin() + static_cast<std::ptrdiff_t>(i) + 2,
                text.begin() + static_cast<std::ptrdiff_t>(end), ' ');
    }
    i = end;
  }
}

// nlohmann-json refuses numbers beyond a double, which we take: long ones are judged by grammar.
bool second_parser_takes(std::string_view text) {
  if (nlohmann::json::accept(text)) return true;
  std::string short_numbers(text);
  replace_long_numbers(short_numbers);
  return nlohmann::json::accept(short_numbers);
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// Where the second parser is laxer: it skips a byte order mark and ends at a NUL; and it knows no
// bound for levels, which only many brackets can exceed.
bool is_for_us_alone(std::string_view text) {
  return text.starts_with("\xef\xbb\xbf") || text.find('\0') != std::string_view::npos ||
         std::count_if(text.begin(), text.end(), [](char c) { return c == '[' || c == '{'; }) > 64;
}

void check_line(std::string_view text, bool first_line, Decoders& decoders) {
  const PaddedLine line(text);
  CheckingVisitor visitor(decoders.second);
  LinesBefore before{.none = first_line};
  decoders.first.decode(line.text(), before, visitor);
  AWPS_CHECK(visitor.open_batches() == 0);
  if (is_blank(text)) {
    AWPS_CHECK(visitor.calls() == 0);
    return;
  }
  if (!second_parser_takes(text)) {
    AWPS_CHECK(visitor.calls() == 1 && visitor.said_invalid_json());
  } else if (!is_for_us_alone(text)) {
    AWPS_CHECK(!visitor.said_invalid_json());
  }
}

}  // namespace
}  // namespace awps

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static awps::Decoders decoders;
  awps::check_line(text, false, decoders);
  awps::check_line(text, true, decoders);
  return 0;
}
