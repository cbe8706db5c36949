#include "daemon/awpsctl/view/action_text.h"

#include "base/terminal_text.h"
#include "daemon/awpsctl/figures.h"

namespace awps {

namespace {

constexpr size_t kHubColumns = 10;
constexpr size_t kOutcomeColumns = 17;  // "dead_lettered 400"
constexpr size_t kAgeColumns = 6;
constexpr size_t kWayColumns = 15;  // "bulk_membership"
constexpr size_t kRecordColumns = 60;

std::string fate_of(const Json& record) {
  std::string text = printable(text_field(record, "outcome"));
  const uint64_t status = count_field(record, "httpStatus");
  if (status != 0) text += " " + std::to_string(status);
  return text;
}

Colour colour_of_outcome(const std::string& outcome) {
  if (outcome == "delivered") return Colour::kGood;
  return outcome == "superseded" ? Colour::kFaint : Colour::kBad;
}

// Of a bulk change: " g and 2 more".
std::string groups_text(const Json& groups) {
  if (groups.is_string()) return " " + groups.get<std::string>();
  if (!groups.is_array() || groups.empty() || !groups.front().is_string()) return "";
  std::string text = " " + groups.front().get<std::string>();
  if (groups.size() > 1) text += " and " + std::to_string(groups.size() - 1) + " more";
  return text;
}

std::string column(const std::string& text, size_t columns) {
  return padded_right(shortened(text, columns), columns);
}

}  // namespace

std::string action_text(const Json& action) {
  if (!action.is_object()) {
    return printable(action.is_string() ? action.get<std::string>() : json_text(action));
  }
  std::string text = text_field(action, "actionName");
  const std::string user = text_field(action, "userId");
  const std::string connection = text_field(action, "connectionId");
  const std::string group = text_field(action, "group");
  const std::string member = user.empty() ? connection : user;
  if (!member.empty()) text += " " + member;
  if (!member.empty() && !group.empty()) {
    text += text.rfind("remove", 0) == 0 ? " from" : " to";
  }
  if (!group.empty()) text += " " + group;
  return printable(text + groups_text(field(action, "groups")));
}

std::string record_text(const Json& record) {
  std::string text = "record " + text_field(record, "offset");
  const uint64_t element = count_field(record, "element");
  if (element > 0) text += " element " + std::to_string(element);
  text += " of " + text_field(record, "stream") + "/" + text_field(record, "partition");
  const std::string value = text_field(record, "text");
  return value.empty() ? printable(text)
                       : printable(text) + ": " + shortened(printable(value), kRecordColumns);
}

std::string payload_text(const Json& action) {
  for (const char* key : {"data", "permission", "reason", "filter"}) {
    const std::string text = text_field(action, key);
    if (!text.empty()) return printable(text);
  }
  return "";
}

std::string tap_line(const Json& record, size_t columns, const Paint& paint) {
  if (!field(record, "leftOut").is_null()) {
    const std::string text = "… " + counted(count_field(record, "leftOut"), "action") +
                             " more not shown (--rate shows more)";
    return paint(shortened(text, columns), Colour::kFaint);
  }
  const Json& action = field(record, "action");
  const uint64_t attempts = count_field(record, "attempts");
  const std::string start = column(printable(text_field(record, "hub")), kHubColumns) + "  ";
  const std::string fate = column(fate_of(record), kOutcomeColumns);
  std::string rest =
      "  " + padded_left(seconds_text(number_field(record, "ageSeconds")), kAgeColumns) + "  " +
      column(printable(text_field(record, "carriedBy")), kWayColumns) + "  " + action_text(action);
  if (attempts > 1) rest += "  (" + counted(attempts, "attempt") + ")";
  const std::string message = printable(text_field(record, "message"));
  if (!message.empty()) rest += "  " + message;
  const std::string payload = payload_text(action);
  if (!payload.empty()) rest += "  " + payload;
  const size_t used = columns_of(start) + columns_of(fate);
  rest = shortened(rest, columns > used ? columns - used : 0);
  return start + paint(fate, colour_of_outcome(text_field(record, "outcome"))) + rest;
}

}  // namespace awps
