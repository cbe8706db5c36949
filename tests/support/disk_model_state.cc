// What a DiskModel remembers: what is durable, what a cut leaves of the rest, and what the test
// itself does to it.

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/check.h"
#include "tests/support/disk_model.h"

namespace awps {

namespace {

constexpr uint64_t kRoot = 1;
constexpr size_t kTraceLength = 60;

bool is_writing(const std::string& call) {
  return call == "make" || call == "mkdir" || call == "write" || call == "sync" ||
         call == "allocate" || call == "unlink" || call == "rename";
}

std::pair<std::string, std::string> split(const std::string& path) {
  const size_t slash = path.rfind('/');
  AWPS_CHECK(slash != std::string::npos);
  return {path.substr(0, slash), path.substr(slash + 1)};
}

// Which of `count` are kept, in their order.
std::vector<bool> kept(size_t count, Keep keep, Random& random) {
  std::vector<bool> is_kept(count, keep == Keep::kAll);
  if (count == 0) return is_kept;
  if (keep == Keep::kFirst) is_kept.front() = true;
  if (keep == Keep::kLast) is_kept.back() = true;
  if (keep == Keep::kRandom) {
    const double probability = 0.1 + 0.8 * random.unit();
    for (size_t i = 0; i < count; ++i) is_kept[i] = random.chance(probability);
  }
  return is_kept;
}

template <typename Change>
std::vector<Change> chosen(const std::vector<Change>& changes, Keep keep, Random& random) {
  const std::vector<bool> is_kept = kept(changes.size(), keep, random);
  std::vector<Change> result;
  for (size_t i = 0; i < changes.size(); ++i) {
    if (is_kept[i]) result.push_back(changes[i]);
  }
  return result;
}

template <typename Dirty>
void apply_bytes(std::string& disk, const std::vector<Dirty>& changes) {
  uint64_t size = disk.size();
  for (const auto& change : changes) {
    if (change.size) {
      size = *change.size;
      continue;
    }
    if (disk.size() < change.offset + change.bytes.size()) {
      disk.resize(change.offset + change.bytes.size());
    }
    disk.replace(change.offset, change.bytes.size(), change.bytes);
  }
  disk.resize(size);
}

template <typename Names, typename NameChange>
void apply_names(Names& names, const std::vector<NameChange>& changes) {
  for (const auto& change : changes) {
    // Another file may have this name by now.
    const auto before = names.find(change.from);
    if (before != names.end() && before->second == change.node) names.erase(before);
    if (!change.to.empty()) names[change.to] = change.node;
  }
}

// Names are few, and what is found depends on each: any mode of keeping meets any of them.
Keep keep_of_names(Keep keep, Random& random) {
  if (keep == Keep::kNone || keep == Keep::kAll) return keep;
  constexpr Keep kModes[] = {Keep::kNone, Keep::kAll, Keep::kRandom, Keep::kRandom, Keep::kLast};
  return kModes[random.below(std::size(kModes))];
}

}  // namespace

// ---- operations

DiskModel::Operation DiskModel::begin(std::string call, const std::string& path) {
  return {.number = ++operations_, .call = std::move(call), .path = path};
}

std::optional<int> DiskModel::failure_of(const Operation& operation) {
  if (!failure_ || operation.number < failure_->from) return std::nullopt;
  const int code = failure_->code;
  if ((code == ENOSPC || code == EROFS) && !is_writing(operation.call)) return std::nullopt;
  if (!failure_->is_lasting) failure_.reset();
  return code;
}

IoError DiskModel::error(const Operation& operation, int code) {
  if (!operation.has_failed) {
    trace_.push_back(operation);
    trace_.back().has_failed = true;
  }
  const std::string call = operation.call == "mkdir" ? "make" : operation.call;
  return {.call = call, .path = operation.path, .code = code};
}

void DiskModel::end(const Operation& operation) {
  trace_.push_back(operation);
  if (trace_.size() > kTraceLength) trace_.pop_front();
  if (after_change_) after_change_(operation);
}

// ---- syncs

Result<void, IoError> DiskModel::sync_file(NodeId id, const std::string& path) {
  auto operation = begin("sync", path);
  const auto code = failure_of(operation);
  Node& file = node(id);
  if (options_.syncs_files || code) {
    const Keep keep = code ? Keep::kRandom : Keep::kAll;
    apply_bytes(file.disk_bytes, chosen(file.dirty, keep, random_));
    file.dirty.clear();
  }
  operation.has_failed = code.has_value();
  end(operation);
  if (code) return error(operation, *code);
  return {};
}

Result<void, IoError> DiskModel::sync_folder(NodeId id, const std::string& path) {
  auto operation = begin("sync", path);
  const auto code = failure_of(operation);
  Node& folder = node(id);
  if (options_.syncs_folders && !code) {
    apply_names(folder.disk_names, folder.changes);
    folder.changes.clear();
  }
  operation.has_failed = code.has_value();
  end(operation);
  if (code) return error(operation, *code);
  return {};
}

// ---- other times

std::unique_ptr<DiskModel> DiskModel::copy() const {
  auto copied = std::make_unique<DiskModel>(options_);
  copied->nodes_.clear();
  copy_reachable(kRoot, copied->nodes_);
  copied->last_node_ = last_node_;
  return copied;
}

void DiskModel::copy_reachable(NodeId id, std::map<NodeId, Node>& into) const {
  const auto [copied, is_new] = into.emplace(id, nodes_.at(id));
  if (!is_new) return;
  const Node& node = copied->second;  // a map's members stay where they are
  for (const auto& [name, below] : node.names) copy_reachable(below, into);
  for (const auto& [name, below] : node.disk_names) copy_reachable(below, into);
  for (const auto& change : node.changes) copy_reachable(change.node, into);
}

std::unique_ptr<DiskModel> DiskModel::cut(Keep keep, uint64_t seed) const {
  Random random(seed);
  auto after = copy();
  for (auto& [id, node] : after->nodes_) {
    if (node.is_folder) {
      const Keep names = keep_of_names(keep, random);
      apply_names(node.disk_names, chosen(node.changes, names, random));
    } else {
      apply_bytes(node.disk_bytes, chosen(node.dirty, keep, random));
    }
    node.names = node.disk_names;
    node.bytes = node.disk_bytes;
    node.changes.clear();
    node.dirty.clear();
  }
  return after;
}

std::unique_ptr<DiskModel> DiskModel::killed() const {
  return copy();
}

std::unique_ptr<DiskModel> DiskModel::killed_and_forgotten() const {
  auto after = copy();
  for (auto& [id, node] : after->nodes_) {
    node.bytes = node.disk_bytes;
    apply_bytes(node.bytes, node.dirty);
  }
  return after;
}

// ---- the test's hands

DiskModel::NodeId DiskModel::new_node(bool is_folder) {
  nodes_[++last_node_].is_folder = is_folder;
  return last_node_;
}

std::optional<DiskModel::NodeId> DiskModel::find(const std::string& path) const {
  if (path.empty()) return kRoot;
  const auto [above, name] = split(path);
  const auto folder = find(above);
  if (!folder) return std::nullopt;
  const auto& names = nodes_.at(*folder).names;
  const auto found = names.find(name);
  if (found == names.end()) return std::nullopt;
  return found->second;
}

void DiskModel::put_folder(const std::string& path) {
  if (find(path)) return;
  const auto [above, name] = split(path);
  put_folder(above);
  const NodeId id = new_node(true);
  Node& folder = node(*find(above));
  folder.names[name] = folder.disk_names[name] = id;
}

void DiskModel::put(const std::string& path, std::string content) {
  const auto [above, name] = split(path);
  put_folder(above);
  if (!find(path)) {
    const NodeId id = new_node(false);
    Node& folder = node(*find(above));
    folder.names[name] = folder.disk_names[name] = id;
  }
  Node& file = node(*find(path));
  file.bytes = file.disk_bytes = std::move(content);
  file.dirty.clear();
}

void DiskModel::give_away(const std::string& path) {
  node(*find(path)).is_ours = false;
}

void DiskModel::remove(const std::string& path) {
  const auto [above, name] = split(path);
  Node& folder = node(*find(above));
  folder.names.erase(name);
  folder.disk_names.erase(name);
}

bool DiskModel::has(const std::string& path) const {
  return find(path).has_value();
}

std::string DiskModel::content(const std::string& path) const {
  return nodes_.at(*find(path)).bytes;
}

std::vector<std::string> DiskModel::names(const std::string& folder) const {
  std::vector<std::string> names;
  const auto id = find(folder);
  if (!id) return names;
  for (const auto& [name, below] : nodes_.at(*id).names) names.push_back(name);
  return names;
}

uint64_t DiskModel::used_bytes() const {
  uint64_t bytes = 0;
  std::vector<NodeId> waiting{kRoot};
  while (!waiting.empty()) {
    const Node& at = nodes_.at(waiting.back());
    waiting.pop_back();
    bytes += at.bytes.size();
    for (const auto& [name, below] : at.names) waiting.push_back(below);
  }
  return bytes;
}

bool DiskModel::has_unsynced() const {
  return std::ranges::any_of(nodes_, [](const auto& entry) {
    return !entry.second.dirty.empty() || !entry.second.changes.empty();
  });
}

std::string DiskModel::trace() const {
  std::string text;
  for (const Operation& operation : trace_) {
    text += std::to_string(operation.number) + " " + operation.call + " " + operation.path +
            (operation.has_failed ? ": failed\n" : "\n");
  }
  return text;
}

}  // namespace awps
