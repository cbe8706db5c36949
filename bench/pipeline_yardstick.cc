// What a queue for each group costs if it does nothing else: for every action a piece of memory
// that holds its text, a look into a hash map by the group's name, a list that it joins, and all of
// it back. The pipeline's time is told as a multiple of this, since the machines that the two are
// measured on differ, and this does not change with awpsd.

#include <benchmark/benchmark.h>

#include <list>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/check.h"

namespace awps {
namespace {

constexpr size_t kActions = 32'000;
constexpr size_t kAtOnce = 32;  // as many as pipeline_bench accepts before it delivers

class ListForEachGroup {
 public:
  void push(const std::string& group, std::string data) {
    waiting_[group].push_back(std::move(data));
  }
  /// The size of the oldest of the group, which leaves; its list with the last one.
  size_t pop(const std::string& group) {
    const auto place = waiting_.find(group);
    AWPS_CHECK(place != waiting_.end());
    const size_t size = place->second.front().size();
    place->second.pop_front();
    if (place->second.empty()) waiting_.erase(place);
    return size;
  }

 private:
  std::unordered_map<std::string, std::list<std::string>> waiting_;
};

void lists_of_groups(benchmark::State& state) {
  const auto count = static_cast<size_t>(state.range(0));
  std::vector<std::string> groups;
  for (size_t i = 0; i < count; ++i) groups.push_back("group-" + std::to_string(i));
  const std::string data(80, 'x');
  ListForEachGroup lists;
  size_t bytes = 0;
  for (auto _ : state) {
    for (size_t done = 0; done < kActions; done += kAtOnce) {
      for (size_t i = done; i < done + kAtOnce; ++i) lists.push(groups[i % count], data);
      for (size_t i = done; i < done + kAtOnce; ++i) bytes += lists.pop(groups[i % count]);
    }
  }
  AWPS_CHECK(bytes == static_cast<size_t>(state.iterations()) * kActions * data.size());
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kActions));
}
BENCHMARK(lists_of_groups)->Arg(1000);

}  // namespace
}  // namespace awps
