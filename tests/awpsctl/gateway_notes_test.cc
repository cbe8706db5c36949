// What is said of the gateway: a line of the status, notes, and a finding of the check.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "daemon/awpsctl/commands/check_findings.h"
#include "daemon/awpsctl/view/notes.h"
#include "daemon/awpsctl/view/status_view.h"

namespace awps {
namespace {

StatusReading reading_of(const std::string& gateway) {
  const auto status = read_status(
      R"({"protocol": 1, "state": "running", "ready": true, "hubs": [])" + gateway + "}");
  EXPECT_TRUE(status.ok());
  return *status;
}

/// As ADMIN.md has it.
std::string gateway_with(const std::string& more, int connections = 3) {
  return R"(, "gateway": {"listen": "127.0.0.1:8089", "connections": )" +
         std::to_string(connections) +
         R"(, "maxConnections": 10, "answers": {"202": 7, "503": 2, "404": 1},
             "refused": {"signature": 4, "expired": 1})" +
         more + "}";
}

std::string text_of(const std::vector<Note>& notes) {
  std::string text;
  for (const Note& note : notes) text += note.subject + ": " + note.text + "\n";
  return text;
}

TEST(GatewayReading, HasSumsOfItsAnswers) {
  const GatewayReading gateway = reading_of(gateway_with("")).gateway;
  EXPECT_TRUE(gateway.known);
  EXPECT_EQ(gateway.requests, 10U);
  EXPECT_EQ(gateway.errors, 2U);
  EXPECT_EQ(gateway.refused, 5U);
  EXPECT_FALSE(reading_of("").gateway.known);
}

TEST(GatewayView, HasALineOnlyWhereThereIsOne) {
  const auto has_line = [](const StatusReading& status) {
    const std::vector<std::string> lines = status_lines(status, {.columns = 120});
    return std::ranges::count(lines,
                              "gateway 127.0.0.1:8089: 3 connections; 10 requests since the "
                              "start, 2 answered 5xx, 5 refused");
  };
  EXPECT_EQ(has_line(reading_of(gateway_with(""))), 1);
  EXPECT_EQ(has_line(reading_of("")), 0);
}

TEST(GatewayNotes, AreNoneWhereAllIsWell) {
  EXPECT_EQ(text_of(notes_of(reading_of(gateway_with("")))), "");
}

TEST(GatewayNotes, NameACertificateThatEnds) {
  const StatusReading status = reading_of(gateway_with(R"(, "warning": "it ends in 3 days")"));
  EXPECT_EQ(text_of(notes_of(status)), "gateway: it ends in 3 days\n");
}

TEST(GatewayNotes, NameAFileThatIsNotTaken) {
  const StatusReading status = reading_of(gateway_with(R"(, "certificateError": "no key")"));
  EXPECT_NE(text_of(notes_of(status)).find("no key"), std::string::npos);
  EXPECT_NE(notes_of(status).front().remedy.find("gateway.tls_certificate"), std::string::npos);
}

TEST(GatewayNotes, NameConnectionsThatAreAllTaken) {
  EXPECT_NE(text_of(notes_of(reading_of(gateway_with("", 10)))).find("more clients wait"),
            std::string::npos);
}

TEST(GatewayFindings, AreOfTheCheck) {
  const auto findings = [](const StatusReading& status) {
    const Result<AdminAnswer, Failure> answer(AdminAnswer{.http_status = 200});
    const Result<std::string, Failure> config(std::string("{\"changes\": []}"));
    std::vector<Note> found = findings_of({status, answer, answer, std::nullopt, config});
    std::erase_if(found, [](const Note& note) { return note.subject != "gateway"; });
    return found;
  };
  EXPECT_TRUE(findings(reading_of("")).empty());
  const std::vector<Note> well = findings(reading_of(gateway_with("")));
  ASSERT_EQ(well.size(), 1U);
  EXPECT_EQ(result_of(well[0]), "ok");
  const std::vector<Note> ends =
      findings(reading_of(gateway_with(R"(, "warning": "it ends in 3 days")")));
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(result_of(ends[0]), "warning");
}

}  // namespace
}  // namespace awps
