#include "auth/entra_identity.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"

namespace awps {

namespace {

struct Cloud {
  std::string_view domain;  // at the end of the endpoint's host; empty: any
  std::string_view authority;
  std::string_view scope;
};
constexpr Cloud kClouds[] = {
    {".azure.cn", "https://login.chinacloudapi.cn", "https://webpubsub.azure.cn/.default"},
    {".azure.us", "https://login.microsoftonline.us", "https://webpubsub.azure.us/.default"},
    {"", "https://login.microsoftonline.com", "https://webpubsub.azure.com/.default"},
};

const Cloud& cloud_of(const ServiceEndpoint& endpoint) {
  return *std::ranges::find_if(kClouds, [host = host_of(endpoint)](const Cloud& cloud) {
    return host.ends_with(cloud.domain);
  });
}

constexpr std::string_view kInstanceMetadataHost = "http://169.254.169.254";
constexpr std::string_view kInstanceMetadataPath = "/metadata/identity/oauth2/token";

// Azure's variables as far as they matter here; empty: not set.
struct Variables {
  std::string tenant_id;
  std::string client_id;
  std::string client_secret;
  std::string federated_token_file;
  std::string authority_host;
  std::string token_credentials;
  std::string identity_endpoint;
  std::string identity_header;
  std::string identity_thumbprint;
  std::string imds_endpoint;
  std::string msi_endpoint;
  std::string pod_identity_host;
};

using Variable = std::pair<std::string_view, std::string Variables::*>;
constexpr Variable kVariables[] = {
    {"AZURE_TENANT_ID", &Variables::tenant_id},
    {"AZURE_CLIENT_ID", &Variables::client_id},
    {"AZURE_CLIENT_SECRET", &Variables::client_secret},
    {"AZURE_FEDERATED_TOKEN_FILE", &Variables::federated_token_file},
    {"AZURE_AUTHORITY_HOST", &Variables::authority_host},
    {"AZURE_TOKEN_CREDENTIALS", &Variables::token_credentials},
    {"IDENTITY_ENDPOINT", &Variables::identity_endpoint},
    {"IDENTITY_HEADER", &Variables::identity_header},
    {"IDENTITY_SERVER_THUMBPRINT", &Variables::identity_thumbprint},
    {"IMDS_ENDPOINT", &Variables::imds_endpoint},
    {"MSI_ENDPOINT", &Variables::msi_endpoint},
    {"AZURE_POD_IDENTITY_AUTHORITY_HOST", &Variables::pod_identity_host},
};

struct Context {
  const IdentitySettings& settings;
  std::string_view name;
  const Variables& variables;
};

Result<Variables> read_variables(const SettingsSource& source) {
  Variables variables;
  for (const auto& [name, member] : kVariables) {
    Result<std::optional<std::string>> value = find_setting(source, name);
    if (!value) return value.error();
    variables.*member = std::string(trim(value->value_or("")));
  }
  return variables;
}

const std::string& first_of(const std::string& a, const std::string& b) {
  return a.empty() ? b : a;
}

// A control character in a URL or a header line would start another one.
bool is_visible(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

Result<std::string> token_url(const std::string& tenant, const Context& context) {
  const bool valid = std::ranges::all_of(
      tenant, [](char c) { return is_alphanumeric(c) || c == '-' || c == '.'; });
  if (!valid) {
    return Error{
        "the tenant id has characters that no tenant id has: give the directory's id or its "
        "domain"};
  }
  const Result<ServiceEndpoint> host =
      parse_endpoint(first_of(context.variables.authority_host,
                              std::string(cloud_of(context.settings.endpoint).authority)),
                     std::nullopt);
  if (!host) return Error{"AZURE_AUTHORITY_HOST: " + host.error().message};
  return host->url + "/" + tenant + "/oauth2/v2.0/token";
}

Error missing(const Context& context, std::string_view key, std::string_view variable) {
  return Error{"the identity of " + std::string(context.name) + " lacks " +
               std::string(context.name) + "__" + std::string(key) + ", and " +
               std::string(variable) + " is not set either: set one of them"};
}

Result<EntraIdentity> client_secret(const Context& context, const std::string& tenant,
                                    const std::string& client, const std::string& secret) {
  Result<std::string> url = token_url(tenant, context);
  if (!url) return url.error();
  return EntraIdentity{.flow = EntraFlow::kClientSecret,
                       .url = std::move(*url),
                       .client_id = client,
                       .client_secret = secret};
}

Result<EntraIdentity> federated(const Context& context, const std::string& client_setting) {
  const Variables& variables = context.variables;
  const std::string& tenant = first_of(context.settings.tenant_id, variables.tenant_id);
  const std::string& client = first_of(client_setting, variables.client_id);
  const std::string& file =
      first_of(context.settings.token_file_path, variables.federated_token_file);
  if (tenant.empty()) return missing(context, "tenantId", "AZURE_TENANT_ID");
  if (client.empty()) return missing(context, "clientId", "AZURE_CLIENT_ID");
  if (file.empty()) return missing(context, "tokenFilePath", "AZURE_FEDERATED_TOKEN_FILE");
  Result<std::string> url = token_url(tenant, context);
  if (!url) return url.error();
  return EntraIdentity{.flow = EntraFlow::kFederatedToken,
                       .url = std::move(*url),
                       .client_id = client,
                       .token_file = file};
}

void name_managed(EntraIdentity& identity, const IdentitySettings& settings,
                  const std::string& client_id) {
  const bool app_service = identity.flow == EntraFlow::kAppService;
  if (!settings.managed_identity_resource_id.empty()) {
    identity.managed_parameter = app_service ? "mi_res_id" : "msi_res_id";
    identity.managed_name = settings.managed_identity_resource_id;
  } else if (!settings.managed_identity_object_id.empty()) {
    identity.managed_parameter = "object_id";
    identity.managed_name = settings.managed_identity_object_id;
  } else if (!client_id.empty()) {
    identity.managed_parameter = "client_id";
    identity.managed_name = client_id;
  }
}

Error not_taken(const Context& context, std::string_view kind, std::string_view variables) {
  return Error{"the identity of " + std::string(context.name) +
               " would be the managed identity of " + std::string(kind) + " (" +
               std::string(variables) +
               "), which is not taken here: give a client secret or a workload identity"};
}

Result<std::string> platform_url(std::string_view variable, const std::string& value) {
  const bool has_scheme = value.starts_with("http://") || value.starts_with("https://");
  if (has_scheme && is_visible(value) && value.find_first_of("?#") == std::string::npos) {
    return value;
  }
  return Error{std::string(variable) + " is no http address without a query"};
}

// The order of Microsoft's SDKs. What the platform offers and we do not speak is an error: another
// identity than the one meant must not send.
Result<EntraIdentity> managed(const Context& context, const std::string& client_id) {
  const Variables& variables = context.variables;
  const bool has_endpoint = !variables.identity_endpoint.empty();
  const bool has_header = !variables.identity_header.empty();
  EntraIdentity identity;
  if (has_endpoint && has_header && !variables.identity_thumbprint.empty()) {
    return not_taken(context, "Service Fabric", "IDENTITY_SERVER_THUMBPRINT");
  }
  if (has_endpoint && has_header) {
    Result<std::string> url = platform_url("IDENTITY_ENDPOINT", variables.identity_endpoint);
    if (!url) return url.error();
    if (!is_visible(variables.identity_header)) {
      return Error{"IDENTITY_HEADER has characters that cannot stand in a header"};
    }
    identity.flow = EntraFlow::kAppService;
    identity.url = std::move(*url);
    identity.identity_header = variables.identity_header;
  } else if (!variables.msi_endpoint.empty()) {
    return not_taken(context, "Machine Learning or Cloud Shell", "MSI_ENDPOINT");
  } else if (has_endpoint && !variables.imds_endpoint.empty()) {
    return not_taken(context, "Azure Arc", "IDENTITY_ENDPOINT, IMDS_ENDPOINT");
  } else {
    std::string host = first_of(variables.pod_identity_host, std::string(kInstanceMetadataHost));
    while (host.ends_with('/')) host.pop_back();
    Result<std::string> url = platform_url("AZURE_POD_IDENTITY_AUTHORITY_HOST", host);
    if (!url) return url.error();
    identity.flow = EntraFlow::kInstanceMetadata;
    identity.url = *url + std::string(kInstanceMetadataPath);
  }
  name_managed(identity, context.settings, client_id);
  return identity;
}

bool has_workload(const Variables& variables, const std::string& client_id) {
  return !variables.tenant_id.empty() && !variables.federated_token_file.empty() &&
         !first_of(client_id, variables.client_id).empty();
}

// Which of the default identity's three may be taken: AZURE_TOKEN_CREDENTIALS.
struct Permitted {
  bool environment = true;
  bool workload = true;
  bool managed = true;
};

Result<Permitted> permitted(const std::string& token_credentials) {
  const std::string asked = to_lower(token_credentials);
  if (asked.empty() || asked == "prod") return Permitted{};
  const Permitted one{.environment = asked == "environmentcredential",
                      .workload = asked == "workloadidentitycredential",
                      .managed = asked == "managedidentitycredential"};
  if (one.environment || one.workload || one.managed) return one;
  return Error{
      "AZURE_TOKEN_CREDENTIALS names no credential that is known here: prod, "
      "EnvironmentCredential, WorkloadIdentityCredential or ManagedIdentityCredential"};
}

Result<EntraIdentity> default_identity(const Context& context) {
  const IdentitySettings& settings = context.settings;
  const Variables& variables = context.variables;
  const Result<Permitted> may = permitted(variables.token_credentials);
  if (!may) return may.error();
  const std::string& tenant = first_of(settings.tenant_id, variables.tenant_id);
  const bool has_environment =
      !tenant.empty() && !variables.client_id.empty() && !variables.client_secret.empty();
  if (may->environment && (has_environment || !may->workload)) {
    if (has_environment) {
      return client_secret(context, tenant, variables.client_id, variables.client_secret);
    }
    return Error{
        "AZURE_TOKEN_CREDENTIALS asks for the environment's credential, so set "
        "AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"};
  }
  const std::string& client = first_of(settings.managed_identity_client_id, settings.client_id);
  const std::string& file = first_of(settings.token_file_path, variables.federated_token_file);
  const bool has_federated =
      !tenant.empty() && !first_of(client, variables.client_id).empty() && !file.empty();
  if (may->workload && (has_federated || !may->managed)) return federated(context, client);
  return managed(context, first_of(client, variables.client_id));
}

Result<EntraIdentity> identity_of_kind(const Context& context) {
  const IdentitySettings& settings = context.settings;
  const Variables& variables = context.variables;
  switch (settings.kind) {
    case IdentityKind::kClientSecret:
      return client_secret(context, settings.tenant_id, settings.client_id, settings.client_secret);
    case IdentityKind::kWorkloadIdentity:
      return federated(context, settings.client_id);
    case IdentityKind::kManagedIdentity: {
      const std::string& client = first_of(settings.managed_identity_client_id, settings.client_id);
      const bool named_otherwise = !settings.managed_identity_resource_id.empty() ||
                                   !settings.managed_identity_object_id.empty();
      // In a Kubernetes pod with a federated token this is how a managed identity is had.
      if (!named_otherwise && has_workload(variables, client)) return federated(context, client);
      return managed(context, client);
    }
    case IdentityKind::kDefault:
      return default_identity(context);
  }
  return Error{"the identity of " + std::string(context.name) + " is of no known kind"};
}

}  // namespace

std::string_view name_of(EntraFlow flow) {
  switch (flow) {
    case EntraFlow::kClientSecret:
      return "client secret";
    case EntraFlow::kFederatedToken:
      return "workload identity";
    case EntraFlow::kAppService:
      return "managed identity (App Service)";
    case EntraFlow::kInstanceMetadata:
      return "managed identity (IMDS)";
  }
  return "";
}

bool is_managed(const EntraIdentity& identity) {
  return identity.flow == EntraFlow::kAppService || identity.flow == EntraFlow::kInstanceMetadata;
}

Result<EntraIdentity> resolve_entra(const IdentitySettings& settings, std::string_view name,
                                    const SettingsSource& source) {
  const Result<Variables> variables = read_variables(source);
  if (!variables) return variables.error();
  Result<EntraIdentity> identity =
      identity_of_kind({.settings = settings, .name = name, .variables = *variables});
  if (!identity) return identity.error();
  identity->scope = first_of(settings.scope, std::string(cloud_of(settings.endpoint).scope));
  return identity;
}

}  // namespace awps
