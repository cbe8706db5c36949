#pragma once

// EntraIdentity: which Entra ID identity sends, and where its tokens come from. Made from the
// identity settings and Azure's own variables (AZURE_…, IDENTITY_…), looked up as settings. Pure,
// any thread.
//
// 1. What the settings name wins over the variables; the variables stand in for what they leave
//    out.
// 2. The default identity is, in this order: client secret (AZURE_TENANT_ID, AZURE_CLIENT_ID,
//    AZURE_CLIENT_SECRET), workload identity (AZURE_TENANT_ID, AZURE_CLIENT_ID,
//    AZURE_FEDERATED_TOKEN_FILE), managed identity. AZURE_TOKEN_CREDENTIALS narrows it. The choice
//    is made once, by what is set: never by which of them happens to answer.
// 3. A secret goes to AZURE_AUTHORITY_HOST only over https, or to loopback.
// 4. Scope and authority are those of the cloud that the endpoint's host belongs to: of China where
//    it ends with .cn, of the United States' government with .us, else the public ones. A scope in
//    the settings and AZURE_AUTHORITY_HOST win.
// 5. No error contains a secret.

#include <cstdint>
#include <string>
#include <string_view>

#include "auth/settings.h"
#include "base/result.h"

namespace awps {

enum class EntraFlow : uint8_t {
  kClientSecret,
  kFederatedToken,    // workload identity
  kAppService,        // managed identity of App Service, Functions, Container Apps
  kInstanceMetadata,  // managed identity of a virtual machine (IMDS)
};
std::string_view name_of(EntraFlow flow);

struct EntraIdentity {
  EntraFlow flow = EntraFlow::kInstanceMetadata;
  std::string url;  // of the token endpoint, without query
  std::string scope = "https://webpubsub.azure.com/.default";  // what its tokens are for
  std::string client_id;                                       // of the first two flows
  std::string client_secret;                                   // kClientSecret
  std::string token_file;                                      // kFederatedToken
  std::string managed_parameter;  // "client_id" and so on; empty: the identity of the system
  std::string managed_name;       // its value
  std::string identity_header;    // kAppService: what proves that we may ask

  friend bool operator==(const EntraIdentity&, const EntraIdentity&) = default;
};

/// Is it one that the machine's own address answers for, which no proxy reaches?
bool is_managed(const EntraIdentity& identity);

/// `name`: of the setting that `settings` were read from, for the errors.
Result<EntraIdentity> resolve_entra(const IdentitySettings& settings, std::string_view name,
                                    const SettingsSource& source);

}  // namespace awps
