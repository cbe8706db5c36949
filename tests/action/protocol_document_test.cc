// lib/PROTOCOL.md says what the codec does: each line of its examples is decoded. A fence is tagged
// ```json line, hello, reply, or rejected or bad-hello with the error code.

#include <gtest/gtest.h>
#include <simdjson.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "recording_visitor.h"

namespace awps {
namespace {

struct Example {
  std::string tag;
  std::string code;
  std::string line;
  int line_number = 0;
};

std::vector<Example> examples_of_document() {
  std::ifstream file(AWPS_PROTOCOL_DOCUMENT);
  std::vector<Example> examples;
  std::string line;
  std::string tag;
  std::string code;
  bool inside = false;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.starts_with("```")) {
      inside = !inside && line.starts_with("```json");
      std::istringstream words(line);
      tag = code = "";
      words >> tag >> tag >> code;
      continue;
    }
    if (inside) examples.push_back({tag, code, line, number});
  }
  return examples;
}

bool is_taken(const std::string& shape) {
  return shape.find_first_not_of("A[]") == std::string::npos;
}

void check_refusal(const Example& example, Recorded::Kind kind, bool first_line) {
  const RecordingVisitor seen = decode_line(example.line, first_line);
  ASSERT_EQ(seen.records().size(), 1U) << seen.shape();
  EXPECT_EQ(static_cast<int>(seen.records()[0].kind), static_cast<int>(kind));
  EXPECT_EQ(name_of(seen.records()[0].code), example.code) << seen.records()[0].message;
}

void check(const Example& example) {
  if (example.tag == "line") {
    const RecordingVisitor seen = decode_line(example.line);
    EXPECT_TRUE(is_taken(seen.shape())) << seen.shape() << ": " << seen.records()[0].message;
  } else if (example.tag == "hello") {
    EXPECT_EQ(decode_line(example.line, true).shape(), "H");
  } else if (example.tag == "rejected") {
    check_refusal(example, Recorded::Kind::kRejected, false);
  } else if (example.tag == "bad-hello") {
    check_refusal(example, Recorded::Kind::kBadHello, true);
  } else {
    ASSERT_EQ(example.tag, "reply") << "a fence without a tag that this test knows";
    simdjson::dom::parser parser;
    std::string_view status;
    EXPECT_EQ(parser.parse(example.line)["status"].get(status), simdjson::SUCCESS);
  }
}

TEST(ProtocolDocument, SaysWhatTheCodecDoes) {
  const std::vector<Example> examples = examples_of_document();
  ASSERT_GT(examples.size(), 50U) << AWPS_PROTOCOL_DOCUMENT;
  for (const Example& example : examples) {
    SCOPED_TRACE(std::string(AWPS_PROTOCOL_DOCUMENT) + ":" + std::to_string(example.line_number));
    check(example);
  }
}

TEST(ProtocolDocument, ShowsEveryAction) {
  std::set<ActionKind> shown;
  for (const Example& example : examples_of_document()) {
    if (example.tag != "line") continue;
    const RecordingVisitor seen = decode_line(example.line);
    for (const Recorded& record : seen.records()) shown.insert(record.action.kind);
  }
  EXPECT_EQ(shown.size(), kActionKinds);
}

TEST(ProtocolDocument, ExplainsEveryErrorCode) {
  std::ifstream file(AWPS_PROTOCOL_DOCUMENT);
  std::stringstream text;
  text << file.rdbuf();
  for (int code = 0; code <= static_cast<int>(RejectCode::kStorageFailed); ++code) {
    const std::string row = "| `" + std::string(name_of(static_cast<RejectCode>(code))) + "` |";
    EXPECT_NE(text.str().find(row), std::string::npos) << row;
  }
}

}  // namespace
}  // namespace awps
