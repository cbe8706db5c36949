#include "auth/entra_identity.h"

#include <gtest/gtest.h>

#include <map>

namespace awps {
namespace {

using Values = std::map<std::string, std::string>;

// N__serviceUri is `uri`; the rest are the row's.
Result<EntraIdentity> resolve(const Values& values, const std::string& uri = "https://a.b",
                              const std::string& scope = "") {
  const SettingsSource source{
      .credential = [](std::string_view) -> Result<std::optional<std::string>> {
        return {std::nullopt};
      },
      .environment = [&](std::string_view name) -> std::optional<std::string> {
        if (name == "N__serviceUri") return uri;
        const auto found = values.find(std::string(name));
        if (found == values.end()) return std::nullopt;
        return found->second;
      }};
  const Result<ServiceSetting> service = resolve_service(source, "N");
  if (!service) return service.error();
  IdentitySettings settings = std::get<IdentitySettings>(*service);
  settings.scope = scope;
  return resolve_entra(settings, "N", source);
}

struct Row {
  const char* name;
  Values values;
  EntraFlow flow;
  std::string_view url;
  std::string_view who = "";  // client id, or the managed identity's parameter and name
};

class EntraIdentityTest : public testing::TestWithParam<Row> {};

TEST_P(EntraIdentityTest, IsChosenByWhatIsSet) {
  const Result<EntraIdentity> identity = resolve(GetParam().values);
  ASSERT_TRUE(identity.ok()) << identity.error().message;
  EXPECT_EQ(name_of(identity->flow), name_of(GetParam().flow));
  EXPECT_EQ(identity->url, GetParam().url);
  const std::string managed = identity->managed_parameter.empty()
                                  ? ""
                                  : identity->managed_parameter + "=" + identity->managed_name;
  EXPECT_EQ(is_managed(*identity) ? managed : identity->client_id, GetParam().who);
}

constexpr std::string_view kImds = "http://169.254.169.254/metadata/identity/oauth2/token";
constexpr std::string_view kPublic = "https://login.microsoftonline.com/t/oauth2/v2.0/token";
constexpr std::string_view kApp = "http://127.0.0.1:41741/msi/token/";
const Values kEnvironment = {
    {"AZURE_TENANT_ID", "t"}, {"AZURE_CLIENT_ID", "c"}, {"AZURE_CLIENT_SECRET", "s"}};
const Values kWorkload = {
    {"AZURE_TENANT_ID", "t"}, {"AZURE_CLIENT_ID", "c"}, {"AZURE_FEDERATED_TOKEN_FILE", "/t"}};
const Values kAppService = {{"IDENTITY_ENDPOINT", std::string(kApp)}, {"IDENTITY_HEADER", "h"}};

Values with(Values values, const Values& more) {
  values.insert(more.begin(), more.end());
  return values;
}
const Values kSecret = {{"N__tenantId", "t"}, {"N__clientId", "c"}, {"N__clientSecret", "s"}};
const Values kManaged = {{"N__credential", "managedidentity"}};

INSTANTIATE_TEST_SUITE_P(
    Sets, EntraIdentityTest,
    testing::Values(
        Row{"Secret", kSecret, EntraFlow::kClientSecret, kPublic, "c"},
        Row{"SecretBeforeTheEnvironment", with(kSecret, {{"AZURE_CLIENT_ID", "other"}}),
            EntraFlow::kClientSecret, kPublic, "c"},
        Row{"Government",
            with(kSecret, {{"AZURE_AUTHORITY_HOST", "https://login.microsoftonline.us/"}}),
            EntraFlow::kClientSecret, "https://login.microsoftonline.us/t/oauth2/v2.0/token", "c"},
        Row{"LoopbackAuthority", with(kSecret, {{"AZURE_AUTHORITY_HOST", "http://127.0.0.1:81"}}),
            EntraFlow::kClientSecret, "http://127.0.0.1:81/t/oauth2/v2.0/token", "c"},
        Row{"Workload",
            {{"N__credential", "workloadidentity"},
             {"N__tenantId", "t"},
             {"N__clientId", "c"},
             {"N__tokenFilePath", "/f"}},
            EntraFlow::kFederatedToken,
            kPublic,
            "c"},
        Row{"WorkloadByTheEnvironment", with({{"N__credential", "workloadidentity"}}, kWorkload),
            EntraFlow::kFederatedToken, kPublic, "c"},
        Row{"ManagedOfTheSystem", kManaged, EntraFlow::kInstanceMetadata, kImds},
        Row{"ManagedByClient", with(kManaged, {{"N__clientId", "c"}}), EntraFlow::kInstanceMetadata,
            kImds, "client_id=c"},
        Row{"ManagedByResource", with(kManaged, {{"N__managedIdentityResourceId", "/r"}}),
            EntraFlow::kInstanceMetadata, kImds, "msi_res_id=/r"},
        Row{"ManagedByObject", with(kManaged, {{"N__managedIdentityObjectId", "o"}}),
            EntraFlow::kInstanceMetadata, kImds, "object_id=o"},
        Row{"ManagedIgnoresTheEnvironmentsClient", with(kManaged, {{"AZURE_CLIENT_ID", "c"}}),
            EntraFlow::kInstanceMetadata, kImds},
        Row{"ManagedInAPod", with(kManaged, kWorkload), EntraFlow::kFederatedToken, kPublic, "c"},
        Row{"ManagedByAnotherHost",
            with(kManaged, {{"AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:82/"}}),
            EntraFlow::kInstanceMetadata, "http://127.0.0.1:82/metadata/identity/oauth2/token"},
        Row{"AppService", with(kManaged, kAppService), EntraFlow::kAppService, kApp},
        Row{"AppServiceByResource",
            with(with(kManaged, kAppService), {{"N__managedIdentityResourceId", "/r"}}),
            EntraFlow::kAppService, kApp, "mi_res_id=/r"},
        Row{"DefaultByNothing", {}, EntraFlow::kInstanceMetadata, kImds},
        Row{"DefaultBySecret", with(with(kEnvironment, kWorkload), kAppService),
            EntraFlow::kClientSecret, kPublic, "c"},
        Row{"DefaultByWorkload", with(kWorkload, kAppService), EntraFlow::kFederatedToken, kPublic,
            "c"},
        Row{"DefaultByAppService", kAppService, EntraFlow::kAppService, kApp},
        Row{"DefaultTakesTheEnvironmentsClient",
            {{"AZURE_CLIENT_ID", "c"}},
            EntraFlow::kInstanceMetadata,
            kImds,
            "client_id=c"},
        Row{"DefaultPrefersTheSettingsClient",
            {{"AZURE_CLIENT_ID", "c"}, {"N__clientId", "own"}},
            EntraFlow::kInstanceMetadata,
            kImds,
            "client_id=own"},
        Row{"DefaultNarrowed",
            with(kEnvironment, {{"AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential"}}),
            EntraFlow::kInstanceMetadata, kImds, "client_id=c"},
        Row{"DefaultOfProduction", with(kEnvironment, {{"AZURE_TOKEN_CREDENTIALS", "prod"}}),
            EntraFlow::kClientSecret, kPublic, "c"}),
    [](const auto& row) { return row.param.name; });

struct Refused {
  const char* name;
  Values values;
  std::string_view reason;
};

class RefusedIdentityTest : public testing::TestWithParam<Refused> {};

TEST_P(RefusedIdentityTest, SaysWhichAndWhy) {
  const Result<EntraIdentity> identity = resolve(GetParam().values);
  ASSERT_FALSE(identity.ok());
  const std::string& message = identity.error().message;
  EXPECT_NE(message.find(GetParam().reason), std::string::npos) << message;
  EXPECT_EQ(message.find("s3cret"), std::string::npos) << message;
}

INSTANTIATE_TEST_SUITE_P(
    Values, RefusedIdentityTest,
    testing::Values(
        Refused{"TenantWithASlash",
                {{"N__tenantId", "t/../u"}, {"N__clientId", "c"}, {"N__clientSecret", "s3cret"}},
                "tenant id has characters"},
        Refused{"PlainAuthority", with(kSecret, {{"AZURE_AUTHORITY_HOST", "http://login.example"}}),
                "AZURE_AUTHORITY_HOST: the endpoint"},
        Refused{"WorkloadWithoutTenant",
                {{"N__credential", "workloadidentity"}},
                "lacks N__tenantId, and AZURE_TENANT_ID"},
        Refused{"WorkloadWithoutFile",
                {{"N__credential", "workloadidentity"}, {"N__tenantId", "t"}, {"N__clientId", "c"}},
                "lacks N__tokenFilePath, and AZURE_FEDERATED_TOKEN_FILE"},
        Refused{"Arc",
                {{"IDENTITY_ENDPOINT", std::string(kApp)}, {"IMDS_ENDPOINT", "http://127.0.0.1"}},
                "Azure Arc"},
        Refused{"ServiceFabric", with(kAppService, {{"IDENTITY_SERVER_THUMBPRINT", "x"}}),
                "Service Fabric"},
        Refused{"CloudShell", {{"MSI_ENDPOINT", "http://127.0.0.1:50342"}}, "Cloud Shell"},
        Refused{"HeaderOfTwoLines",
                {{"IDENTITY_ENDPOINT", std::string(kApp)}, {"IDENTITY_HEADER", "s3cret\r\nX: y"}},
                "IDENTITY_HEADER has characters"},
        Refused{"EndpointWithoutScheme",
                {{"IDENTITY_ENDPOINT", "127.0.0.1"}, {"IDENTITY_HEADER", "h"}},
                "IDENTITY_ENDPOINT is no http address"},
        Refused{"DevelopersCredential",
                {{"AZURE_TOKEN_CREDENTIALS", "AzureCliCredential"}},
                "AZURE_TOKEN_CREDENTIALS names no credential"},
        Refused{"EnvironmentAskedForButNotSet",
                {{"AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential"}},
                "set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"}),
    [](const auto& row) { return row.param.name; });

struct CloudRow {
  const char* name;
  const char* uri;
  const char* scope;
  const char* url;
};

class CloudTest : public testing::TestWithParam<CloudRow> {};

TEST_P(CloudTest, GivesScopeAndAuthority) {
  const Result<EntraIdentity> identity = resolve(kEnvironment, GetParam().uri);
  ASSERT_TRUE(identity.ok()) << identity.error().message;
  EXPECT_EQ(identity->scope, GetParam().scope);
  EXPECT_EQ(identity->url, GetParam().url);
}

INSTANTIATE_TEST_SUITE_P(
    Clouds, CloudTest,
    testing::Values(CloudRow{"Public", "https://a.webpubsub.azure.com",
                             "https://webpubsub.azure.com/.default", kPublic.data()},
                    CloudRow{"Other", "https://gateway.example",
                             "https://webpubsub.azure.com/.default", kPublic.data()},
                    CloudRow{"OwnDomain", "https://gateway.example.us",
                             "https://webpubsub.azure.com/.default", kPublic.data()},
                    CloudRow{"China", "https://a.webpubsub.azure.cn:8443/x",
                             "https://webpubsub.azure.cn/.default",
                             "https://login.chinacloudapi.cn/t/oauth2/v2.0/token"},
                    CloudRow{"Government", "https://a.webpubsub.azure.us",
                             "https://webpubsub.azure.us/.default",
                             "https://login.microsoftonline.us/t/oauth2/v2.0/token"}),
    [](const auto& row) { return row.param.name; });

TEST(EntraScope, OfTheSettingsAndAuthorityOfTheEnvironmentWin) {
  Values values = kEnvironment;
  values["AZURE_AUTHORITY_HOST"] = "https://login.example";
  const auto identity = resolve(values, "https://a.azure.cn", "api://own/.default");
  ASSERT_TRUE(identity.ok()) << identity.error().message;
  EXPECT_EQ(identity->scope, "api://own/.default");
  EXPECT_EQ(identity->url, "https://login.example/t/oauth2/v2.0/token");
}

}  // namespace
}  // namespace awps
