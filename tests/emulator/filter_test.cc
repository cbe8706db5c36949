#include "emulator/filter/filter.h"

#include <gtest/gtest.h>

namespace awps::emulator {
namespace {

/// Evaluated against user "alice", connection "c1", groups "a" and "b", the JSON protocol.
struct MatchRow {
  std::string_view name;
  std::string_view filter;
  bool matches;
  bool matches_anonymous;  // no user, no groups, no protocol
};

class FilterMatches : public testing::TestWithParam<MatchRow> {};

TEST_P(FilterMatches, AsTheServiceDoes) {
  const auto filter = Filter::compile(GetParam().filter);
  ASSERT_TRUE(filter.ok()) << filter.error().message;
  const std::string user = "alice";
  const std::string protocol = "json.webpubsub.azure.v1";
  const GroupSet groups = {"a", "b"};
  const GroupSet none;
  EXPECT_EQ(
      filter->matches(
          {.user_id = &user, .connection_id = "c1", .groups = &groups, .protocol = &protocol}),
      GetParam().matches);
  EXPECT_EQ(filter->matches({.connection_id = "c2", .groups = &none}),
            GetParam().matches_anonymous);
}

INSTANTIATE_TEST_SUITE_P(
    Filter, FilterMatches,
    testing::Values(MatchRow{"eq", "userId eq 'alice'", true, false},
                    MatchRow{"eqIsOrdinal", "userId eq 'Alice'", false, false},
                    MatchRow{"namesIgnoreCase", "USERID eq 'alice'", true, false},
                    MatchRow{"neIsTrueForAnonymous", "userId ne 'bob'", true, true},
                    MatchRow{"eqNull", "userId eq null", false, true},
                    MatchRow{"neNull", "userId ne null", true, false},
                    MatchRow{"in", "userId in ('bob', 'alice')", true, false},
                    MatchRow{"inQuotedComma", "userId in ('a,b','o''k')", false, false},
                    MatchRow{"inNull", "userId in (null)", false, true},
                    MatchRow{"connection", "connectionId eq 'c1'", true, false},
                    MatchRow{"inGroups", "'a' in groups", true, false},
                    MatchRow{"notInGroups", "not ('a' in groups)", false, true},
                    MatchRow{"protocol", "protocol eq 'json.webpubsub.azure.v1'", true, false},
                    MatchRow{"andBindsTighter", "true or false and false", true, true},
                    MatchRow{"parentheses", "(true or false) and false", false, false},
                    MatchRow{"chain", "userId eq 'x' or userId eq 'y' or userId eq 'alice'", true,
                             false},
                    MatchRow{"boolEq", "('a' in groups) eq true", true, false},
                    MatchRow{"differentTypes", "userId eq 1", false, false},
                    MatchRow{"differentTypesNe", "userId ne 1", true, true},
                    MatchRow{"length", "length(groups) gt 1", true, false},
                    MatchRow{"lengthOfString", "length(userId) eq 5", true, false},
                    MatchRow{"nullGt", "length(userId) gt -1", true, false},
                    MatchRow{"tolower", "tolower('ALICE') eq userId", true, false},
                    MatchRow{"toupper", "toupper(userId) eq 'ALICE'", true, false},
                    MatchRow{"trim", "trim('  alice ') eq userId", true, false},
                    MatchRow{"substring", "substring(userId, 1) eq 'lice'", true, false},
                    MatchRow{"substringLength", "substring(userId,1,2) eq 'li'", true, false},
                    MatchRow{"substringOutside", "substring(userId,9) eq null", true, true},
                    MatchRow{"concat", "concat(userId,'x') eq 'alicex'", true, false},
                    MatchRow{"concatNull", "concat(userId,'x') eq 'x'", false, true},
                    MatchRow{"contains", "contains(userId,'lic')", true, false},
                    MatchRow{"startswith", "startswith(userId,'al')", true, false},
                    MatchRow{"endswith", "endswith(userId,'ce')", true, false},
                    MatchRow{"indexof", "indexof(userId,'i') eq 2", true, false},
                    MatchRow{"indexofNull", "indexof(userId,'i') eq -1", false, true},
                    MatchRow{"typeErrorAtAConnection", "substring(userId,0,1) gt 1", false, false},
                    MatchRow{"true", "true", true, true}),
    [](const auto& row) { return std::string(row.param.name); });

struct ErrorRow {
  std::string_view name;
  std::string_view filter;
  std::string_view message;
};

class FilterErrors : public testing::TestWithParam<ErrorRow> {};

TEST_P(FilterErrors, NameThePlace) {
  const auto filter = Filter::compile(GetParam().filter);
  ASSERT_FALSE(filter.ok());
  EXPECT_EQ(filter.error().message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Filter, FilterErrors,
    testing::Values(
        ErrorRow{"words", "invalid filter",
                 "Invalid syntax for 'invalid filter': Syntax error at position 14 in 'invalid "
                 "filter'. (Parameter 'filter')"},
        ErrorRow{"notOfNull", "not length(userId) gt 5",
                 "Invalid syntax for 'not length(userId)': Type 'null', expect 'bool'. (Parameter "
                 "'filter')"},
        ErrorRow{
            "unterminated", "userId eq 'a",
            "Invalid syntax for 'userId eq 'a': There is an unterminated literal at position 12 "
            "in 'userId eq 'a'. (Parameter 'filter')"},
        ErrorRow{"character", "userId = 'a'",
                 "Invalid syntax for 'userId = 'a'': Syntax error: character '=' is not valid at "
                 "position 7 in 'userId = 'a''. (Parameter 'filter')"},
        ErrorRow{"property", "name eq 'a'",
                 "Invalid syntax for 'name eq 'a'': Could not find a property named 'name'. "
                 "(Parameter 'filter')"},
        ErrorRow{"andOfString", "userId and true",
                 "Invalid syntax for 'userId and true': Type 'null', expect 'bool'. (Parameter "
                 "'filter')"},
        ErrorRow{
            "gtOfStrings", "connectionId gt 'a'",
            "Invalid syntax for 'connectionId gt 'a'': Type 'string', expect 'int'. (Parameter "
            "'filter')"},
        ErrorRow{"function", "any(userId)",
                 "Invalid syntax for 'any(userId)': An unknown function with name 'any' was found. "
                 "(Parameter 'filter')"},
        ErrorRow{"arguments", "trim(userId,'a') eq 'a'",
                 "Invalid syntax for 'trim(userId,'a') eq 'a'': No function signature for the "
                 "function with name 'trim' takes 2 arguments. (Parameter 'filter')"},
        ErrorRow{"notBool", "userId",
                 "Invalid syntax for 'userId': The filter must be of type 'bool'. (Parameter "
                 "'filter')"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(FilterDepth, IsBounded) {
  const auto nested = [](size_t levels) {
    return std::string(levels, '(') + "true" + std::string(levels, ')');
  };
  EXPECT_TRUE(Filter::compile(nested(10)).ok());
  EXPECT_FALSE(Filter::compile(nested(20)).ok());
  std::string nots;
  for (int i = 0; i < 200; ++i) nots += "not ";
  EXPECT_FALSE(Filter::compile(nots + "true").ok());
}

TEST(FilterDepth, DoesNotCountAFlatChain) {
  std::string chain = "userId eq 'u'";
  for (int i = 0; i < 5000; ++i) chain += " or userId eq 'u'";
  EXPECT_TRUE(Filter::compile(chain).ok());
}

struct UsersRow {
  std::string_view name;
  std::string_view filter;
  std::optional<UserSet> users;
};

class FilterUsers : public testing::TestWithParam<UsersRow> {};

TEST_P(FilterUsers, AreFoundWhereTheFilterBindsThem) {
  const auto filter = Filter::compile(GetParam().filter);
  ASSERT_TRUE(filter.ok());
  const UserSet* only = filter->only_users();
  EXPECT_EQ(only == nullptr ? std::nullopt : std::optional(*only), GetParam().users);
}

INSTANTIATE_TEST_SUITE_P(
    Filter, FilterUsers,
    testing::Values(UsersRow{"eq", "userId eq 'a'", UserSet{"a"}},
                    UsersRow{"turned", "'a' eq userId", UserSet{"a"}},
                    UsersRow{"in", "userId in ('a','b')", UserSet{"a", "b"}},
                    UsersRow{"or", "userId eq 'a' or userId in ('b')", UserSet{"a", "b"}},
                    UsersRow{"orUnbound", "userId eq 'a' or 'g' in groups", std::nullopt},
                    UsersRow{"and", "'g' in groups and userId in ('a','b')", UserSet{"a", "b"}},
                    UsersRow{"ne", "userId ne 'a'", std::nullopt},
                    UsersRow{"not", "not (userId eq 'a')", std::nullopt},
                    UsersRow{"inWithNull", "userId in ('a',null)", std::nullopt}),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace awps::emulator
