// The options of [hub_defaults] and [hubs.NAME], and of their rules.

#include <array>

#include "config/forms.h"
#include "config/option.h"

namespace awps {
namespace {

using enum Applies;

constexpr std::array<std::string_view, 3> kOrderings{"target", "strict", "none"};
constexpr std::array<std::string_view, 3> kDurabilities{"memory", "overflow", "durable"};
constexpr std::array<std::string_view, 2> kAmbiguous{"retry", "give_up"};
constexpr std::array<std::string_view, 2> kWhenFull{"block", "reject"};
constexpr std::array<std::string_view, 3> kFanOut{"off", "users", "users+connections"};
constexpr std::array<std::string_view, 2> kStores{"disk", "memory"};
constexpr std::array<std::string_view, 2> kFormats{"json_array", "lines"};
constexpr std::array<std::string_view, 2> kRuleOrderings{"target", "none"};

/// Above this the service's front end refuses a URL, and so do we an action's own.
constexpr uint64_t kMaxUrlBytes = 12'000;
constexpr uint64_t kMinUrlBytes = 512;
/// The service takes no longer message.
constexpr uint64_t kMaxMessageBytes = kMebibyte;

/// As of spool.max_bytes.
constexpr uint64_t kLeastLog = 16 * kMebibyte;

/// As many as a hub's table has places for.
constexpr uint64_t kMostIds = uint64_t{1} << 30U;

constexpr std::array kHubOptions{
    option<&HubConfig::service>(
        {"service", text_form(), "NAME of a [services.NAME]; empty: [service]", kAtStart}),
    option<&HubConfig::ordering>(
        {"ordering", choice_form(kOrderings), "target | strict | none", kAtStart}),
    option<&HubConfig::durability>({"durability", choice_form(kDurabilities),
                                    "memory | overflow | durable; see the README", kAtStart}),
    option<&HubConfig::ambiguous>(
        {"ambiguous", choice_form(kAmbiguous), "retry (at least once) | give_up (at most once)"}),
    option<&HubConfig::max_queued_bytes>(
        {"max_queued_bytes", size_form(kKibibyte), "held in memory; beyond it, see when_full"}),
    option<&HubConfig::max_producer_share>(
        {"max_producer_share", share_form(), "part of it that one producer may hold"}),
    option<&HubConfig::when_full>(
        {"when_full", choice_form(kWhenFull), "block (slow the producer down) | reject"}),
    option<&HubConfig::requests_per_second>(
        {"requests_per_second", rate_form(), "of this hub; 0: no limit of its own"}),
    option<&HubConfig::bytes_per_second>(
        {"bytes_per_second", byte_rate_form(), "of bodies, such as \"1MiB\"; 0: no limit"}),
    option<&HubConfig::burst>({"burst",
                               duration_form(std::chrono::milliseconds(1), std::chrono::minutes(1)),
                               "how far traffic may run ahead of its rate"}),
    option<&HubConfig::max_in_flight>({"max_in_flight", count_form(1), "requests at a time"}),
    option<&HubConfig::spool_max_bytes>({"spool_max_bytes", size_or_none_form(kLeastLog),
                                         "on disk; 0: no bound of its own", kAtStart}),
    option<&HubConfig::dedupe_window>({"dedupe_window",
                                       duration_form(Duration::zero(), std::chrono::hours(24)),
                                       "deduplication: an id counts so long; 0s: off", kAtStart}),
    option<&HubConfig::dedupe_max_ids>({"dedupe_max_ids", count_form(1, kMostIds),
                                        "known ids at most; each takes up to 64 bytes", kAtStart}),
    option<&HubConfig::allow_users>({"allow_users", text_list_form(), "empty: as in [socket]"}),
    option<&HubConfig::allow_groups>({"allow_groups", text_list_form(), "empty: as in [socket]"}),

    option<&HubConfig::coalesce, &CoalesceConfig::enabled>(
        {"coalesce.enabled", boolean_form(), "false: one request for each action"}),
    option<&HubConfig::coalesce, &CoalesceConfig::supersede>(
        {"coalesce.supersede", boolean_form(), "a later change replaces a waiting one"}),
    option<&HubConfig::coalesce, &CoalesceConfig::conflate>(
        {"coalesce.conflate", boolean_form(), "conflationKey: only the latest value goes"}),
    option<&HubConfig::coalesce, &CoalesceConfig::linger>(
        {"coalesce.linger", duration_form(Duration::zero(), std::chrono::minutes(1)),
         "how long to wait for more; 0ms: not at all"}),
    option<&HubConfig::coalesce, &CoalesceConfig::fan_out>(
        {"coalesce.fan_out", choice_form(kFanOut), "off | users | users+connections"}),
    option<&HubConfig::coalesce, &CoalesceConfig::fan_out_min>(
        {"coalesce.fan_out_min", count_form(2), "fewer receivers get single sends"}),
    option<&HubConfig::coalesce, &CoalesceConfig::fan_out_per_second>(
        {"coalesce.fan_out_per_second",
         positive_rate_form({.least = 0.01, .most = 1e6}, "write fan_out = \"off\" for none"),
         "each makes the service scan all connections of the hub"}),
    option<&HubConfig::coalesce, &CoalesceConfig::bulk_membership>(
        {"coalesce.bulk_membership", boolean_form(),
         "joins changes of one group; hides missing members"}),
    option<&HubConfig::coalesce, &CoalesceConfig::max_members>(
        {"coalesce.max_members", count_form(2), "names in one filter"}),
    option<&HubConfig::coalesce, &CoalesceConfig::max_url_bytes>(
        {"coalesce.max_url_bytes", size_form(kMinUrlBytes, kMaxUrlBytes),
         "of coalesced operations"}),

    option<&HubConfig::retry, &RetryConfig::max_attempts>(
        {"retry.max_attempts", count_form(1), "failures caused by the action"}),
    option<&HubConfig::retry, &RetryConfig::max_age>(
        {"retry.max_age", duration_form(std::chrono::milliseconds(1)), "since the first of them"}),
    option<&HubConfig::retry, &RetryConfig::base>({"retry.base",
                                                   duration_form(std::chrono::milliseconds(1)),
                                                   "first pause; it doubles, with jitter"}),
    option<&HubConfig::retry, &RetryConfig::max>(
        {"retry.max", duration_form(std::chrono::milliseconds(1)), "longest pause"}),
    option<&HubConfig::retry, &RetryConfig::budget>(
        {"retry.budget", fraction_form(), "part of the requests that may be retries"}),

    option<&HubConfig::dead_letters, &DeadLettersConfig::store>(
        {"dead_letters.store", choice_form(kStores), "disk | memory: a stop loses them", kAtStart}),
    option<&HubConfig::dead_letters, &DeadLettersConfig::max_count>(
        {"dead_letters.max_count", count_form(1), "kept; beyond it, the oldest are dropped"}),
    option<&HubConfig::dead_letters, &DeadLettersConfig::max_bytes>(
        {"dead_letters.max_bytes", size_form(kKibibyte),
         "kept; beyond it, the oldest are dropped"}),
    option<&HubConfig::dead_letters, &DeadLettersConfig::max_age>(
        {"dead_letters.max_age", duration_form(std::chrono::milliseconds(1)),
         "older ones are dropped"}),

    option<&HubConfig::gateway, &HubGatewayConfig::answer>(
        {"gateway.answer", answer_form(), "as in [gateway]"}),
    option<&HubConfig::gateway, &HubGatewayConfig::answer_within>(
        {"gateway.answer_within", answer_time_form(), "as in [gateway]"}),
    option<&HubConfig::gateway, &HubGatewayConfig::allow_keys>(
        {"gateway.allow_keys", setting_list_form(), "as in [gateway]"}),

    option<&HubConfig::merge>({"merge",
                               {.kind = OptionForm::Kind::kMergeRules},
                               "messages of one group become one; see below"}),
    option<&HubConfig::order>({"order",
                               {.kind = OptionForm::Kind::kOrderRules},
                               "another order for some groups; see below",
                               kAtStart}),
};

constexpr std::array kMergeRuleOptions{
    option<&MergeRule::groups>(
        {"groups", text_form(check_not_empty), "* stands for any characters"}),
    option<&MergeRule::format>({"format", choice_form(kFormats), "json_array | lines"}),
    option<&MergeRule::max_bytes>(
        {"max_bytes", size_form(2, kMaxMessageBytes), "of one merged message"}),
};

constexpr std::array kOrderRuleOptions{
    option<&OrderRule::groups>(
        {"groups", text_form(check_not_empty), "* stands for any characters"}),
    option<&OrderRule::ordering>({"ordering", choice_form(kRuleOrderings), "target | none"}),
};

}  // namespace

std::span<const Option<HubConfig>> hub_options() {
  return kHubOptions;
}
std::span<const Option<MergeRule>> merge_rule_options() {
  return kMergeRuleOptions;
}
std::span<const Option<OrderRule>> order_rule_options() {
  return kOrderRuleOptions;
}

}  // namespace awps
