#include "gateway/action_ids.h"

#include <algorithm>

#include "base/json_text.h"

namespace awps {

namespace {

constexpr size_t kMostOfRequestId = 64;

void append_hex(std::string& out, uint64_t number) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  for (int shift = 60; shift >= 0; shift -= 4) {
    out += kDigits[(number >> static_cast<unsigned>(shift)) & 15U];
  }
}

}  // namespace

std::string action_id_of(const JoinKey& key, std::string_view client_request_id) {
  std::string text(client_request_id.substr(0, kMostOfRequestId));
  std::erase_if(text, [](char c) { return c <= ' ' || c >= '\x7f'; });
  text += ' ';
  append_hex(text, key.high);
  append_hex(text, key.low);
  std::string id;
  append_json_string(id, text);
  return id;
}

}  // namespace awps
