// Key rotation: a second key to try, and keys that are read again while the daemon runs.

#include <gtest/gtest.h>

#include <fstream>

#include "auth/settings.h"
#include "auth/token_cache.h"
#include "tests/support/test_folder.h"

namespace awps {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr WallTime kNow = WallTime(seconds(1795507200));

struct LinesRow {
  const char* name;
  std::string_view text;
  std::vector<std::string> keys;
  std::string_view fault = "";
};

class TwoLinesTest : public testing::TestWithParam<LinesRow> {};

TEST_P(TwoLinesTest, HoldThePrimaryAndTheSecondaryKey) {
  const Result<ConnectionString> connection = parse_connection_string(GetParam().text);
  if (!connection) {
    const std::string& message = connection.error().message;
    ASSERT_FALSE(GetParam().fault.empty()) << message;
    EXPECT_NE(message.find(GetParam().fault), std::string::npos) << message;
    EXPECT_EQ(message.find("s3cret"), std::string::npos) << message;
    return;
  }
  EXPECT_EQ(GetParam().fault, "");
  EXPECT_EQ(access_keys(*connection), GetParam().keys);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, TwoLinesTest,
    testing::Values(
        LinesRow{"One", "Endpoint=a.b;AccessKey=k1\n", {"k1"}},
        LinesRow{"Two", "Endpoint=a.b;AccessKey=k1\nEndpoint=a.b;AccessKey=k2\n", {"k1", "k2"}},
        LinesRow{"WithBlankLines",
                 "\r\nEndpoint=a.b;AccessKey=k1;\r\n\r\n Endpoint=https://A.B/;AccessKey=k2;",
                 {"k1", "k2"}},
        LinesRow{"TheSameTwice", "Endpoint=a.b;AccessKey=k1\nEndpoint=a.b;AccessKey=k1", {"k1"}},
        LinesRow{"OneInParts", "Endpoint=a.b;\nAccessKey=k1;\nVersion=1.0;", {"k1"}},
        LinesRow{"OtherEndpoint",
                 "Endpoint=a.b;AccessKey=s3cret\nEndpoint=a.c;AccessKey=s3cret",
                 {},
                 "different endpoints"},
        LinesRow{"KeyAlone", "Endpoint=a.b;AccessKey=s3cret\ns3cret", {}, "second line: "},
        LinesRow{"Three",
                 "Endpoint=a.b;AccessKey=k1\nEndpoint=a.b;AccessKey=k2\nEndpoint=a.b;AccessKey=k3",
                 {},
                 "more than two lines"}),
    [](const auto& row) { return row.param.name; });

class AccessKeysFileTest : public testing::Test {
 protected:
  std::string fault() { return read_access_keys(path_, "https://a.b").error().message; }

  TestFolder folder_;
  std::string path_ = folder_.file("access_keys");
};

TEST_F(AccessKeysFileTest, GivesTheKeysThatItHoldsNow) {
  std::ofstream(path_) << "Endpoint=https://a.b;AccessKey=k1;\n";
  EXPECT_EQ(*read_access_keys(path_, "https://a.b"), std::vector<std::string>{"k1"});
  std::ofstream(path_) << "Endpoint=https://a.b;AccessKey=k2;\nEndpoint=https://a.b;AccessKey=k1;";
  EXPECT_EQ(*read_access_keys(path_, "https://a.b"), (std::vector<std::string>{"k2", "k1"}));
}

TEST_F(AccessKeysFileTest, SaysWhatIsWrong) {
  EXPECT_NE(fault().find("No such file"), std::string::npos);
  std::ofstream(path_) << "Endpoint=https://a.b;";
  EXPECT_NE(fault().find(path_ + "': connection string: AccessKey is missing"), std::string::npos);
  std::ofstream(path_) << "Endpoint=https://a.c;AccessKey=s3cret";
  EXPECT_EQ(fault(), "'" + path_ +
                         "' names another endpoint than https://a.b: that takes effect at the "
                         "next start");
}

// A key that `keys` names last: what a test changes while the source is in use.
class FreshKeysTest : public testing::Test {
 protected:
  bool signs_with(std::string_view key, WallTime now = kNow) {
    const std::string token(*source_.token("https://a.b/", now));
    const size_t dot = token.rfind('.');
    return token.substr(dot + 1) ==
           base64url_encode(as_view(HmacKey(key).sign(token.substr(0, dot))));
  }
  bool refused() { return source_.refused(source_.generation()); }

  std::optional<std::vector<std::string>> keys_ = {{"old"}};
  int reads_ = 0;
  KeyTokenSource source_{{"old"},
                         {.fresh_keys =
                              [this] {
                                ++reads_;
                                return keys_;
                              }},
                         7};
};

TEST_F(FreshKeysTest, AreTakenWhenTheOldOneIsRefused) {
  EXPECT_TRUE(signs_with("old"));
  EXPECT_EQ(reads_, 0);
  keys_ = {{"new"}};
  EXPECT_TRUE(signs_with("old"));
  EXPECT_TRUE(refused());
  EXPECT_TRUE(signs_with("new"));
  EXPECT_TRUE(refused()) << "signed afresh once";
  EXPECT_TRUE(signs_with("new", kNow + seconds(2)));
  EXPECT_FALSE(refused());
}

TEST_F(FreshKeysTest, AreTakenWhileTheEndpointIsHeld) {
  EXPECT_TRUE(signs_with("old"));
  EXPECT_TRUE(refused());
  EXPECT_TRUE(signs_with("old"));
  EXPECT_FALSE(refused());
  keys_ = {{"new"}};
  EXPECT_TRUE(signs_with("old", kNow + seconds(2)));
  EXPECT_TRUE(refused());
  EXPECT_TRUE(signs_with("new", kNow + seconds(2)));
}

TEST_F(FreshKeysTest, AreReadAtMostOnceASecond) {
  for (int i = 0; i < 30; ++i) {
    (void)signs_with("old", kNow + milliseconds(100 * i));
    (void)refused();
  }
  EXPECT_EQ(reads_, 3);
}

TEST_F(FreshKeysTest, AreReadAlsoAfterTheClockJumpedBack) {
  (void)signs_with("old");
  (void)refused();
  (void)signs_with("old", kNow - hours(10));
  (void)refused();
  EXPECT_EQ(reads_, 2);
}

TEST_F(FreshKeysTest, ThatCannotBeReadLeaveTheOldOnes) {
  (void)signs_with("old");
  for (const auto& keys : {std::optional<std::vector<std::string>>(),
                           std::optional<std::vector<std::string>>(std::vector<std::string>())}) {
    keys_ = keys;
    (void)refused();
    EXPECT_TRUE(signs_with("old"));
  }
}

TEST_F(FreshKeysTest, AreTakenOnDemandBeforeAnyRefusal) {
  EXPECT_TRUE(signs_with("old"));
  const uint64_t before = source_.generation();
  keys_ = {{"new", "old"}};
  source_.take_fresh_keys();
  EXPECT_TRUE(signs_with("new"));
  EXPECT_GT(source_.generation(), before);
  EXPECT_TRUE(source_.refused(before)) << "a late refusal of the old one changes nothing";
  EXPECT_TRUE(signs_with("new"));
  EXPECT_EQ(reads_, 1);
}

}  // namespace
}  // namespace awps
