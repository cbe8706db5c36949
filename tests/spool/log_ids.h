#pragma once

// LogIds: what tests of the known ids in a log have in common: a log on a disk in memory, and
// records whose ids are their numbers.

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "spool/log.h"
#include "spool/space.h"
#include "tests/support/disk_model.h"

namespace awps::log_ids {

inline const std::string kFolder = "/spool/spool/chat";
inline constexpr WallTime kBegin{std::chrono::hours(24 * 365 * 56)};
inline constexpr Duration kSecond = std::chrono::seconds(1);
inline constexpr Duration kWindow = 10 * kSecond;
inline constexpr uint64_t kKib = 1024;

class LogIds : public testing::Test {
 protected:
  LogIds() {
    disk_->put_folder("/spool");
    open();
  }

  void open(uint64_t max_bytes = 0, uint64_t segment_bytes = 16 * kKib) {
    log_.reset();
    space_ = std::make_unique<SpoolSpace>(tells_free_bytes_ ? *disk_ : large_disk_,
                                          SpoolSpace::Options{.path = "/", .min_free_bytes = 0});
    auto opened = Log::open(*disk_, *space_,
                            {.folder = kFolder,
                             .store = store_id_of("chat", "example.webpubsub.azure.com"),
                             .segment_bytes = segment_bytes,
                             .first_segment_bytes = segment_bytes / 2,
                             .max_bytes = max_bytes,
                             .max_ids = 100'000,
                             .id_window = kWindow,
                             .opened_at = now_},
                            [](uint64_t, uint64_t) {});
    log_ = std::move(opened).value();
  }
  void cut_and_open() {
    log_.reset();
    disk_ = disk_->cut(Keep::kNone, /*seed=*/1);
    open();
  }

  // What is free does not tell it.
  void set_quota(uint64_t bytes) {
    disk_ = std::make_unique<DiskModel>(DiskModel::Options{.bytes = bytes});
    disk_->put_folder("/spool");
    tells_free_bytes_ = false;
  }

  Position add_record(size_t bytes) {
    std::string record(4 + bytes, 'r');
    for (size_t byte = 0; byte < 4; ++byte) record[byte] = static_cast<char>(bytes >> (8 * byte));
    return log_->add(record, 1);
  }
  // Adds a record, whose id is its number, to the group.
  void add(uint64_t number, size_t bytes) {
    const Position position = add_record(bytes);
    log_->know({.hash = {.high = number * 31, .low = number}, .accepted_at = now_}, position);
  }
  bool commit() { return log_->commit(now_).ok(); }
  void put(uint64_t number, size_t bytes = 100) {
    add(number, bytes);
    ASSERT_TRUE(commit());
  }
  void drain() {
    log_->release({1, log_->status().committed - 1});
    ASSERT_TRUE(commit());
  }
  void tend(bool is_idle) {
    log_->count_ids_from(now_ - kWindow);
    log_->tend(now_, is_idle);
  }
  std::vector<uint64_t> known() {
    std::vector<uint64_t> numbers;
    for (const KnownId& id : log_->take_known_ids()) numbers.push_back(id.hash.low);
    std::ranges::sort(numbers);
    return numbers;
  }
  size_t files() const { return disk_->names(kFolder).size(); }

  std::unique_ptr<DiskModel> disk_ = std::make_unique<DiskModel>();
  DiskModel large_disk_;
  bool tells_free_bytes_ = true;  // else it seems to have more
  WallTime now_ = kBegin;
  std::unique_ptr<SpoolSpace> space_;
  std::unique_ptr<Log> log_;
};

using Numbers = std::vector<uint64_t>;

inline Numbers numbers_up_to(uint64_t last) {
  Numbers numbers(last);
  for (uint64_t i = 0; i < last; ++i) numbers[i] = i + 1;
  return numbers;
}

}  // namespace awps::log_ids
