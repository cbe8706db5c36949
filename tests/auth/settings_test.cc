#include "auth/settings.h"

#include "tests/support/test_folder.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

namespace awps {
namespace {

using Values = std::map<std::string, std::string>;

SettingsSource source_of(Values credentials, Values environment) {
  const auto lookup = [](const Values& values,
                         std::string_view name) -> std::optional<std::string> {
    const auto found = values.find(std::string(name));
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
  return {.credential = [=](std::string_view name) -> Result<std::optional<std::string>> {
            return lookup(credentials, name);
          },
          .environment = [=](std::string_view name) { return lookup(environment, name); }};
}

constexpr const char* kConnection = "Endpoint=https://a.b;AccessKey=k;";

TEST(FindSetting, PrefersTheCredentialAndTrimsItsEnd) {
  const SettingsSource source =
      source_of({{"N", " from file \r\n\n"}}, {{"N", "from environment"}});
  EXPECT_EQ(find_setting(source, "N")->value_or(""), " from file");
}

TEST(FindSetting, TakesTheEnvironmentAsItIs) {
  EXPECT_EQ(find_setting(source_of({}, {{"N", "value "}}), "N")->value_or(""), "value ");
}

TEST(FindSetting, TreatsBlanksAsAbsent) {
  EXPECT_EQ(find_setting(source_of({{"N", "\n"}}, {{"N", "value"}}), "N")->value_or(""), "value");
  EXPECT_FALSE(find_setting(source_of({}, {{"N", "  "}}), "N")->has_value());
  EXPECT_FALSE(find_setting(source_of({}, {}), "N")->has_value());
}

TEST(FindSetting, NamesACredentialThatCannotBeRead) {
  SettingsSource source = source_of({}, {{"N", "value"}});
  source.credential = [](std::string_view) -> Result<std::optional<std::string>> {
    return Error{"read '/c/N': Permission denied"};
  };
  const auto result = find_setting(source, "N");
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().message, "setting 'N': read '/c/N': Permission denied");
}

TEST(ResolveService, TakesAConnectionString) {
  const Result<ServiceSetting> service = resolve_service(source_of({}, {{"N", kConnection}}), "N");
  ASSERT_TRUE(service.ok()) << service.error().message;
  EXPECT_EQ(std::get<ConnectionString>(*service).endpoint.url, "https://a.b");
}

TEST(ResolveService, PrefersAConnectionStringToAServiceUri) {
  const SettingsSource source =
      source_of({}, {{"N", kConnection}, {"N__serviceUri", "https://other.example"}});
  EXPECT_TRUE(std::holds_alternative<ConnectionString>(*resolve_service(source, "N")));
}

struct IdentityCase {
  const char* name;
  Values values;
  IdentityKind kind;
};

class IdentityTest : public testing::TestWithParam<IdentityCase> {};

TEST_P(IdentityTest, IsChosenByItsKeys) {
  Values values = GetParam().values;
  values["N__serviceUri"] = "https://a.b/";
  const Result<ServiceSetting> service = resolve_service(source_of({}, values), "N");
  ASSERT_TRUE(service.ok()) << service.error().message;
  const IdentitySettings& identity = std::get<IdentitySettings>(*service);
  EXPECT_EQ(identity.endpoint.url, "https://a.b");
  EXPECT_EQ(name_of(identity.kind), name_of(GetParam().kind));
}

INSTANTIATE_TEST_SUITE_P(
    Keys, IdentityTest,
    testing::Values(
        IdentityCase{"None", {}, IdentityKind::kDefault},
        IdentityCase{"Secret",
                     {{"N__tenantId", "t"}, {"N__clientId", "c"}, {"N__clientSecret", "s"}},
                     IdentityKind::kClientSecret},
        IdentityCase{"ClientAlone", {{"N__clientId", "c"}}, IdentityKind::kDefault},
        IdentityCase{
            "Managed", {{"N__credential", "managedidentity"}}, IdentityKind::kManagedIdentity},
        IdentityCase{"ManagedInAnyCase",
                     {{"N__credential", "ManagedIdentity"}, {"N__clientId", "c"}},
                     IdentityKind::kManagedIdentity},
        IdentityCase{"Workload",
                     {{"N__credential", "workloadidentity"}, {"N__tokenFilePath", "/t"}},
                     IdentityKind::kWorkloadIdentity}),
    [](const auto& row) { return row.param.name; });

TEST(ResolveService, KeepsWhatTheIdentityKeysSay) {
  const SettingsSource source = source_of(
      {{"N__clientSecret", "secret\n"}},
      {{"N__serviceUri", "https://a.b"}, {"N__tenantId", "tenant"}, {"N__clientId", "client"}});
  const Result<ServiceSetting> service = resolve_service(source, "N");
  ASSERT_TRUE(service.ok()) << service.error().message;
  const IdentitySettings& identity = std::get<IdentitySettings>(*service);
  EXPECT_EQ(identity.tenant_id, "tenant");
  EXPECT_EQ(identity.client_id, "client");
  EXPECT_EQ(identity.client_secret, "secret");
}

struct RefusedSetting {
  const char* name;
  Values values;
  std::string_view reason;
};

class RefusedSettingTest : public testing::TestWithParam<RefusedSetting> {};

TEST_P(RefusedSettingTest, SaysWhichAndWhy) {
  const Result<ServiceSetting> service = resolve_service(source_of({}, GetParam().values), "N");
  ASSERT_FALSE(service.ok());
  const std::string& message = service.error().message;
  EXPECT_NE(message.find(GetParam().reason), std::string::npos) << message;
  EXPECT_EQ(message.find("s3cret"), std::string::npos) << message;
}

INSTANTIATE_TEST_SUITE_P(
    Values, RefusedSettingTest,
    testing::Values(
        RefusedSetting{"Nothing", {}, "nor of N__serviceUri; set one of them"},
        RefusedSetting{"BadConnectionString", {{"N", "s3cret"}}, "setting 'N': connection string"},
        RefusedSetting{
            "PlainServiceUri", {{"N__serviceUri", "http://a.b"}}, "N__serviceUri: the endpoint"},
        RefusedSetting{"UnknownCredential",
                       {{"N__serviceUri", "a.b"}, {"N__credential", "azurepipelines"}},
                       "N__credential names no credential"},
        RefusedSetting{"SecretAlone",
                       {{"N__serviceUri", "a.b"}, {"N__clientSecret", "s3cret"}},
                       "N__clientSecret is set without N__tenantId"},
        RefusedSetting{"Certificate",
                       {{"N__serviceUri", "a.b"}, {"N__clientCertificate", "x"}},
                       "N__clientCertificate"},
        RefusedSetting{"TwoNamesOfAManagedIdentity",
                       {{"N__serviceUri", "a.b"},
                        {"N__credential", "managedidentity"},
                        {"N__clientId", "c"},
                        {"N__managedIdentityResourceId", "r"}},
                       "named more than once"}),
    [](const auto& row) { return row.param.name; });

class SettingFileTest : public testing::Test {
 protected:
  TestFolder folder_;
  std::string path_ = folder_.file("setting");
};

TEST_F(SettingFileTest, IsReadWithoutBlanksAtItsEnd) {
  std::ofstream(path_) << "a b\n \n";
  EXPECT_EQ(*read_setting_file(path_), "a b");
}

TEST_F(SettingFileTest, IsACredentialOfItsDirectory) {
  std::ofstream(path_) << "from systemd\n";
  const size_t slash = path_.rfind('/');
  setenv("CREDENTIALS_DIRECTORY", path_.substr(0, slash).c_str(), 1);
  const SettingsSource source = system_settings();
  unsetenv("CREDENTIALS_DIRECTORY");
  EXPECT_EQ(find_setting(source, path_.substr(slash + 1))->value_or(""), "from systemd");
  EXPECT_FALSE(find_setting(source, ".." + path_)->has_value()) << "it left the directory";
  EXPECT_FALSE(find_setting(source, "awpsd_no_such_setting")->has_value());
}

TEST_F(SettingFileTest, HasABound) {
  std::ofstream(path_) << std::string(64UL * 1024 + 1, 'x');
  const Result<std::string> text = read_setting_file(path_);
  ASSERT_FALSE(text.ok());
  EXPECT_NE(text.error().message.find("larger than 64 KiB"), std::string::npos);
}

TEST_F(SettingFileTest, IsNamedWhereItIsMissing) {
  const Result<std::string> text = read_setting_file(path_);
  ASSERT_FALSE(text.ok());
  EXPECT_EQ(text.error().message, "read '" + path_ + "': No such file or directory");
}

}  // namespace
}  // namespace awps
