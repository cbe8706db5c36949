// send_line() takes only what is exactly one action to the daemon: otherwise every later outcome
// would be told of the wrong action.

#include <gtest/gtest.h>

#include <algorithm>

#include "client/encoder.h"
#include "tests/action/recording_visitor.h"
#include "tests/client/test_seed.h"

namespace awps::client {
namespace {

struct Row {
  const char* name;
  std::string_view line;
  bool is_taken;
};

TEST(EncodeLine, TakesOneActionAndNothingElse) {
  const Row kRows[] = {
      {"an action", R"({"actionName":"sendToAll","data":"hi"})", true},
      {"blanks around", "\t {\"actionName\":\"sendToAll\",\"data\":\"hi\"} \r", true},
      {"what the daemon refuses", R"({"actionName":"sendToNobody"})", true},
      {"an empty object", "{}", true},
      {"a hello, which is refused later", R"({"hello":{}})", true},
      {"batch as a value", R"({"actionName":"sendToAll","data":"batch"})", true},
      {"batch deeper", R"({"actionName":"sendToAll","data":{"batch":[1]},"dataType":"json"})",
       true},
      {"brackets in a text", R"({"actionName":"sendToAll","data":"]}{[\"\\"})", true},
      {"an array", R"([{"actionName":"closeAllConnections"}])", false},
      {"an empty array", "[]", false},
      {"a batch", R"({"batch":[{}],"ordered":true})", false},
      {"an empty batch", R"({"ordered":true,"batch":[]})", false},
      {"a batch in other letters", R"({"BaTcH":[{},{}],"ordered":true})", false},
      {"a batch in escapes", R"({"b\u0061tch":[{},{}],"ordered":true})", false},
      {"blank", " ", false},
      {"empty", "", false},
      {"a number", "42", false},
      {"two lines", "{}\n{}", false},
      {"a line feed at the end", "{}\n", false},
      {"two objects", "{}{}", false},
      {"cut off", R"({"actionName":"sendToAll","data":"hi")", false},
      {"cut off in a text", R"({"actionName":"sendToAll","data":"hi)", false},
      {"no value", R"({"a":})", false},
      {"a comma at the end", R"({"a":1,})", false},
      {"latin-1", "{\"a\":\"\xe9\"}", false},
  };
  for (const Row& row : kRows) {
    const auto line = encode_line(row.line);
    EXPECT_EQ(line.ok(), row.is_taken) << row.name;
    const std::string text = line ? line.value() : line.error().message;
    EXPECT_TRUE(row.is_taken ? text == std::string(row.line) + "\n"
                             : text.starts_with("send_line: the line "))
        << row.name << ": " << text;
  }
}

size_t actions_of(std::string_view line, ActionDecoder& decoder) {
  RecordingVisitor seen;
  decode_padded(decoder, line, false, seen);
  const std::string shape = seen.shape();
  return static_cast<size_t>(std::count_if(
      shape.begin(), shape.end(), [](char letter) { return letter == 'A' || letter == 'R'; }));
}

TEST(EncodeLine, NeverTakesWhatTheDaemonCountsOtherwise) {
  Random random = seeded_random();
  constexpr std::string_view kPieces[] = {"{",
                                          "}",
                                          "[",
                                          "]",
                                          ",",
                                          ":",
                                          "\"",
                                          "\\",
                                          " ",
                                          "\"batch\"",
                                          "\"BATCH\"",
                                          "\"ordered\":true",
                                          "\"a\"",
                                          "1",
                                          "true",
                                          "{}",
                                          "[{}]",
                                          "\"b\\u0061tch\"",
                                          "\"actionName\":\"sendToAll\"",
                                          "\"batch\":[{},{}],\"ordered\":true",
                                          "\r",
                                          "\"data\":\"x\""};
  ActionDecoder decoder;
  size_t taken = 0;
  for (int i = 0; i < 40'000; ++i) {
    std::string text = "{";
    for (uint64_t n = random.below(7); n > 0; --n) text += kPieces[random.below(22)];
    text += '}';
    if (!encode_line(text)) continue;
    ++taken;
    ASSERT_EQ(actions_of(text, decoder), 1U) << text;
  }
  EXPECT_GT(taken, 200U);
}

}  // namespace
}  // namespace awps::client
