#pragma once

// ConfigReader: takes the tables of one file after the other, sets what they say, and notes
// every mistake. Inheritance needs all files, so [hubs.NAME] wait until finish().
//
// Single-threaded, one use: read() for each file in order, then finish().

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/config_error.h"
#include "config/document.h"
#include "config/option.h"

namespace awps {

class ConfigReader {
 public:
  void read(ConfigNode root);
  void add_error(ConfigError error) { errors_.push_back(std::move(error)); }

  /// Applies what waited, and checks what options say together.
  void finish();

  Config take_config() { return std::move(config_); }
  ConfigErrors take_errors() { return std::move(errors_); }

 private:
  struct PendingHub {
    std::string name;  // canonical
    ConfigNode table;
  };

  /// Where in the tables of the file, and where in those of the options, a table stands.
  struct Scope {
    std::string key;     // "hubs.chat.retry"
    std::string within;  // "retry"

    /// The table of which it is a part: "hubs.chat".
    std::string root() const {
      return within.empty() ? key : key.substr(0, key.size() - within.size() - 1);
    }
  };

  /// Where in a table of texts a name stands, whose dots may be written as tables of TOML.
  struct TextScope {
    std::string key;     // "streams.orders.properties"
    std::string within;  // "fetch.wait"
    const OptionForm& form;
  };

  void read_services(const ConfigNode& table);
  void read_hubs(ConfigNode table);
  void read_streams(const ConfigNode& table);
  void remember_spelling(const std::string& name, const ConfigMember& member);
  bool expect_table(const ConfigMember& member, const std::string& key);

  template <typename Owner>
  void apply(const ConfigNode& table, const Scope& scope, Owner& owner,
             std::span<const Option<Owner>> options);
  template <typename Owner>
  void apply_member(const ConfigMember& member, const Scope& scope, Owner& owner,
                    std::span<const Option<Owner>> options);
  template <typename Owner>
  void set_option(const ConfigMember& member, const std::string& key, Owner& owner,
                  const Option<Owner>& option);
  void read_texts(const ConfigNode& table, const TextScope& scope, TextTable& texts);
  template <typename Rule>
  std::vector<Rule> read_rules(const ConfigMember& member, const std::string& key,
                               std::span<const Option<Rule>> options);

  void fail(const ConfigPlace& place, const std::string& key, std::string message);

  Config config_;
  ConfigErrors errors_;
  std::vector<PendingHub> pending_hubs_;
  std::map<std::string, std::pair<std::string, ConfigPlace>>
      spellings_;                 // of hubs, by canonical name
  std::set<std::string> failed_;  // keys whose values are not what was meant
};

}  // namespace awps
