#pragma once

// Option: one thing that an operator can say. The tables of options (config_options.cc,
// hub_options.cc, stream_options.cc) are the one place that knows their names, bounds and
// explanations; the reader, the printed file, the comparison at a reload and the manual are derived
// from them. An option's default is that of its member in config.h.
//
// A dotted name ("retry.max") lies in a TOML table of that name.

#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "config/config.h"
#include "config/option_value.h"

namespace awps {

/// When a change takes effect: at SIGHUP, or not before the next start.
enum class Applies : uint8_t { kAtReload, kAtStart };

struct AboutOption {
  std::string_view name;
  OptionForm form;
  std::string_view comment;
  Applies applies = Applies::kAtReload;
};

template <typename Owner>
struct Option {
  AboutOption about;
  OptionValue (*get)(const Owner& owner);
  void (*set)(Owner& owner, OptionValue value);
};

/// [service]; [services.NAME] has all of them but `hub`.
std::span<const Option<ServiceConfig>> service_options();
/// [hub_defaults] and [hubs.NAME].
std::span<const Option<HubConfig>> hub_options();
std::span<const Option<MergeRule>> merge_rule_options();
std::span<const Option<OrderRule>> order_rule_options();
/// [streams.NAME].
std::span<const Option<StreamConfig>> stream_options();
/// All the others.
std::span<const Option<Config>> config_options();

namespace option_detail {

template <typename ConfigMember>
struct OwnerOf;
template <typename Owner, typename Type>
struct OwnerOf<Type Owner::*> {
  using type = Owner;
};

template <typename Type>
constexpr bool kIsCount = std::is_enum_v<Type> ||
                          (std::is_integral_v<Type> && !std::is_same_v<Type, bool>);

template <typename Type>
OptionValue to_value(const Type& member) {
  if constexpr (kIsCount<Type>) {
    return OptionValue(static_cast<uint64_t>(member));
  } else {
    return OptionValue(member);
  }
}

template <typename Type>
void from_value(Type& member, OptionValue&& value) {
  if constexpr (kIsCount<Type>) {
    member = static_cast<Type>(std::get<uint64_t>(value));
  } else {
    member = std::get<Type>(std::move(value));
  }
}

}  // namespace option_detail

/// The option that the member `First` is, or the member `Rest` of it.
template <auto First, auto... Rest>
constexpr auto option(AboutOption about) {
  using Owner = typename option_detail::OwnerOf<decltype(First)>::type;
  return Option<Owner>{
      .about = about,
      .get =
          [](const Owner& owner) { return option_detail::to_value(((owner.*First).*....*Rest)); },
      .set =
          [](Owner& owner, OptionValue value) {
            option_detail::from_value(((owner.*First).*....*Rest), std::move(value));
          },
  };
}

}  // namespace awps
