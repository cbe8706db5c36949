#include "admin/body_reader.h"

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

namespace awps::admin {

namespace {

using Json = nlohmann::json;

constexpr int64_t kMaxLogSeconds = 24 * 60 * 60;
constexpr int64_t kMaxTokenMinutes = 7 * 24 * 60;

/// An object whose members are taken one by one; the first mistake stands.
class Body {
 public:
  Body(const std::string& text, std::initializer_list<std::string_view> known) {
    std::set<std::string> names;
    const auto on_event = [&](int depth, Json::parse_event_t event, Json& parsed) {
      if (event != Json::parse_event_t::key || depth != 1) return true;
      const auto& name = parsed.get_ref<const std::string&>();
      if (!names.insert(name).second) fail("'" + name + "' appears twice; keep one");
      return true;
    };
    object_ = Json::parse(text, on_event, false);
    if (!object_.is_object()) {
      object_ = Json::object();
      fail("it is no JSON object; send at least {}");
      return;
    }
    for (const std::string& name : names) {
      if (std::ranges::find(known, name) == known.end()) {
        fail("'" + name + "' is unknown" + known_words(known));
      }
    }
  }

  void fail(const std::string& reason) {
    if (mistake_.empty()) mistake_ = "the request's body: " + reason;
  }
  template <typename T>
  Result<T> result(T value) const {
    if (!mistake_.empty()) return Error{mistake_};
    return value;
  }
  bool has(const char* name) const { return object_.contains(name); }

  std::string text(const char* name) {
    if (!has(name)) return {};
    const Json& member = object_[name];
    if (!member.is_string()) return fail(quoted(name) + " must be a string"), std::string();
    return member.get<std::string>();
  }
  std::string required_text(const char* name) {
    std::string found = text(name);
    if (found.empty()) fail(quoted(name) + " is missing or empty");
    return found;
  }
  std::vector<std::string> texts(const char* name) {
    std::vector<std::string> found;
    if (!has(name)) return found;
    const Json& member = object_[name];
    const bool are_strings = member.is_array() && std::ranges::all_of(member, [](const Json& item) {
                               return item.is_string();
                             });
    if (!are_strings) return fail(quoted(name) + " must be an array of strings"), found;
    for (const Json& item : member) found.push_back(item.get<std::string>());
    return found;
  }
  int64_t number(const char* name, int64_t fallback, int64_t most) {
    if (!has(name)) return fallback;
    const Json& member = object_[name];
    const bool is_fit = member.is_number_unsigned() && member.get<uint64_t>() >= 1 &&
                        member.get<uint64_t>() <= static_cast<uint64_t>(most);
    if (is_fit) return member.get<int64_t>();
    fail(quoted(name) + " must be a whole number from 1 to " + std::to_string(most));
    return fallback;
  }
  std::vector<uint64_t> numbers(const char* name) {
    std::vector<uint64_t> found;
    const Json& member = object_[name];
    const bool are_numbers =
        member.is_array() && !member.empty() && std::ranges::all_of(member, [](const Json& item) {
          return item.is_number_unsigned() && item.get<uint64_t>() > 0;
        });
    if (!are_numbers) {
      return fail(quoted(name) + " must be an array of at least one number above 0"), found;
    }
    for (const Json& item : member) found.push_back(item.get<uint64_t>());
    return found;
  }
  bool is_true(const char* name) {
    if (!has(name)) return false;
    const Json& member = object_[name];
    if (!member.is_boolean()) return fail(quoted(name) + " must be true"), false;
    return member.get<bool>();
  }

 private:
  static std::string quoted(const char* name) { return "'" + std::string(name) + "'"; }
  static std::string known_words(std::initializer_list<std::string_view> known) {
    std::string words;
    for (const std::string_view name : known) {
      words += (words.empty() ? "; known: " : ", ") + std::string(name);
    }
    return words.empty() ? "; send {}" : words;
  }

  Json object_;
  std::string mistake_;
};

}  // namespace

Result<void> read_nothing(const std::string& body) {
  const Result<bool> read = Body(body, {}).result(true);
  if (!read) return read.error();
  return {};
}

Result<std::string> read_hub(const std::string& body) {
  Body members(body, {"hub"});
  // An empty name is more likely a script's unset variable than a wish for all hubs.
  std::string hub = members.has("hub") ? members.required_text("hub") : std::string();
  return members.result(std::move(hub));
}

Result<DeadLetterChoice> read_choice(const std::string& body) {
  Body members(body, {"hub", "numbers", "all", "upTo"});
  DeadLetterChoice choice;
  choice.hub = members.required_text("hub");
  choice.all = members.is_true("all");
  if (members.has("numbers")) choice.numbers = members.numbers("numbers");
  if (choice.all == !choice.numbers.empty()) {
    members.fail("it names either 'numbers' or \"all\":true, and not both");
  }
  if (members.has("upTo") && !choice.all) {
    members.fail("'upTo' bounds \"all\":true; leave it out, or say \"all\":true");
  }
  choice.up_to =
      static_cast<uint64_t>(members.number("upTo", 0, std::numeric_limits<int64_t>::max()));
  return members.result(std::move(choice));
}

Result<LogChange> read_log_change(const std::string& body) {
  Body members(body, {"level", "seconds"});
  LogChange change;
  change.level = members.required_text("level");
  change.length = std::chrono::seconds(members.number("seconds", 0, kMaxLogSeconds));
  return members.result(std::move(change));
}

Result<TokenRequest> read_token_request(const std::string& body) {
  Body members(body, {"hub", "userId", "roles", "groups", "minutes"});
  TokenRequest request;
  if (members.has("hub")) request.hub = members.required_text("hub");
  request.user_id = members.text("userId");
  request.roles = members.texts("roles");
  request.groups = members.texts("groups");
  request.lifetime = std::chrono::minutes(members.number("minutes", 60, kMaxTokenMinutes));
  return members.result(std::move(request));
}

}  // namespace awps::admin
