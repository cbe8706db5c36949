// The options of [streams.NAME].

#include <array>

#include "config/forms.h"
#include "config/option.h"

namespace awps {
namespace {

using enum Applies;

constexpr std::array<std::string_view, 2> kStarts{"earliest", "latest"};

/// What a broker takes unless it was told otherwise: 6 s to 30 min; Event Hubs takes 5 min at most.
constexpr Duration kLeastSession = std::chrono::seconds(6);
constexpr Duration kLongestSession = std::chrono::minutes(5);

/// Each of them is in memory, with its actions.
constexpr uint64_t kMostAhead = 1'000'000;

constexpr std::array kStreamOptions{
    option<&StreamConfig::brokers>({"brokers", text_form(check_brokers),
                                    "\"host:port,…\"; empty: connection says it", kAtStart}),
    option<&StreamConfig::connection>({"connection", text_form(check_setting_name_or_empty),
                                       "NAME of the setting, for Event Hubs", kAtStart}),
    option<&StreamConfig::topic>(
        {"topic", text_form(check_topic), "its records are actions", kAtStart}),
    option<&StreamConfig::group>(
        {"group", text_form(check_group), "consumer group: the same of all daemons", kAtStart}),
    option<&StreamConfig::hub>({"hub", text_form(check_hub_name_or_empty),
                                "of records that name none; empty: service.hub", kAtStart}),
    option<&StreamConfig::hubs>(
        {"hubs", checked_list_form(check_hub_or_any), "that records may name too; [\"*\"]: all"}),
    option<&StreamConfig::max_ahead>(
        {"max_ahead", count_form(1, kMostAhead), "records of a partition that are not settled"}),
    option<&StreamConfig::start>(
        {"start", choice_form(kStarts), "earliest | latest, where nothing is committed", kAtStart}),
    option<&StreamConfig::dead_letters>({"dead_letters", text_form(check_topic_or_empty),
                                         "topic; empty: the hubs' dead letters", kAtStart}),
    option<&StreamConfig::session_timeout>({"session_timeout",
                                            duration_form(kLeastSession, kLongestSession),
                                            "then others take over what was ours", kAtStart}),
    option<&StreamConfig::properties>(
        {"properties", text_table_form(), "of librdkafka, as they stand", kAtStart}),
    option<&StreamConfig::secret_properties>({"secret_properties",
                                              text_table_form(check_setting_name_or_empty),
                                              "likewise, each the NAME of a setting", kAtStart}),
};

}  // namespace

std::span<const Option<StreamConfig>> stream_options() {
  return kStreamOptions;
}

}  // namespace awps
