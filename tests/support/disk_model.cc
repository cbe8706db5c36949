#include "tests/support/disk_model.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace awps {

namespace {

constexpr uint64_t kRoot = 1;

std::pair<std::string, std::string> split(const std::string& path) {
  const size_t slash = path.rfind('/');
  AWPS_CHECK(slash != std::string::npos);
  return {path.substr(0, slash), path.substr(slash + 1)};
}

}  // namespace

class DiskFile final : public File {
 public:
  DiskFile(DiskModel& disk, uint64_t node, std::string path, bool is_new)
      : disk_(disk), node_(node), path_(std::move(path)), is_new_(is_new) {}

  Result<size_t, IoError> read(uint64_t offset, std::span<char> into) override {
    auto operation = disk_.begin("read", path_);
    if (const auto code = disk_.failure_of(operation)) return disk_.error(operation, *code);
    const std::string& bytes = disk_.node(node_).bytes;
    if (offset >= bytes.size()) return size_t{0};
    const size_t count = std::min<uint64_t>(into.size(), bytes.size() - offset);
    std::memcpy(into.data(), bytes.data() + offset, count);
    return count;
  }
  Result<void, IoError> write(uint64_t offset, std::string_view bytes) override {
    AWPS_CHECK(is_new_);  // what was opened is for reading alone
    return disk_.write(node_, path_, offset, bytes);
  }
  Result<void, IoError> sync() override { return disk_.sync_file(node_, path_); }
  Result<void, IoError> allocate(uint64_t bytes) override {
    AWPS_CHECK(is_new_ && disk_.node(node_).bytes.empty());
    return disk_.allocate(node_, path_, bytes);
  }
  Result<uint64_t, IoError> size() override {
    auto operation = disk_.begin("size", path_);
    if (const auto code = disk_.failure_of(operation)) return disk_.error(operation, *code);
    return uint64_t{disk_.node(node_).bytes.size()};
  }

 private:
  DiskModel& disk_;
  const uint64_t node_;
  const std::string path_;
  const bool is_new_;
};

class DiskFolder final : public Folder {
 public:
  DiskFolder(DiskModel& disk, uint64_t node, std::string path)
      : disk_(disk), node_(node), path_(std::move(path)) {}

  Result<std::vector<std::string>, IoError> list() override {
    auto operation = disk_.begin("list", path_);
    if (const auto code = disk_.failure_of(operation)) return disk_.error(operation, *code);
    std::vector<std::string> names;
    for (const auto& [name, id] : disk_.node(node_).names) names.push_back(name);
    // In no order, as the contract says.
    for (size_t i = names.size(); i > 1; --i)
      std::swap(names[i - 1], names[disk_.random_.below(i)]);
    return names;
  }
  Result<std::unique_ptr<File>, IoError> open(const std::string& name) override {
    auto operation = disk_.begin("open", path_ + "/" + name);
    if (const auto code = disk_.failure_of(operation)) return disk_.error(operation, *code);
    const auto& names = disk_.node(node_).names;
    const auto found = names.find(name);
    if (found == names.end()) return disk_.error(operation, ENOENT);
    const auto& file = disk_.node(found->second);
    if (file.is_folder || !file.is_ours) return disk_.error(operation, EPERM);
    return opened(found->second, name, false);
  }
  Result<std::unique_ptr<File>, IoError> make(const std::string& name) override {
    const std::string path = path_ + "/" + name;
    if (disk_.node(node_).names.contains(name)) {
      return disk_.error(disk_.begin("make", path), EEXIST);
    }
    const uint64_t id = disk_.new_node(false);
    const auto made = disk_.change_names("make", path, node_, {.from = "", .to = name, .node = id});
    if (!made) return made.error();
    return opened(id, name, true);
  }
  Result<void, IoError> unlink(const std::string& name) override {
    const std::string path = path_ + "/" + name;
    const auto& names = disk_.node(node_).names;
    const auto found = names.find(name);
    if (found == names.end()) return disk_.error(disk_.begin("unlink", path), ENOENT);
    return disk_.change_names("unlink", path, node_,
                              {.from = name, .to = "", .node = found->second});
  }
  Result<void, IoError> rename(const std::string& from, const std::string& to) override {
    const std::string path = path_ + "/" + from;
    const auto& names = disk_.node(node_).names;
    const auto found = names.find(from);
    if (found == names.end()) return disk_.error(disk_.begin("rename", path), ENOENT);
    return disk_.change_names("rename", path, node_,
                              {.from = from, .to = to, .node = found->second});
  }
  Result<void, IoError> sync() override { return disk_.sync_folder(node_, path_); }

 private:
  std::unique_ptr<File> opened(uint64_t id, const std::string& name, bool is_new) {
    return std::make_unique<DiskFile>(disk_, id, path_ + "/" + name, is_new);
  }

  DiskModel& disk_;
  const uint64_t node_;
  const std::string path_;
};

DiskModel::DiskModel(Options options) : options_(options), random_(options.seed) {
  AWPS_CHECK(new_node(true) == kRoot);
}

DiskModel::~DiskModel() = default;

// ---- calls

Result<std::unique_ptr<Folder>, IoError> DiskModel::open_folder(const std::string& path) {
  auto operation = begin("open", path);
  if (const auto code = failure_of(operation)) return error(operation, *code);
  const auto id = find(path);
  if (!id) return error(operation, ENOENT);
  if (!node(*id).is_folder) return error(operation, ENOTDIR);
  if (!node(*id).is_ours) return error(operation, EPERM);
  return std::unique_ptr<Folder>(std::make_unique<DiskFolder>(*this, *id, path));
}

Result<std::unique_ptr<Folder>, IoError> DiskModel::make_folder(const std::string& path) {
  const auto made = make_path(path, 2);
  if (!made) return made.error();
  return open_folder(path);
}

// The names of folders that are there are synced as well, as posix_file.h does it.
Result<DiskModel::NodeId, IoError> DiskModel::make_path(const std::string& path, int most_above) {
  const auto [above, name] = split(path);
  auto folder = find(above);
  if (!folder && most_above == 0) return error(begin("mkdir", path), ENOENT);
  if (most_above > 0 && !above.empty()) {
    const auto made = make_path(above, most_above - 1);
    if (!made) return made;
    folder = *made;
  }
  if (!node(*folder).names.contains(name)) {
    const NodeId id = new_node(true);
    const auto made = change_names("mkdir", path, *folder, {.from = "", .to = name, .node = id});
    if (!made) return made.error();
  }
  if (const auto synced = sync_folder(*folder, above); !synced) return synced.error();
  return node(*folder).names.at(name);
}

Result<uint64_t, IoError> DiskModel::free_bytes(const std::string& path) {
  auto operation = begin("free space", path);
  if (const auto code = failure_of(operation)) return error(operation, *code);
  return options_.bytes - std::min(options_.bytes, used_bytes());
}

Result<void, IoError> DiskModel::change_names(const std::string& call, const std::string& path,
                                              NodeId folder, const NameChange& change) {
  auto operation = begin(call, path);
  const auto code = failure_of(operation);
  if (!code || random_.chance(0.5)) {
    Node& changed = node(folder);
    if (!change.from.empty()) changed.names.erase(change.from);
    if (!change.to.empty()) changed.names[change.to] = change.node;
    changed.changes.push_back(change);
  }
  operation.has_failed = code.has_value();
  end(operation);
  if (code) return error(operation, *code);
  return {};
}

Result<void, IoError> DiskModel::write(NodeId id, const std::string& path, uint64_t offset,
                                       std::string_view bytes) {
  auto operation = begin("write", path);
  auto code = failure_of(operation);
  const uint64_t size = node(id).bytes.size();
  if (!code && offset + bytes.size() > size &&
      used_bytes() + (offset + bytes.size() - size) > options_.bytes) {
    code = ENOSPC;
  }
  if (code) bytes = bytes.substr(0, random_.below(bytes.size()));
  put_bytes(node(id), offset, bytes);
  operation.has_failed = code.has_value();
  end(operation);
  if (code) return error(operation, *code);
  return {};
}

void DiskModel::put_bytes(Node& file, uint64_t offset, std::string_view bytes) const {
  if (bytes.empty()) return;
  const uint64_t end = offset + bytes.size();
  if (end > file.bytes.size()) grow(file, end);
  file.bytes.replace(offset, bytes.size(), bytes);
  const size_t sector = options_.sector_bytes;
  for (uint64_t at = offset / sector * sector; at < end; at += sector) {
    file.dirty.push_back({.offset = at, .bytes = file.bytes.substr(at, sector)});
  }
}

void DiskModel::grow(Node& file, uint64_t size) {
  file.bytes.resize(size);
  file.dirty.push_back({.size = size});
}

Result<void, IoError> DiskModel::allocate(NodeId id, const std::string& path, uint64_t bytes) {
  auto operation = begin("allocate", path);
  auto code = failure_of(operation);
  if (!code && used_bytes() + bytes > options_.bytes) code = ENOSPC;
  if (code) bytes = random_.below(bytes);
  grow(node(id), bytes);
  operation.has_failed = code.has_value();
  end(operation);
  if (code) return error(operation, *code);
  return {};
}

}  // namespace awps
