// The gateway's certificate: where it is found, and what a changed file does.

#include "daemon/awpsd/gateway_certificate.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "base/check.h"
#include "tests/support/test_folder.h"

namespace awps {
namespace {

using std::chrono::hours;

/// A self-signed certificate with its key, as a new file takes the place of an old one.
void write_certificate(const std::string& path, const std::string& name, int days = 30) {
  const std::string command =
      "umask 077; openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
      "-subj /CN=x -addext subjectAltName=DNS:" +
      name + " -days " + std::to_string(days) + " -keyout " + path + ".k -out " + path +
      ".c 2>/dev/null && cat " + path + ".c " + path + ".k > " + path + ".new && mv " + path +
      ".new " + path;
  AWPS_CHECK(std::system(command.c_str()) == 0);
}

class GatewayCertificateTest : public testing::Test {
 protected:
  GatewayCertificateTest() { ::unsetenv("CREDENTIALS_DIRECTORY"); }
  ~GatewayCertificateTest() override { ::unsetenv("CREDENTIALS_DIRECTORY"); }

  /// One look; the names of the certificate that is taken, or none.
  std::vector<std::string> look(GatewayCertificate& certificate, const std::string& name) {
    const auto context =
        certificate.look(name, [this](const std::string& error) { told_.push_back(error); });
    return context == nullptr ? std::vector<std::string>() : context->names();
  }

  TestFolder folder_;
  std::string path_ = folder_.file("gateway.pem");
  std::vector<std::string> told_;
};

using Names = std::vector<std::string>;

TEST_F(GatewayCertificateTest, IsTakenFromItsFile) {
  write_certificate(path_, "a.example");
  const auto certificate = GatewayCertificate::open(path_);
  ASSERT_TRUE(certificate.ok()) << certificate.error().message;
  EXPECT_EQ((*certificate)->context()->names(), Names{"a.example"});
  EXPECT_EQ((*certificate)->state().error, "");
}

TEST_F(GatewayCertificateTest, IsLookedUpAsACredentialFirst) {
  const TestFolder credentials;
  ::setenv("CREDENTIALS_DIRECTORY", credentials.file("").c_str(), 1);
  write_certificate(credentials.file("gateway.pem"), "credential.example");
  write_certificate(path_, "path.example");
  const auto by_name = load_certificate("gateway.pem");
  ASSERT_TRUE(by_name.ok()) << by_name.error().message;
  EXPECT_EQ((*by_name)->names(), Names{"credential.example"});
  const auto by_path = load_certificate(path_);
  ASSERT_TRUE(by_path.ok());
  EXPECT_EQ((*by_path)->names(), Names{"path.example"});
}

TEST_F(GatewayCertificateTest, IsRefusedIfOthersHaveAccess) {
  write_certificate(path_, "a.example");
  std::filesystem::permissions(path_, std::filesystem::perms(0644));
  EXPECT_FALSE(GatewayCertificate::open(path_).ok());
  EXPECT_FALSE(GatewayCertificate::open(folder_.file("none")).ok());
  EXPECT_FALSE(GatewayCertificate::open(folder_.file("")).ok());  // a folder
}

TEST_F(GatewayCertificateTest, OfAnUnchangedFileIsNotTakenAgain) {
  write_certificate(path_, "a.example");
  const auto certificate = GatewayCertificate::open(path_);
  ASSERT_TRUE(certificate.ok());
  EXPECT_EQ((*certificate)->look(path_, [](const std::string&) {}), nullptr);
}

TEST_F(GatewayCertificateTest, OfAChangedFileIsTaken) {
  write_certificate(path_, "a.example");
  const auto certificate = GatewayCertificate::open(path_);
  ASSERT_TRUE(certificate.ok());
  write_certificate(path_, "b.example", /*days=*/90);
  EXPECT_EQ(look(**certificate, path_), Names{"b.example"});
  EXPECT_EQ((*certificate)->state().not_after, (*certificate)->context()->not_after());
  EXPECT_EQ(look(**certificate, path_), Names());
}

TEST_F(GatewayCertificateTest, OfABadFileLeavesTheOldOneAndIsToldOnce) {
  write_certificate(path_, "a.example");
  const auto certificate = GatewayCertificate::open(path_);
  ASSERT_TRUE(certificate.ok());
  folder_.write("gateway.pem", "half a file");
  EXPECT_EQ(look(**certificate, path_), Names());
  EXPECT_EQ(look(**certificate, path_), Names());
  EXPECT_EQ(told_.size(), 1U);
  EXPECT_EQ((*certificate)->context()->names(), Names{"a.example"});
  EXPECT_NE((*certificate)->state().error, "");

  std::filesystem::remove(path_);
  EXPECT_EQ(look(**certificate, path_), Names());
  EXPECT_EQ(told_.size(), 2U) << "another reason is told";

  write_certificate(path_, "b.example");
  EXPECT_EQ(look(**certificate, path_), Names{"b.example"});
  EXPECT_EQ((*certificate)->state().error, "");
}

TEST_F(GatewayCertificateTest, ThatWasBadForAMomentIsTriedAgainAlthoughItsFileIsTheSame) {
  write_certificate(path_, "a.example");
  const auto certificate = GatewayCertificate::open(path_);
  ASSERT_TRUE(certificate.ok());
  std::filesystem::rename(path_, folder_.file("aside"));
  EXPECT_EQ(look(**certificate, path_), Names());
  std::filesystem::rename(folder_.file("aside"), path_);
  EXPECT_EQ(look(**certificate, path_), Names{"a.example"});
}

TEST_F(GatewayCertificateTest, OfAnotherNameIsTakenAtAReload) {
  write_certificate(path_, "a.example");
  const auto certificate = GatewayCertificate::open(path_);
  ASSERT_TRUE(certificate.ok());
  write_certificate(folder_.file("other.pem"), "b.example");
  EXPECT_EQ(look(**certificate, folder_.file("other.pem")), Names{"b.example"});
}

TEST(CertificateWarning, ComesFourteenDaysBeforeTheEnd) {
  const WallTime now = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1);
  EXPECT_EQ(warning_of_end(now + hours(24 * 14 + 1), now), "");
  const std::string soon = warning_of_end(now + hours(24 * 14), now);
  EXPECT_NE(soon.find("ends in 14 days, on 2026-03-15"), std::string::npos) << soon;
  EXPECT_NE(warning_of_end(now + hours(25), now).find("ends in 1 day,"), std::string::npos);
  const std::string over = warning_of_end(now - hours(1), now);
  EXPECT_NE(over.find("has ended on 2026-02-28"), std::string::npos) << over;
}

}  // namespace
}  // namespace awps
