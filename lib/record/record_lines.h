#pragma once

// RecordLines: records as lines of the producers' protocol, to be sent again by one producer: each
// ordered batch as one line, so that it is whole there, too. One that would be longer than a line
// may be becomes a line for each element; an ordering key of their own keeps those in order.
//
// 1. expect() comes first, for every record; then add(), for each of them in order of acceptance.
// 2. A batch is written with its last element. Between its elements only those of other producers
//    may have been accepted, so their order towards it was chance.
//
// One thread.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "record/record.h"

namespace awps {

class RecordLines {
 public:
  /// Takes a line without its '\n', and which records are in it, as add() took them, from 0.
  using Sink = std::function<void(std::string_view line, std::span<const size_t> records)>;

  RecordLines(Sink sink, size_t max_line_bytes)
      : sink_(std::move(sink)), max_line_bytes_(max_line_bytes) {}

  void expect(const Record& record);
  void add(const Record& record);

 private:
  using Key = std::pair<uint64_t, uint32_t>;  // producer, ordered batch
  struct OpenBatch {
    uint64_t expected = 0;
    uint64_t line_bytes = 0;  // of all that is expected
    std::string line;
    std::vector<size_t> taken;
  };

  static Key key_of(const Origin& origin) { return {origin.producer, origin.ordered_batch}; }
  void add_alone(const Record& record, size_t number);
  void add_element(const Record& record, size_t number);

  Sink sink_;
  size_t max_line_bytes_;
  size_t added_ = 0;
  std::map<Key, OpenBatch> batches_;
  std::string line_;  // scratch
};

}  // namespace awps
