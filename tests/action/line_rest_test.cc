// A line that stops, and goes on where it stopped, says what it says in one piece.

#include <gtest/gtest.h>

#include "base/random.h"
#include "tests/action/recording_visitor.h"

namespace awps {
namespace {

// Records, and stops behind or before what a die says.
class StoppingVisitor final : public LineVisitor {
 public:
  explicit StoppingVisitor(Random& random) : random_(random) {}

  void on_action(const Action& action) override {
    if (!must_stop_before()) records.on_action(action);
  }
  void on_rejected(const Rejection& rejection) override { records.on_rejected(rejection); }
  void on_warning(std::string message) override { records.on_warning(std::move(message)); }
  void on_hello(const Hello& hello) override { records.on_hello(hello); }
  void on_bad_hello(const Rejection& rejection) override { records.on_bad_hello(rejection); }
  void begin_ordered_batch() override { records.begin_ordered_batch(); }
  void end_ordered_batch() override { records.end_ordered_batch(); }
  NextElement next_element() override {
    if (std::exchange(is_before_, false)) return NextElement::kAgainLater;
    return random_.below(3) == 0 ? NextElement::kLater : NextElement::kGoOn;
  }

  RecordingVisitor records;

 private:
  bool must_stop_before() {
    is_before_ = random_.below(3) == 0;
    return is_before_;
  }

  Random& random_;
  bool is_before_ = false;
};

// Each piece in memory that ends exactly with its padding.
LineRest decode_piece(ActionDecoder& decoder, std::string_view text, LineRest::Form form,
                      LineVisitor& visitor) {
  const auto buffer = std::make_unique<char[]>(text.size() + kLinePadding);
  std::copy(text.begin(), text.end(), buffer.get());
  std::fill_n(buffer.get() + text.size(), kLinePadding, ']');
  const std::string_view padded(buffer.get(), text.size());
  LinesBefore some{.none = false, .opened = {}};
  if (form == LineRest::Form::kNothing) return decoder.decode(padded, some, visitor);
  return decoder.decode_rest(padded, form, visitor);
}

std::string described(const RecordingVisitor& visitor) {
  std::string text = visitor.shape() + "\n";
  for (const Recorded& record : visitor.records()) {
    text += std::string(record.action.data) + "|" + std::string(record.action.id) + "|" +
            record.message + "|" + record.id + "\n";
  }
  return text;
}

std::string random_element(Random& random) {
  static const std::vector<std::string> kElements = {
      R"({"actionName":"sendToAll","data":{"a":[1,{"b":"]}"}],"c":"\\"},"dataType":"json"})",
      R"({"actionName":"sendToAll","data":"a\"],[\\\\","id":12345678901234567890123})",
      R"({"actionName":"sendToAll","data":"x","dataType":"text","orderingkey":"k"})",
      R"({"actionName":"sendToNobody","id":"\u00e4,]"})",
      "{}",
      "[[],[{}]]",
      "1e999",
      "null",
      R"("a\\\",]")",
      "-0.5"};
  static const std::vector<std::string> kBlanks = {"", "", " ", "\t \r", "\n  "};
  return kBlanks[random.below(kBlanks.size())] + kElements[random.below(kElements.size())] +
         kBlanks[random.below(kBlanks.size())];
}

TEST(LineRest, GoesOnWhereItStopped) {
  const uint64_t seed = seed_from_system();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  ActionDecoder decoder;
  for (int round = 0; round < 3000; ++round) {
    std::string line = "[";
    for (uint64_t i = random.below(6); i > 0; --i) {
      line += random_element(random) + (i > 1 ? "," : "");
    }
    line += "]";
    if (random.below(2) == 0) line = R"({"ordered":true, "batch" : )" + line + R"(, "x":[1]})";
    StoppingVisitor visitor(random);
    LineRest rest;
    std::string_view text = line;
    do {
      rest = decode_piece(decoder, text, rest.form, visitor);
      text.remove_prefix(rest.offset);
    } while (rest.form != LineRest::Form::kNothing);
    ASSERT_EQ(described(visitor.records), described(decode_line(line))) << line;
  }
}

TEST(LineRest, OfOneActionIsAllOfIt) {
  class FullVisitor final : public LineVisitor {
   public:
    void on_action(const Action&) override {}
    void on_rejected(const Rejection&) override {}
    void on_warning(std::string) override { ADD_FAILURE() << "it is not told yet"; }
    void on_hello(const Hello&) override {}
    void on_bad_hello(const Rejection&) override {}
    void begin_ordered_batch() override {}
    void end_ordered_batch() override {}
    NextElement next_element() override { return NextElement::kAgainLater; }
  } visitor;
  ActionDecoder decoder;
  const LineRest rest =
      decode_piece(decoder, R"({"actionName":"sendToAll","data":"x","orderingkey":"k"})",
                   LineRest::Form::kNothing, visitor);
  EXPECT_EQ(rest.form, LineRest::Form::kLine);
  EXPECT_EQ(rest.offset, 0U);
}

}  // namespace
}  // namespace awps
