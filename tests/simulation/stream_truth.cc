#include "tests/simulation/stream_truth.h"

#include <algorithm>

namespace awps {

size_t StreamTruth::add(TruthElement element) {
  elements_.push_back(std::move(element));
  return elements_.size() - 1;
}

void StreamTruth::add_record(int32_t partition, int64_t offset,
                             const std::vector<size_t>& elements) {
  Partition& its = partitions_.at(static_cast<size_t>(partition));
  its.records.push_back({.offset = offset, .elements = elements, .open = elements.size()});
  while (its.prefix < its.records.size() && its.records[its.prefix].open == 0) ++its.prefix;
}

StreamTruth::Record* StreamTruth::record(int32_t partition, int64_t offset) {
  std::deque<Record>& records = partitions_.at(static_cast<size_t>(partition)).records;
  const auto found = std::ranges::lower_bound(records, offset, {}, &Record::offset);
  return found == records.end() || found->offset != offset ? nullptr : &*found;
}

TruthElement* StreamTruth::find(int32_t partition, int64_t offset, uint32_t index) {
  const Record* const found = record(partition, offset);
  if (found == nullptr || index >= found->elements.size()) return nullptr;
  return &elements_[found->elements[index]];
}

void StreamTruth::settle(TruthElement& element) {
  if (element.is_settled) return;
  element.is_settled = true;
  if (!element.is_of_record()) return;
  ++settled_;
  --record(element.partition, element.offset)->open;
  Partition& its = partitions_.at(static_cast<size_t>(element.partition));
  while (its.prefix < its.records.size() && its.records[its.prefix].open == 0) ++its.prefix;
}

int64_t StreamTruth::settled_up_to(int32_t partition) const {
  const Partition& its = at(partition);
  if (its.prefix < its.records.size()) return its.records[its.prefix].offset;
  return its.records.empty() ? 0 : its.records.back().offset + 1;
}

bool StreamTruth::is_all_settled(int32_t partition) const {
  return at(partition).prefix == at(partition).records.size();
}

std::optional<int64_t> StreamTruth::first_unsettled(int32_t partition, int64_t from,
                                                    int64_t to) const {
  const Partition& its = at(partition);
  auto next = std::ranges::lower_bound(its.records, from, {}, &Record::offset);
  for (; next != its.records.end() && next->offset < to; ++next) {
    if (next->open > 0) return next->offset;
  }
  return std::nullopt;
}

std::string StreamTruth::what_is_open(int32_t partition) const {
  const Partition& its = at(partition);
  if (its.prefix == its.records.size()) return "nothing";
  const Record& record = its.records[its.prefix];
  std::string text = "offset " + std::to_string(record.offset) + ":";
  for (const size_t number : record.elements) {
    const TruthElement& one = elements_[number];
    if (one.is_settled) continue;
    text += " element " + std::to_string(number) + " (" +
            (one.action.has_value() ? std::string(name_of(one.action->kind)) : "refused") +
            (one.is_poisoned ? ", poisoned" : "") + ")";
  }
  return text;
}

size_t StreamTruth::redelivered() const {
  return static_cast<size_t>(
      std::ranges::count_if(elements_, [](const TruthElement& one) { return one.deliveries > 1; }));
}

}  // namespace awps
