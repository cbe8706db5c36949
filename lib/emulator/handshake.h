#pragma once

// The door for clients: /client/hubs/{hub} and /client/?hub=…, decided before the upgrade. Pure.
// A recovery needs no access token: its reconnection token is its right, and is looked at after the
// upgrade, since the refusal must be a close with 1008.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "emulator/connection.h"
#include "emulator/http_head.h"
#include "emulator/http_response.h"
#include "emulator/jwt.h"

namespace awps::emulator {

struct Recovery {
  std::string connection_id;
  std::string reconnection_token;
};

/// What a simple client's frames are: events, which nobody handles here, or messages to a group.
struct SimpleMode {
  std::optional<std::string> send_to_group;
  bool no_echo = false;
};

/// A client that may be let in.
struct ClientAdmission {
  std::string hub;  // lower-case
  std::optional<std::string> user_id;
  Protocol protocol = Protocol::kSimple;
  Permissions permissions;
  std::vector<std::string> groups;
  SimpleMode simple_mode;
  std::optional<Recovery> recovery;
};

bool is_client_path(std::string_view raw_path);

/// The admission, or the response that refuses it (400, 401). `public_url` as in AudienceRule.
Result<ClientAdmission, HttpResponse> admit_client(const RequestHead& head, TokenCache& tokens,
                                                   int64_t now_seconds,
                                                   std::string_view public_url);

/// The first offered subprotocol that is supported; simple if none is.
Protocol chosen_protocol(std::string_view offered);

}  // namespace awps::emulator
