#include "daemon/awpsd/memory_limit.h"

#include <array>
#include <charconv>
#include <fstream>
#include <string_view>

#include "stream/kafka/kafka_settings.h"
#include "stream/stream.h"

namespace awps {

namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMib = uint64_t{1} << 20U;

// "max" and what else is no number: no limit.
std::optional<uint64_t> number_in(const fs::path& file) {
  std::string word;
  if (!(std::ifstream(file) >> word)) return std::nullopt;
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return number;
}

std::optional<uint64_t> memory_of_machine(const fs::path& root) {
  std::ifstream file(root / "proc/meminfo");
  std::string key;
  uint64_t kibibytes = 0;
  if (!(file >> key >> kibibytes) || key != "MemTotal:") return std::nullopt;
  return kibibytes * 1024;
}

void lower(std::optional<MemoryLimit>& limit, uint64_t bytes, const std::string& set_by) {
  if (!limit || bytes < limit->bytes) limit = MemoryLimit{bytes, set_by};
}

// The files of a group and of its ancestors, up to `mount`.
void lower_by_groups(std::optional<MemoryLimit>& limit, const fs::path& mount,
                     std::string_view group, std::initializer_list<const char*> names) {
  fs::path folder = mount / fs::path(group).relative_path();
  for (;;) {
    for (const char* const name : names) {
      const fs::path file = folder / name;
      if (const auto bytes = number_in(file)) lower(limit, *bytes, file.string());
    }
    if (folder == mount || !folder.has_relative_path()) return;
    folder = folder.parent_path();
  }
}

std::string in_mib(uint64_t bytes) {
  return std::to_string(bytes / kMib) + " MiB";
}

}  // namespace

std::optional<MemoryLimit> memory_limit(const fs::path& root) {
  std::optional<MemoryLimit> limit;
  if (const auto machine = memory_of_machine(root)) lower(limit, *machine, "the machine");
  std::ifstream groups(root / "proc/self/cgroup");
  // A line is "number:controllers:group"; "0::group" is version 2.
  for (std::string line; std::getline(groups, line);) {
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string group = line.substr(second + 1);
    const fs::path mount = root / "sys/fs/cgroup";
    if (controllers.empty()) {
      lower_by_groups(limit, mount, group, {"memory.max", "memory.high"});
    } else if (controllers == "memory") {
      lower_by_groups(limit, mount / "memory", group, {"memory.limit_in_bytes"});
    }
  }
  return limit;
}

namespace {

// How many partitions a stream will own is not known, and changes. Beside what each has ready, one
// record of each may be larger than that.
uint64_t stream_bytes(const StreamPlan& stream) {
  static constexpr uint64_t kPartitions = 64;
  const StreamOptions options;
  const uint64_t ready = kPartitions * kPrefetchBytes;
  return stream.config.dead_letters.empty() ? ready : ready + options.max_kept_bytes;
}

}  // namespace

uint64_t most_held_bytes(const Config& config, const Plan& plan) {
  uint64_t sum = config.socket.max_partial_bytes;
  if (config.gateway.is_on()) sum += config.gateway.max_partial_bytes;
  for (const HubPlan& hub : plan.hubs) {
    sum += hub.config.max_queued_bytes + hub.config.dead_letters.max_bytes;
  }
  for (const StreamPlan& stream : plan.streams) sum += stream_bytes(stream);
  return sum;
}

std::string warning_of_memory(uint64_t held, const std::optional<MemoryLimit>& limit) {
  if (!limit || held <= limit->bytes) return "";
  return "the hubs' max_queued_bytes and dead_letters.max_bytes, the doors' max_partial_bytes and "
         "what streams have ready are " +
         in_mib(held) + " together, but there are " + in_mib(limit->bytes) + " of memory (" +
         limit->set_by +
         "): in a long outage awpsd may be killed and lose what it holds; lower them, or give it "
         "more memory";
}

}  // namespace awps
