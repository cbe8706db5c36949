#pragma once

// Settings: where secrets and service addresses come from, by NAME. A setting is the systemd
// credential file $CREDENTIALS_DIRECTORY/NAME, else the environment variable NAME. The lookups are
// handed in, so that everything but system_settings() and what reads files is pure. Any thread.
//
// 1. Blanks at the end of a credential do not count (editors add a newline); a setting of nothing
//    but blanks is as good as absent.
// 2. NAME holds a connection string, or NAME__serviceUri and its kin an Entra identity, as in Azure
//    Functions. The connection string wins.
// 3. No error contains a secret.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "auth/connection_string.h"
#include "auth/service_endpoint.h"
#include "base/result.h"

namespace awps {

struct SettingsSource {
  /// nullopt: there is none; Error: it is there, but cannot be read.
  std::function<Result<std::optional<std::string>>(std::string_view name)> credential;
  std::function<std::optional<std::string>(std::string_view name)> environment;
};

/// $CREDENTIALS_DIRECTORY as it is now, and the environment.
SettingsSource system_settings();
/// The same for programs outside of the daemon's unit, which see no credentials: root may look
/// where systemd takes these from for the unit.
SettingsSource settings_outside_of_unit();
inline constexpr std::string_view kCredentialFolder = "/etc/credstore/";

enum class IdentityKind : uint8_t {
  kDefault,           // what the machine offers: environment, workload, managed identity
  kClientSecret,      // tenantId, clientId, clientSecret
  kManagedIdentity,   // credential = managedidentity
  kWorkloadIdentity,  // credential = workloadidentity
};
std::string_view name_of(IdentityKind kind);

/// Empty texts were not set.
struct IdentitySettings {
  ServiceEndpoint endpoint;
  IdentityKind kind = IdentityKind::kDefault;
  std::string tenant_id;
  std::string client_id;
  std::string client_secret;
  std::string managed_identity_client_id;
  std::string managed_identity_resource_id;
  std::string managed_identity_object_id;
  std::string token_file_path;
  std::string scope;  // empty: by the endpoint's cloud

  friend bool operator==(const IdentitySettings&, const IdentitySettings&) = default;
};

using ServiceSetting = std::variant<ConnectionString, IdentitySettings>;

/// nullopt: not set.
Result<std::optional<std::string>> find_setting(const SettingsSource& source,
                                                std::string_view name);

/// The service that the setting NAME stands for.
Result<ServiceSetting> resolve_service(const SettingsSource& source, std::string_view name,
                                       PlainHttpHosts plain_http = {});

/// The identity that NAME__tenantId and its kin name for what is at `endpoint`.
Result<IdentitySettings> resolve_identity(const SettingsSource& source, std::string_view name,
                                          ServiceEndpoint endpoint);

/// The text of a small file (connection_file), without blanks at its end.
Result<std::string> read_setting_file(const std::string& path);

/// The access keys that a connection_file holds now. An Error also where it names another endpoint
/// than `endpoint_url`: that takes effect at the next start.
Result<std::vector<std::string>> read_access_keys(const std::string& path,
                                                  std::string_view endpoint_url);

}  // namespace awps
