// SHA-256 (RFC 6234), HMAC-SHA-256 (RFC 4231) and base64 (RFC 4648) by their published vectors.

#include "base/crypto.h"

#include <gtest/gtest.h>

#include <string>

#include "base/random.h"

namespace awps {
namespace {

std::string hex(const Sha256Digest& digest) {
  std::string text;
  for (const uint8_t byte : digest) {
    text += "0123456789abcdef"[byte >> 4U];
    text += "0123456789abcdef"[byte & 15U];
  }
  return text;
}

struct HashRow {
  const char* name;
  std::string message;
  const char* digest;
};

std::string name_of_hash(const testing::TestParamInfo<HashRow>& info) {
  return info.param.name;
}

class Sha256 : public testing::TestWithParam<HashRow> {};

TEST_P(Sha256, MatchesRfc6234) {
  EXPECT_EQ(hex(sha256(GetParam().message)), GetParam().digest);
}

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

INSTANTIATE_TEST_SUITE_P(
    Vectors, Sha256,
    testing::Values(
        HashRow{"Empty", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        HashRow{"Abc", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        HashRow{"TwoBlocks", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        HashRow{"MillionA", std::string(1'000'000, 'a'),
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
        HashRow{"Digits",
                repeated("0123456701234567012345670123456701234567012345670123456701234567", 10),
                "594847328451bdfa85056225462cc1d867d877fb388df0ce35f25ab5562bfbb5"},
        HashRow{"OneByte", "\x19",
                "68aa2e2ee5dff96e3355e6c7ee373e3d6a4e17f75f9518d843709c0c9bc3e3d4"}),
    name_of_hash);

struct HmacRow {
  const char* name;
  std::string key;
  std::string message;
  const char* digest;
};

std::string name_of_hmac(const testing::TestParamInfo<HmacRow>& info) {
  return info.param.name;
}

class Hmac : public testing::TestWithParam<HmacRow> {};

TEST_P(Hmac, MatchesRfc4231) {
  const HmacKey key(GetParam().key);
  EXPECT_EQ(hex(key.sign(GetParam().message)), GetParam().digest);
  // The key's states are not used up by a signature.
  EXPECT_EQ(hex(key.sign(GetParam().message)), GetParam().digest);
}

std::string bytes_from_1_to(int last) {
  std::string bytes;
  for (int i = 1; i <= last; ++i) bytes += static_cast<char>(i);
  return bytes;
}

INSTANTIATE_TEST_SUITE_P(
    Vectors, Hmac,
    testing::Values(
        HmacRow{"Case1", std::string(20, '\x0b'), "Hi There",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        HmacRow{"Case2", "Jefe", "what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        HmacRow{"Case3", std::string(20, '\xaa'), std::string(50, '\xdd'),
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        HmacRow{"Case4", bytes_from_1_to(25), std::string(50, '\xcd'),
                "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
        HmacRow{"Case6", std::string(131, '\xaa'),
                "Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        HmacRow{"Case7", std::string(131, '\xaa'),
                "This is a test using a larger than block-size key and a larger than block-size "
                "data. The key needs to be hashed before being used by the HMAC algorithm.",
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"}),
    name_of_hmac);

// RFC 4231's case 5 gives the first 128 bits alone.
TEST(Hmac, MatchesTheTruncatedCase) {
  const HmacKey key(std::string(20, '\x0c'));
  EXPECT_EQ(hex(key.sign("Test With Truncation")).substr(0, 32),
            "a3b6167473100ee06e0c796c2955552b");
}

// A key of exactly one block is used as it is, a longer one is hashed.
TEST(Hmac, TreatsKeysAroundTheBlockSize) {
  const HmacKey hashed(as_view(sha256(std::string(65, 'k'))));
  EXPECT_EQ(HmacKey(std::string(65, 'k')).sign("m"), hashed.sign("m"));
  const HmacKey hashed_block(as_view(sha256(std::string(64, 'k'))));
  EXPECT_NE(HmacKey(std::string(64, 'k')).sign("m"), hashed_block.sign("m"));
}

struct Base64Row {
  const char* bytes;
  const char* text;
  const char* url_text;
};

class Base64 : public testing::TestWithParam<Base64Row> {};

TEST_P(Base64, MatchesRfc4648BothWays) {
  EXPECT_EQ(base64_encode(GetParam().bytes), GetParam().text);
  EXPECT_EQ(base64_decode(GetParam().text), GetParam().bytes);
  EXPECT_EQ(base64url_encode(GetParam().bytes), GetParam().url_text);
  EXPECT_EQ(base64url_decode(GetParam().url_text), GetParam().bytes);
}

INSTANTIATE_TEST_SUITE_P(Vectors, Base64,
                         testing::Values(Base64Row{"", "", ""}, Base64Row{"f", "Zg==", "Zg"},
                                         Base64Row{"fo", "Zm8=", "Zm8"},
                                         Base64Row{"foo", "Zm9v", "Zm9v"},
                                         Base64Row{"foob", "Zm9vYg==", "Zm9vYg"},
                                         Base64Row{"fooba", "Zm9vYmE=", "Zm9vYmE"},
                                         Base64Row{"foobar", "Zm9vYmFy", "Zm9vYmFy"},
                                         Base64Row{"\xfb\xff\xbf", "+/+/", "-_-_"}));

class BadBase64 : public testing::TestWithParam<const char*> {};

TEST_P(BadBase64, IsRefused) {
  EXPECT_EQ(base64_decode(GetParam()), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(Texts, BadBase64,
                         testing::Values("Zg", "Zg=", "Zg===", "Z===", "====", "=",
                                         "Zm9v=", "Zh==", "Zm9=", "Zm 9v", "Zm9v\n", "Zm9-",
                                         "Zg==Zg==", "Z=g=", "Zm9vY"));

class BadBase64Url : public testing::TestWithParam<const char*> {};

TEST_P(BadBase64Url, IsRefused) {
  EXPECT_EQ(base64url_decode(GetParam()), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(Texts, BadBase64Url,
                         testing::Values("Zg==", "Z", "Zm9+", "Zm/v", "Zh", "Zm9", "Zm9vY", " Zg"));

TEST(Base64, KeepsEveryByte) {
  Random random(7);
  for (int i = 0; i < 1000; ++i) {
    std::string bytes;
    for (uint64_t n = random.below(50); n > 0; --n) bytes += static_cast<char>(random.next());
    ASSERT_EQ(base64_decode(base64_encode(bytes)), bytes);
    ASSERT_EQ(base64url_decode(base64url_encode(bytes)), bytes);
  }
}

}  // namespace
}  // namespace awps
