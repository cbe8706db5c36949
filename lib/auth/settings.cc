#include "auth/settings.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/ascii.h"
#include "base/unique_fd.h"

namespace awps {

namespace {

constexpr size_t kMaxFileBytes = 64UL * 1024;

using Key = std::pair<std::string_view, std::string IdentitySettings::*>;
constexpr std::array<Key, 7> kIdentityKeys = {{
    {"tenantId", &IdentitySettings::tenant_id},
    {"clientId", &IdentitySettings::client_id},
    {"clientSecret", &IdentitySettings::client_secret},
    {"managedIdentityClientId", &IdentitySettings::managed_identity_client_id},
    {"managedIdentityResourceId", &IdentitySettings::managed_identity_resource_id},
    {"managedIdentityObjectId", &IdentitySettings::managed_identity_object_id},
    {"tokenFilePath", &IdentitySettings::token_file_path},
}};

Error file_error(const std::string& path, int error) {
  return Error{"read '" + path + "': " + std::strerror(error)};
}

std::string key_name(std::string_view name, std::string_view key) {
  return std::string(name) + "__" + std::string(key);
}

std::string_view without_end_blanks(std::string_view text) {
  const size_t last = text.find_last_not_of(" \t\r\n\v\f");
  return last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

Result<std::string> value_or_empty(const SettingsSource& source, const std::string& name) {
  Result<std::optional<std::string>> value = find_setting(source, name);
  if (!value) return value.error();
  return std::string(trim(value->value_or("")));
}

Result<IdentityKind> kind_of(const IdentitySettings& settings, std::string_view name,
                             std::string_view credential) {
  const std::string asked = to_lower(credential);
  if (asked == "managedidentity") return IdentityKind::kManagedIdentity;
  if (asked == "workloadidentity") return IdentityKind::kWorkloadIdentity;
  if (!asked.empty()) {
    return Error{key_name(name, "credential") +
                 " names no credential that is known here: managedidentity, workloadidentity, or "
                 "leave it out"};
  }
  if (settings.client_secret.empty()) return IdentityKind::kDefault;
  if (settings.tenant_id.empty() || settings.client_id.empty()) {
    return Error{key_name(name, "clientSecret") + " is set without " + key_name(name, "tenantId") +
                 " and " + key_name(name, "clientId") + ": set all three"};
  }
  return IdentityKind::kClientSecret;
}

// A managed identity is named once; two names would let the order of our code decide which one
// sends.
Result<void> check_managed_names(const IdentitySettings& settings, std::string_view name) {
  const int names = (settings.managed_identity_client_id.empty() ? 0 : 1) +
                    (settings.managed_identity_resource_id.empty() ? 0 : 1) +
                    (settings.managed_identity_object_id.empty() ? 0 : 1) +
                    (settings.client_id.empty() ? 0 : 1);
  if (settings.kind != IdentityKind::kManagedIdentity || names <= 1) return {};
  return Error{"the managed identity of " + std::string(name) +
               " is named more than once: keep one of clientId, managedIdentityClientId, "
               "managedIdentityResourceId, managedIdentityObjectId"};
}

Result<std::optional<std::string>> read_credential(const std::string& directory,
                                                   std::string_view name) {
  if (directory.empty() || name.find('/') != std::string_view::npos) return {std::nullopt};
  const std::string path = directory + "/" + std::string(name);
  if (access(path.c_str(), F_OK) != 0 && errno == ENOENT) return {std::nullopt};
  Result<std::string> text = read_setting_file(path);
  if (!text) return text.error();
  return std::optional<std::string>(std::move(*text));
}

}  // namespace

std::string_view name_of(IdentityKind kind) {
  switch (kind) {
    case IdentityKind::kDefault:
      return "default identity";
    case IdentityKind::kClientSecret:
      return "client secret";
    case IdentityKind::kManagedIdentity:
      return "managed identity";
    case IdentityKind::kWorkloadIdentity:
      return "workload identity";
  }
  return "";
}

SettingsSource system_settings() {
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
  const std::string credentials = directory == nullptr ? "" : directory;
  return {.credential =
              [credentials](std::string_view name) { return read_credential(credentials, name); },
          .environment = [](std::string_view name) -> std::optional<std::string> {
            const char* value = std::getenv(std::string(name).c_str());
            if (value == nullptr) return std::nullopt;
            return value;
          }};
}

SettingsSource settings_outside_of_unit() {
  SettingsSource settings = system_settings();
  if (std::getenv("CREDENTIALS_DIRECTORY") != nullptr) return settings;
  settings.credential = [](std::string_view name) -> Result<std::optional<std::string>> {
    const std::string path = std::string(kCredentialFolder) + std::string(name);
    if (::access(path.c_str(), R_OK) != 0) return std::optional<std::string>();
    const Result<std::string> text = read_setting_file(path);
    if (!text) return text.error();
    return std::optional<std::string>(*text);
  };
  return settings;
}

Result<std::optional<std::string>> find_setting(const SettingsSource& source,
                                                std::string_view name) {
  Result<std::optional<std::string>> credential = source.credential(name);
  if (!credential) {
    return Error{"setting '" + std::string(name) + "': " + credential.error().message};
  }
  if (credential->has_value()) {
    const std::string_view value = without_end_blanks(**credential);
    if (!value.empty()) return std::optional<std::string>(value);
  }
  std::optional<std::string> value = source.environment(name);
  if (value && trim(*value).empty()) value.reset();
  return value;
}

Result<IdentitySettings> resolve_identity(const SettingsSource& source, std::string_view name,
                                          ServiceEndpoint endpoint) {
  IdentitySettings settings;
  settings.endpoint = std::move(endpoint);
  for (const auto& [key, member] : kIdentityKeys) {
    Result<std::string> value = value_or_empty(source, key_name(name, key));
    if (!value) return value.error();
    settings.*member = std::move(*value);
  }
  const Result<std::string> certificate =
      value_or_empty(source, key_name(name, "clientCertificate"));
  if (!certificate) return certificate.error();
  if (!certificate->empty()) {
    return Error{key_name(name, "clientCertificate") +
                 " is set, but certificates are not taken here: use clientSecret or an identity"};
  }
  const Result<std::string> credential = value_or_empty(source, key_name(name, "credential"));
  if (!credential) return credential.error();
  const Result<IdentityKind> kind = kind_of(settings, name, *credential);
  if (!kind) return kind.error();
  settings.kind = *kind;
  if (const Result<void> names = check_managed_names(settings, name); !names) return names.error();
  return settings;
}

Result<ServiceSetting> resolve_service(const SettingsSource& source, std::string_view name,
                                       PlainHttpHosts plain_http) {
  const Result<std::optional<std::string>> text = find_setting(source, name);
  if (!text) return text.error();
  if (text->has_value()) {
    Result<ConnectionString> connection = parse_connection_string(**text, plain_http);
    if (!connection) {
      return Error{"setting '" + std::string(name) + "': " + connection.error().message};
    }
    return ServiceSetting(std::move(*connection));
  }
  const Result<std::string> service_uri = value_or_empty(source, key_name(name, "serviceUri"));
  if (!service_uri) return service_uri.error();
  if (!service_uri->empty()) {
    Result<ServiceEndpoint> endpoint = parse_endpoint(*service_uri, std::nullopt, plain_http);
    if (!endpoint) return Error{key_name(name, "serviceUri") + ": " + endpoint.error().message};
    Result<IdentitySettings> identity = resolve_identity(source, name, std::move(*endpoint));
    if (!identity) return identity.error();
    return ServiceSetting(std::move(*identity));
  }
  return Error{"setting '" + std::string(name) +
               "' is not set: there is neither a systemd credential nor an environment variable of "
               "that name, nor of " +
               key_name(name, "serviceUri") + "; set one of them"};
}

Result<std::string> read_setting_file(const std::string& path) {
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return file_error(path, errno);
  std::string text(kMaxFileBytes + 1, '\0');
  size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = read(file.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_error(path, errno);
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  if (size > kMaxFileBytes) return Error{"read '" + path + "': larger than 64 KiB, so no setting"};
  return std::string(without_end_blanks(std::string_view(text).substr(0, size)));
}

Result<std::vector<std::string>> read_access_keys(const std::string& path,
                                                  std::string_view endpoint_url) {
  const Result<std::string> text = read_setting_file(path);
  if (!text) return text.error();
  // The present endpoint was found good at the start.
  const std::string present(host_of(ServiceEndpoint{std::string(endpoint_url)}));
  const Result<ConnectionString> connection = parse_connection_string(*text, {&present, 1});
  if (!connection) return Error{"'" + path + "': " + connection.error().message};
  if (connection->endpoint.url != endpoint_url) {
    return Error{"'" + path + "' names another endpoint than " + std::string(endpoint_url) +
                 ": that takes effect at the next start"};
  }
  return access_keys(*connection);
}

}  // namespace awps
