#include "coalesce/name_filter.h"

#include <gtest/gtest.h>

#include <array>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "service_api/percent_encoding.h"

namespace awps {
namespace {

std::string filter_of(Receivers receivers, std::span<const std::string_view> names) {
  std::string filter;
  append_name_filter(filter, receivers, names);
  return filter;
}

TEST(NameFilter, QuotesNames) {
  EXPECT_EQ(filter_of(Receivers::kUsers, std::array<std::string_view, 1>{"ann"}),
            "userId in ('ann')");
  EXPECT_EQ(filter_of(Receivers::kConnections, std::array<std::string_view, 2>{"c1", "c2"}),
            "connectionId in ('c1','c2')");
}

TEST(NameFilter, NamesAreOnlyEverData) {
  EXPECT_EQ(filter_of(Receivers::kUsers, std::array<std::string_view, 2>{"o'hara", "') or (true"}),
            "userId in ('o''hara',''') or (true')");
  EXPECT_EQ(filter_of(Receivers::kUsers, std::array<std::string_view, 2>{"'", "''"}),
            "userId in ('''','''''')");
}

TEST(NameFilter, ItsSizeIsKnownBefore) {
  const uint64_t seed = 11;
  Random random(seed);
  static constexpr std::string_view kParts[] = {"a", "'", " ", "ü", "%", "日", ",", ")", "-", "\""};
  for (int round = 0; round < 500; ++round) {
    std::vector<std::string> names(1 + random.below(5));
    std::vector<std::string_view> views;
    size_t size = encoded_filter_frame(Receivers::kUsers);
    for (std::string& name : names) {
      for (uint64_t n = 1 + random.below(6); n > 0; --n) {
        name += kParts[random.below(std::size(kParts))];
      }
      size += encoded_filter_item(name);
      views.push_back(name);
    }
    size -= 3;  // one comma less than names
    EXPECT_EQ(percent_encoded_size(filter_of(Receivers::kUsers, views)), size) << "seed " << seed;
  }
}

}  // namespace
}  // namespace awps
