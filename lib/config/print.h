#pragma once

// The configuration as text: the file that shows every option, what a running daemon goes by, what
// a reload changed, and the rows of the manual. All is derived from the option tables. Pure
// functions.
//
// 1. Reading what print_config() printed gives the same Config again.
// 2. config/awpsd.toml in the source tree equals print_config().

#include <string>
#include <vector>

#include "config/config.h"
#include "config/option.h"

namespace awps {

/// One option with its value, as the manual lists it.
struct ListedOption {
  std::string table;  // "hub_defaults.retry"; empty: the top of the file
  AboutOption about;  // its name may be dotted, see name()
  std::string value;  // as TOML; it may hold a secret, see OptionForm::mask

  std::string_view name() const { return about.name.substr(about.name.rfind('.') + 1); }
};

/// Every option that has a value: those of [services.NAME], [hubs.NAME] and
/// [streams.NAME], too.
std::vector<ListedOption> list_options(const Config& config);

/// Every option with its default and one comment.
std::string print_config();
/// The same with the values of `config`; of a hub only what differs from hub_defaults.
std::string print_config(const Config& config);

struct ConfigChange {
  std::string key;
  std::string before;  // as TOML; empty: there was no such service
  std::string after;
  Applies applies = Applies::kAtReload;

  friend bool operator==(const ConfigChange&, const ConfigChange&) = default;
};

/// What differs, by key. Secrets are masked: a password that changed shows as the same value twice.
/// A hub or a stream that came or went is said by its table's name, and compared with the other's
/// hub_defaults, or with the defaults of a stream.
std::vector<ConfigChange> changes_between(const Config& before, const Config& after);

}  // namespace awps
