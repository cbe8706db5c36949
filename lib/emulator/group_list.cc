#include "emulator/group_list.h"

#include <limits>

#include "base/crypto.h"
#include "base/json_text.h"
#include "emulator/rest_error.h"
#include "emulator/text.h"

namespace awps::emulator {

namespace {

constexpr long long kMaxPage = 200;
constexpr long long kMaxTop = std::numeric_limits<int32_t>::max();

struct Page {
  long long size = kMaxPage;
  long long top = kMaxTop;  // over all pages that remain
  std::string after;        // the last connection id of the page before
};

/// A number in [1, max]; `fallback` if absent; nullopt if it is anything else.
std::optional<long long> bounded(const std::string* text, long long max) {
  if (text == nullptr) return max;
  const auto value = parse_decimal(*text);
  if (!value || *value < 1 || *value > max) return std::nullopt;
  return value;
}

Result<Page, HttpResponse> page_of(const Query& query) {
  Page page;
  const auto size = bounded(query.find("maxpagesize"), kMaxPage);
  if (!size) return bad_request("The maxpagesize must be in between 1 and 200.", "maxpagesize");
  const auto top = bounded(query.find("top"), kMaxTop);
  if (!top) return bad_request("The top must be in between 1 and 2147483647.", "top");
  page.size = *size;
  page.top = *top;
  const std::string* token = query.find("continuationtoken");
  if (token == nullptr || token->empty()) return page;
  auto after = base64url_decode(*token);
  if (!after) return bad_request("The continuationToken is invalid.", "continuationToken");
  page.after = std::move(*after);
  return page;
}

std::string next_link(const RestRequest& request, const Page& page, std::string_view last_id) {
  std::string link = std::string(request.origin) + std::string(request.raw_path) +
                     "?api-version=2024-12-01&maxpagesize=";
  append_number(link, page.size);
  if (page.top != kMaxTop) {
    link += "&top=";
    append_number(link, page.top);
  }
  link += "&continuationToken=" + percent_encoded(base64url_encode(last_id));
  return link;
}

void append_member(std::string& out, const Connection& connection) {
  out += R"({"connectionId":)";
  append_json_string(out, connection.id);
  out += R"(,"userId":)";
  if (connection.user_id) {
    append_json_string(out, *connection.user_id);
  } else {
    out += "null";
  }
  out += '}';
}

}  // namespace

HttpResponse list_connections(const Members* members, const RestRequest& request) {
  auto parsed = page_of(request.query);
  if (!parsed.ok()) return parsed.error();
  Page page = *parsed;
  HttpResponse response;
  response.content_type = "application/json; charset=utf-8";
  response.lists_versions = true;
  response.body = R"({"value":[)";
  std::string_view last_id;
  bool has_more = false;
  const Members none;
  const Members& all = members == nullptr ? none : *members;
  long long listed = 0;
  for (auto item = all.upper_bound(page.after); item != all.end(); ++item) {
    if (listed == page.size || page.top == 0) {
      has_more = page.top > 0;
      break;
    }
    if (listed > 0) response.body += ',';
    append_member(response.body, *item->second);
    last_id = item->first;
    ++listed;
    --page.top;
  }
  if (page.top + listed == kMaxTop) page.top = kMaxTop;  // no top was given: none in the link
  response.body += R"(],"nextLink":)";
  if (has_more) {
    append_json_string(response.body, next_link(request, page, last_id));
  } else {
    response.body += "null";
  }
  response.body += '}';
  return response;
}

}  // namespace awps::emulator
