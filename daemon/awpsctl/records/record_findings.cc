#include "daemon/awpsctl/records/record_findings.h"

#include <algorithm>
#include <utility>

#include <awps/client/stream.h>

#include "base/ascii.h"
#include "base/terminal_text.h"
#include "daemon/awpsctl/figures.h"
#include "daemon/awpsctl/records/record_key.h"

namespace awps {

namespace {

constexpr size_t kMostShown = 3;
constexpr size_t kKeyColumns = 60;
constexpr std::string_view kSamePartitioner =
    "use murmur2 in each producer (librdkafka: partitioner=murmur2_random)";

std::string verb(uint64_t count, std::string_view of_one, std::string_view of_many) {
  return std::string(count == 1 ? of_one : of_many);
}

std::string shown_key(std::string_view key) {
  return "'" + shortened(printable(key), kKeyColumns) + "'";
}

std::string numbers_text(const std::set<int32_t>& numbers) {
  std::vector<std::string> words;
  for (const int32_t number : numbers) words.push_back(std::to_string(number));
  return joined(words, " and ");
}

// "a; b; c; and 4 more"
std::string few_of(const std::vector<std::string>& words, uint64_t count) {
  const size_t shown = std::min(words.size(), kMostShown);
  std::string text =
      joined({words.begin(), words.begin() + static_cast<std::ptrdiff_t>(shown)}, "; ");
  if (count > shown) text += "; and " + count_text(count - shown) + " more";
  return text;
}

}  // namespace

void RecordFindings::Places::add(Place place) {
  if (count++ < kMostNamed) named.push_back(std::move(place));
}

void RecordFindings::take(int32_t partition, const StreamRecord& record) {
  ++records_;
  partition_ = partition;
  record_ = &record;
  if (record.has_key) {
    const auto [known, is_new] = partition_of_.emplace(record.key, partition);
    if (!is_new && known->second != partition) others_of_[known->first].insert(partition);
  } else {
    ++keyless_[partition];
  }
  if (record.is_tombstone) {
    ++tombstones_;
  } else {
    look_at_value(record.value);
  }
  record_ = nullptr;
}

void RecordFindings::look_at_value(std::string_view value) {
  elements_ = 0;
  is_batch_ = false;
  is_refused_ = false;
  scratch_.assign(value);
  scratch_.append(kLinePadding, '\0');
  LinesBefore alone;  // what other records are means nothing here
  decoder_.decode(std::string_view(scratch_).substr(0, value.size()), alone, *this);
}

void RecordFindings::on_action(const Action& action) {
  const bool decides = elements_++ == 0 || !is_batch_;
  const Result<RecordKey> key = record_key_of(action, options_.hub);
  if (!key) return refuse(key.error().message);
  const std::string hub =
      to_lower(action.options->hub.empty() ? options_.hub : action.options->hub);
  if (std::string problem = options_.problem_of_hub(hub); !problem.empty()) {
    return refuse(std::move(problem));
  }
  if (!key->doubt.empty()) ++without_right_key_[std::string(name_of(action.kind))];
  if (!decides || !record_->has_key || record_->key == key->key || !key->doubt.empty()) return;
  other_key_.add({partition_, record_->offset,
                  shown_key(record_->key) + " instead of " + shown_key(key->key)});
}

void RecordFindings::on_rejected(const Rejection& rejection) {
  refuse(std::string(name_of(rejection.code)) + ": " + rejection.message);
}

void RecordFindings::on_hello(const Hello&) {
  refuse("a record is no connection, so it has no hello");
}

void RecordFindings::refuse(std::string why) {
  if (std::exchange(is_refused_, true)) return;  // each record once
  refused_.add({partition_, record_->offset, std::move(why)});
}

std::vector<std::pair<std::string, std::set<int32_t>>> RecordFindings::split_keys() const {
  std::vector<std::pair<std::string, std::set<int32_t>>> split;
  for (const auto& [key, others] : others_of_) {
    std::set<int32_t> all = others;
    all.insert(partition_of_.at(key));
    split.emplace_back(key, std::move(all));
  }
  return split;
}

std::vector<RecordFindings::Moved> RecordFindings::moved_keys(int32_t partitions) const {
  std::vector<Moved> moved;
  for (const auto& [key, partition] : partition_of_) {
    if (others_of_.contains(key)) continue;  // said already
    const auto right = client::stream_partition(key, partitions);
    if (right && right.value() != partition) moved.push_back({key, partition, right.value()});
  }
  std::ranges::sort(moved, {}, &Moved::key);
  return moved;
}

std::vector<Note> RecordFindings::notes(int32_t partitions) const {
  std::vector<Note> notes;
  add_split_keys(notes);
  add_moved_keys(partitions, notes);
  add_keyless(notes);
  add_other_keys(notes);
  add_refused(notes);
  if (!notes.empty()) return notes;
  return {{Colour::kGood, "records",
           counted(records_, "record") + " with " + counted(partition_of_.size(), "key") + " in " +
               counted(static_cast<uint64_t>(partitions), "partition") + ": all is well",
           ""}};
}

void RecordFindings::add_split_keys(std::vector<Note>& notes) const {
  std::vector<std::string> words;
  for (const auto& [key, numbers] : split_keys()) {
    words.push_back(shown_key(key) + " in " + numbers_text(numbers));
  }
  if (words.empty()) return;
  notes.push_back({Colour::kBad, "keys",
                   counted(words.size(), "key") + verb(words.size(), " is", " are") +
                       " in more than one partition, so that their actions have no order: " +
                       few_of(words, words.size()),
                   std::string(kSamePartitioner) + "; keys move, too, when partitions are added"});
}

void RecordFindings::add_moved_keys(int32_t partitions, std::vector<Note>& notes) const {
  std::vector<std::string> words;
  for (const Moved& key : moved_keys(partitions)) {
    words.push_back(shown_key(key.key) + " is in " + std::to_string(key.is_in) + ", belongs in " +
                    std::to_string(key.belongs_in));
  }
  if (words.empty()) return;
  notes.push_back(
      {Colour::kWarning, "partitions",
       counted(words.size(), "key") + verb(words.size(), " is", " are") +
           " not in the partition of Kafka's Java client: " + few_of(words, words.size()),
       std::string(kSamePartitioner) + ", or a second producer puts them elsewhere"});
}

void RecordFindings::add_keyless(std::vector<Note>& notes) const {
  if (keyless_.empty()) return;
  std::set<int32_t> numbers;
  uint64_t count = 0;
  for (const auto& [number, records] : keyless_) {
    numbers.insert(number);
    count += records;
  }
  notes.push_back({Colour::kWarning, "no key",
                   counted(count, "record") + verb(count, " has", " have") +
                       " no key, in partition " + numbers_text(numbers) +
                       ": their actions have no order",
                   "give each record the key of its action"});
}

void RecordFindings::add_other_keys(std::vector<Note>& notes) const {
  std::vector<std::string> words;
  for (const Place& place : other_key_.named) words.push_back(place.what);
  if (!words.empty()) {
    notes.push_back({Colour::kWarning, "other keys",
                     counted(other_key_.count, "record") + verb(other_key_.count, " has", " have") +
                         " another key than the action needs: " + few_of(words, other_key_.count),
                     "`man awpsctl`, STREAMS, has the keys; awps_stream_key() makes them"});
  }
  words.clear();
  for (const auto& [name, count] : without_right_key_) words.push_back(name);
  if (words.empty()) return;
  notes.push_back(
      {Colour::kWarning, "no right key",
       joined(words, ", ") + ": no key puts these in order with the groups' own actions",
       std::string(kWaysOutOfNoKey)});
}

void RecordFindings::add_refused(std::vector<Note>& notes) const {
  std::vector<std::string> words;
  for (const Place& place : refused_.named) {
    words.push_back("partition " + std::to_string(place.partition) + ", offset " +
                    std::to_string(place.offset) + ": " + place.what);
  }
  if (words.empty()) return;
  notes.push_back(
      {Colour::kBad, "refused",
       printable(counted(refused_.count, "record") + verb(refused_.count, " is", " are") +
                 " one that no daemon takes: " + few_of(words, refused_.count)),
       "they become dead letters; correct the producer"});
}

Json RecordFindings::json(int32_t partitions) const {
  Json split = Json::array();
  for (const auto& [key, numbers] : split_keys()) {
    if (split.size() < kMostNamed) split.push_back({{"key", key}, {"partitions", numbers}});
  }
  Json moved = Json::array();
  const std::vector<Moved> all_moved = moved_keys(partitions);
  for (const Moved& key : all_moved) {
    if (moved.size() == kMostNamed) break;
    moved.push_back({{"key", key.key}, {"partition", key.is_in}, {"belongsIn", key.belongs_in}});
  }
  const auto places = [](const Places& of, const char* what) {
    Json list = Json::array();
    for (const Place& place : of.named) {
      list.push_back(
          {{"partition", place.partition}, {"offset", place.offset}, {what, place.what}});
    }
    return Json{{"count", of.count}, {"first", std::move(list)}};
  };
  Json keyless = Json::object();
  for (const auto& [number, count] : keyless_) keyless[std::to_string(number)] = count;
  return {{"partitions", partitions},
          {"records", records_},
          {"tombstones", tombstones_},
          {"keys", partition_of_.size()},
          {"splitKeys", {{"count", others_of_.size()}, {"first", std::move(split)}}},
          {"misplacedKeys", {{"count", all_moved.size()}, {"first", std::move(moved)}}},
          {"withoutKey", std::move(keyless)},
          {"otherKeys", places(other_key_, "message")},
          {"withoutRightKey", without_right_key_},
          {"refused", places(refused_, "message")}};
}

}  // namespace awps
