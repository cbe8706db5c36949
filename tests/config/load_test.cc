// Loading: files and drop-ins, what wins over what, and what hubs take over from hub_defaults.

#include "config/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace awps {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

class LoadTest : public testing::Test {
 protected:
  LoadTest() {
    std::string pattern = (fs::temp_directory_path() / "awps-config-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~LoadTest() override { fs::remove_all(directory_); }

  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((directory_ / name).parent_path());
    std::ofstream(directory_ / name) << text;
  }
  std::string path(const std::string& name) const { return (directory_ / name).string(); }
  ConfigReading load() const { return load_config_directory(directory_); }

  fs::path directory_;
};

Config parsed(const std::vector<ConfigText>& files) {
  const auto config = parse_config(files);
  EXPECT_TRUE(config.ok()) << to_string(config.mistakes);
  return config.ok() ? config.config : Config();
}

TEST_F(LoadTest, NoFileAtAllGivesTheDefaults) {
  const auto config = load();
  ASSERT_TRUE(config.ok());
  EXPECT_TRUE(config.config == Config());
}

TEST_F(LoadTest, NoDirectoryAtAllGivesTheDefaults) {
  const auto config = load_config_directory(directory_ / "none");
  ASSERT_TRUE(config.ok());
  EXPECT_TRUE(config.config == Config());
}

TEST_F(LoadTest, DropInsAreReadByNameAndLaterOnesWinKeyByKey) {
  write("awpsd.toml", "[socket]\nthreads = 1\nmax_connections = 11\ngroup = \"main\"\n");
  write("conf.d/20.toml", "[socket]\nthreads = 3\n");
  write("conf.d/10.toml", "[socket]\nthreads = 2\nmax_connections = 22\n");
  const auto config = load();
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config.config.socket.threads, 3u);
  EXPECT_EQ(config.config.socket.max_connections, 22u);
  EXPECT_EQ(config.config.socket.group, "main");
}

TEST_F(LoadTest, OnlyTomlFilesThatAreNotHiddenAreDropIns) {
  write("conf.d/10.toml.bak", "no = toml");
  write("conf.d/.10.toml", "no = toml");
  write("conf.d/README", "no toml");
  EXPECT_TRUE(load().ok());
}

TEST_F(LoadTest, DropInsDoWithoutAMainFile) {
  write("conf.d/10.toml", "drain_timeout = \"1s\"");
  const auto config = load();
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config.config.drain_timeout, seconds(1));
}

TEST_F(LoadTest, MistakesOfAllFilesAreToldEachWithItsFile) {
  write("awpsd.toml", "\ndrain_timeout = 1\n");
  write("conf.d/10.toml", "a = [");
  write("conf.d/20.toml", "[log]\nlevel = 2\n");
  const auto config = load();
  ASSERT_FALSE(config.ok());
  ASSERT_EQ(config.mistakes.size(), 3u);
  EXPECT_EQ(config.mistakes[0].place, (ConfigPlace{path("awpsd.toml"), 2, 1}));
  EXPECT_EQ(config.mistakes[1].place.file, path("conf.d/10.toml"));
  EXPECT_EQ(config.mistakes[2].place, (ConfigPlace{path("conf.d/20.toml"), 2, 1}));
  EXPECT_EQ(config.mistakes[2].key, "log.level");
}

TEST_F(LoadTest, AMistakeThatALaterFileOverridesIsStillOne) {
  write("awpsd.toml", "drain_timeout = 1");
  write("conf.d/10.toml", "drain_timeout = \"1s\"");
  EXPECT_FALSE(load().ok());
}

TEST_F(LoadTest, AFileThatIsNotThereIsAMistakeWhenItWasNamed) {
  const std::vector<fs::path> files{directory_ / "none.toml"};
  const auto config = load_config(files);
  ASSERT_FALSE(config.ok());
  EXPECT_EQ(to_string(config.mistakes),
            path("none.toml") +
                ": cannot be read: No such file or directory; check the path, and "
                "that the daemon's user may read it\n");
}

TEST_F(LoadTest, ADirectoryInTheFilesPlaceIsAMistake) {
  fs::create_directories(directory_ / "awpsd.toml");
  const auto config = load();
  ASSERT_FALSE(config.ok());
  EXPECT_THAT(to_string(config.mistakes), testing::HasSubstr("cannot be read: Is a directory"));
}

TEST_F(LoadTest, AFileInTheDropInsPlaceIsAMistake) {
  write("conf.d", "x");
  const auto config = load();
  ASSERT_FALSE(config.ok());
  EXPECT_THAT(to_string(config.mistakes), testing::HasSubstr("conf.d: cannot be read: Not a dir"));
}

TEST_F(LoadTest, AnEndlessFileIsRefused) {
  const fs::path endless[] = {"/dev/zero"};
  EXPECT_EQ(to_string(load_config(endless).mistakes),
            "/dev/zero: longer than 1 MiB; spread it over files in conf.d\n");
}

// Its reader would wait for a writer.
TEST_F(LoadTest, AFifoAmongTheFilesIsAMistake) {
  write("awpsd.toml", "log.level = 3\n");
  fs::create_directories(directory_ / "conf.d");
  ASSERT_EQ(::mkfifo(path("conf.d/10.toml").c_str(), 0600), 0);
  EXPECT_EQ(to_string(load().mistakes),
            path("conf.d/10.toml") +
                ": is no regular file; move it out of the way, or put a file there\n" +
                path("awpsd.toml") +
                ":1:5: log.level: is the number 3; write \"error\", "
                "\"warning\", \"info\" or \"debug\"\n");
}

TEST(HubInheritance, IsKeyByKey) {
  const Config config = parsed({{"f", R"(
[hubs.chat]
max_in_flight = 7
[hubs.chat.retry]
base = "1s"
[hub_defaults]
max_in_flight = 9
when_full = "reject"
[hub_defaults.retry]
base = "3s"
max = "5s"
)"}});
  const HubConfig& chat = config.hubs.at("chat");
  EXPECT_EQ(chat.max_in_flight, 7u);
  EXPECT_EQ(chat.when_full, HubConfig::WhenFull::kReject);
  EXPECT_EQ(chat.retry.base, seconds(1));
  EXPECT_EQ(chat.retry.max, seconds(5));
  EXPECT_EQ(chat.burst, HubConfig().burst);
}

TEST(HubInheritance, TakesDefaultsOfALaterFile) {
  const Config config = parsed({{"f", "[hubs.a]\nmax_in_flight = 7"},
                                {"g", "[hub_defaults]\nmax_in_flight = 9\nburst = \"9s\""}});
  EXPECT_EQ(config.hubs.at("a").max_in_flight, 7u);
  EXPECT_EQ(config.hubs.at("a").burst, seconds(9));
}

TEST(HubInheritance, ReplacesListsWhole) {
  const Config config = parsed({{"f", R"(
[hub_defaults]
allow_users = ["a", "b"]
[[hub_defaults.merge]]
groups = "x"
[[hubs.own.merge]]
groups = "y"
[hubs.none]
merge = []
allow_users = []
[hubs.taken]
)"}});
  EXPECT_EQ(config.hubs.at("own").merge, (std::vector<MergeRule>{{.groups = "y"}}));
  EXPECT_TRUE(config.hubs.at("none").merge.empty());
  EXPECT_TRUE(config.hubs.at("none").allow_users.empty());
  EXPECT_EQ(config.hubs.at("taken").merge, (std::vector<MergeRule>{{.groups = "x"}}));
}

TEST(HubInheritance, LayersTheSameHubOfSeveralFiles) {
  const Config config = parsed({{"f", "[hubs.Chat]\nmax_in_flight = 7\nburst = \"7s\""},
                                {"g", "[hubs.Chat]\nmax_in_flight = 8"}});
  ASSERT_EQ(config.hubs.size(), 1u);
  EXPECT_EQ(config.hubs.at("chat").max_in_flight, 8u);
  EXPECT_EQ(config.hubs.at("chat").burst, seconds(7));
}

TEST(HubInheritance, TakesNamesWithDots) {
  EXPECT_EQ(parsed({{"f", "[hubs.\"a.B\"]\nmax_in_flight = 7"}}).hubs.at("a.b").max_in_flight, 7u);
}

TEST(ServiceConfig, OfANamedServiceTakesNothingFromTheDefaultService) {
  const Config config =
      parsed({{"f", "[service]\ntimeout = \"1s\"\n[services.b]\nconnection = \"B\""}});
  EXPECT_EQ(config.services.at("b").timeout, ServiceConfig().timeout);
}

TEST(ConfigOrigins, NameThePlaceThatWon) {
  const Config config =
      parsed({{"f", "[hubs.A.retry]\nmax = \"9s\""}, {"g", "\n\n[hubs.A.retry]\nmax = \"8s\"\n"}});
  const auto& places = config.origins.places;
  EXPECT_EQ(places.find("hubs.a.retry.max")->second, (ConfigPlace{"g", 4, 1}));
  EXPECT_EQ(places.find("drain_timeout"), places.end());
}

}  // namespace
}  // namespace awps
