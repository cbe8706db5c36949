#include "action/base64_reader.h"

#include <gtest/gtest.h>

#include <string>

#include "base/crypto.h"
#include "base/random.h"

namespace awps {
namespace {

std::string random_bytes(Random& random, size_t most) {
  std::string bytes;
  for (uint64_t i = random.below(most); i > 0; --i) bytes += static_cast<char>(random.next());
  return bytes;
}

TEST(Base64Reader, ReadsWhatTheEncoderWrites) {
  Random random(1);
  for (int i = 0; i < 2000; ++i) {
    const std::string bytes = random_bytes(random, 100);
    std::string decoded = "kept";
    ASSERT_TRUE(append_base64_decoded(decoded, base64_encode(bytes), Blanks::kRefused));
    ASSERT_EQ(decoded, "kept" + bytes);
  }
}

TEST(Base64Reader, AgreesWithTheBaseDecoderOnDamagedText) {
  Random random(2);
  constexpr std::string_view kDamage = "A=+/-_ \n%z";
  for (int i = 0; i < 20'000; ++i) {
    std::string text = base64_encode(random_bytes(random, 9));
    for (uint64_t edits = random.below(3); edits > 0 && !text.empty(); --edits) {
      text[random.below(text.size())] = kDamage[random.below(kDamage.size())];
    }
    if (random.chance(0.2) && !text.empty()) text.pop_back();
    const auto expected = base64_decode(text);
    std::string decoded;
    ASSERT_EQ(append_base64_decoded(decoded, text, Blanks::kRefused), expected.has_value()) << text;
    if (expected) {
      ASSERT_EQ(decoded, *expected) << text;
    }
  }
}

TEST(Base64Reader, SkipsBlanksAnywhereIfToldTo) {
  Random random(3);
  for (int i = 0; i < 2000; ++i) {
    const std::string bytes = random_bytes(random, 60);
    std::string text;
    for (const char c : base64_encode(bytes)) {
      while (random.chance(0.3)) text += " \t\r\n"[random.below(4)];
      text += c;
    }
    text += " ";
    std::string decoded;
    ASSERT_TRUE(append_base64_decoded(decoded, text, Blanks::kSkipped)) << text;
    ASSERT_EQ(decoded, bytes);
    ASSERT_FALSE(append_base64_decoded(decoded, text, Blanks::kRefused)) << text;
  }
}

}  // namespace
}  // namespace awps
