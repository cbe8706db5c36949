// Programs that were compiled with the first header go on working when they are linked with this
// library: their options are shorter, and they call other symbols.

#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include <awps/client/awps.h>

#include "tests/client/fake_daemon.h"

namespace awps::client {
namespace {

// As the first header had it.
struct OldOptions {
  const char* socket_path;
  const char* hub;
  const char* name;
  awps_ack ack;
  size_t max_buffered_bytes;
  int refuse_when_full;
  unsigned block_timeout_ms;
  unsigned reconnect_base_ms;
  unsigned reconnect_max_ms;
  unsigned close_timeout_ms;
  awps_on_outcome on_outcome;
  awps_on_notice on_notice;
  void* context;
};

extern "C" {
void old_options_init(OldOptions* options) __asm__("awps_options_init");
awps_producer* old_open(const OldOptions* options, awps_error* error) __asm__("awps_open");
}

// What stands behind them in the memory of such a program.
struct OldProgram {
  OldOptions options;
  std::array<unsigned char, 64> behind;
};

constexpr unsigned char kBehind = 0xa5;

OldProgram old_program() {
  OldProgram program;
  program.behind.fill(kBehind);
  old_options_init(&program.options);
  return program;
}

std::string hello_of(FakeDaemon& daemon) {
  return daemon.accept().read_line();
}

TEST(CCompatibility, TheOldSymbolWritesNothingBehindTheOldOptions) {
  const OldProgram program = old_program();
  for (const unsigned char byte : program.behind) ASSERT_EQ(byte, kBehind);
  EXPECT_STREQ(program.options.socket_path, "/run/awpsd/awpsd.sock");
  EXPECT_EQ(program.options.close_timeout_ms, 5000U);
  EXPECT_EQ(program.options.context, nullptr);
}

TEST(CCompatibility, TheOldSymbolReadsNothingBehindTheOldOptions) {
  FakeDaemon daemon;
  const std::string path = daemon.path();
  OldProgram program = old_program();
  program.options.socket_path = path.c_str();
  program.options.close_timeout_ms = 0;
  awps_error error{};
  awps_producer* producer = old_open(&program.options, &error);
  ASSERT_NE(producer, nullptr) << error.message;
  EXPECT_EQ(hello_of(daemon), R"({"hello":{"ack":"delivered"}})");
  awps_destroy(producer);
}

TEST(CCompatibility, TheOldSymbolsRefuseNull) {
  awps_error error{};
  old_options_init(nullptr);
  EXPECT_EQ(old_open(nullptr, &error), nullptr);
  EXPECT_EQ(error.code, AWPS_INVALID);
}

struct SizeRow {
  const char* name;
  size_t size;
};

TEST(CCompatibility, RefusesSizesThatNoHeaderSays) {
  const SizeRow kRows[] = {{"none", 0},
                           {"less than the first", sizeof(OldOptions) - 1},
                           {"of a later header", sizeof(awps_options) + 8}};
  for (const SizeRow& row : kRows) {
    std::array<awps_options, 2> options{};
    awps_options_init_sized(options.data(), sizeof(awps_options));
    awps_error error{};
    EXPECT_EQ(awps_open_sized(options.data(), row.size, &error), nullptr) << row.name;
    EXPECT_EQ(error.code, AWPS_INVALID) << row.name;
    EXPECT_NE(std::string(error.message).find(std::to_string(row.size) + " bytes"),
              std::string::npos)
        << error.message;
  }
}

// A value of an enumeration or the place of a member is compiled into programs.
TEST(CCompatibility, NothingHasMoved) {
  EXPECT_EQ(offsetof(awps_options, context), offsetof(OldOptions, context));
  EXPECT_EQ(offsetof(awps_options, deduplicate), sizeof(OldOptions));
  EXPECT_EQ(offsetof(awps_options, close_timeout_ms), offsetof(OldOptions, close_timeout_ms));
  EXPECT_EQ(sizeof(awps_status), 48U);
  EXPECT_EQ(sizeof(awps_outcome), 56U);
  EXPECT_EQ(AWPS_UNCONFIRMED, 8);
  EXPECT_EQ(AWPS_DUPLICATE, 9);
}

}  // namespace
}  // namespace awps::client
