#pragma once

// RecordFindings: what is wrong with the records of a topic: keys in more than one partition, or
// not in the one that they belong to, records without a key or with another than their action
// needs, and records that no daemon would take.
//
// Memory grows with the keys that were seen. Pure; one thread.

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "action/decoder.h"
#include "daemon/awpsctl/view/notes.h"
#include "daemon/awpsctl/wire/json_fields.h"
#include "stream/record_source.h"

namespace awps {

class RecordFindings final : private LineVisitor {
 public:
  struct Options {
    std::string hub;  // of records that name none; may be empty
    /// Why a hub is not taken from the stream; empty: it is.
    std::function<std::string(std::string_view hub)> problem_of_hub;
  };

  explicit RecordFindings(Options options) : options_(std::move(options)) {}

  void take(int32_t partition, const StreamRecord& record);
  /// Of a topic of so many partitions. kGood where nothing is wrong.
  std::vector<Note> notes(int32_t partitions) const;
  /// {"records", "keys", …}, each list with at most kMostNamed of what it has.
  Json json(int32_t partitions) const;

 private:
  static constexpr size_t kMostNamed = 10;

  struct Place {
    int32_t partition = 0;
    int64_t offset = 0;
    std::string what;  // a key, or why a record is refused
  };
  struct Places {
    uint64_t count = 0;
    std::vector<Place> named;  // the first ones
    void add(Place place);
  };
  struct Moved {
    std::string key;
    int32_t is_in = 0;
    int32_t belongs_in = 0;
  };

  void on_action(const Action& action) override;
  void on_rejected(const Rejection& rejection) override;
  void on_warning(std::string) override {}
  void on_hello(const Hello&) override;
  void on_bad_hello(const Rejection& rejection) override { on_rejected(rejection); }
  void begin_ordered_batch() override { is_batch_ = true; }
  void end_ordered_batch() override { is_batch_ = false; }

  void look_at_value(std::string_view value);
  void refuse(std::string why);
  void add_split_keys(std::vector<Note>& notes) const;
  void add_moved_keys(int32_t partitions, std::vector<Note>& notes) const;
  void add_keyless(std::vector<Note>& notes) const;
  void add_other_keys(std::vector<Note>& notes) const;
  void add_refused(std::vector<Note>& notes) const;
  std::vector<std::pair<std::string, std::set<int32_t>>> split_keys() const;
  std::vector<Moved> moved_keys(int32_t partitions) const;

  const Options options_;
  ActionDecoder decoder_;
  std::string scratch_;
  std::unordered_map<std::string, int32_t> partition_of_;  // the first that each key was seen in
  std::map<std::string, std::set<int32_t>> others_of_;     // beside that
  std::map<int32_t, uint64_t> keyless_;                    // records, by partition
  Places refused_, other_key_;
  std::map<std::string, uint64_t> without_right_key_;  // actions, by name
  uint64_t records_ = 0;
  uint64_t tombstones_ = 0;
  uint64_t elements_ = 0;  // of the record at hand
  bool is_batch_ = false;
  bool is_refused_ = false;  // the record at hand
  int32_t partition_ = 0;
  const StreamRecord* record_ = nullptr;
};

}  // namespace awps
