#pragma once

// ConnectionString: "Endpoint=https://NAME.webpubsub.azure.com;AccessKey=…;Version=1.0;", as the
// portal and the emulators give it. Pure, any thread.
//
// 1. It is split at ';', each part at its first '='; keys take any letter case; blanks around keys
//    and values do not count; empty parts are skipped; a part without '=' is an error.
// 2. Endpoint and AccessKey are required and not empty; Port is 1–65535 and replaces the
//    endpoint's; other keys (Version) are ignored; any key twice is an error, ignored ones too.
// 3. A second line may hold the connection string of the same endpoint with the other of its two
//    keys, of which both are valid at once: so a rotation leaves no moment without a good key.
// 4. What people paste instead is named: quotes around it or a part, a placeholder, a reference to
//    a Key Vault, a bare URL, another service's string. Nothing of it is corrected: a file that
//    works here should work in the SDKs, too.
// 5. No error contains the access key, or any value but the endpoint's host.

#include <string>
#include <string_view>
#include <vector>

#include "auth/service_endpoint.h"
#include "base/result.h"

namespace awps {

struct ConnectionString {
  ServiceEndpoint endpoint;
  std::string access_key;       // its characters as they stand are the key's bytes
  std::string secondary_key{};  // empty: none

  friend bool operator==(const ConnectionString&, const ConnectionString&) = default;
};

Result<ConnectionString> parse_connection_string(std::string_view text,
                                                 PlainHttpHosts plain_http = {});

/// The keys in the order in which they are tried.
std::vector<std::string> access_keys(const ConnectionString& connection);

}  // namespace awps
