#pragma once

// DiskModel: a disk in memory that loses what was not synced, as the worst one may.
//
// 1. What was written since a file's last sync stands sector by sector apart, each version of a
//    sector for itself. A cut of the power keeps any of them. So do sizes and names: they are
//    durable only after the sync of the file or of the folder, and each apart.
// 2. A kill of the process loses nothing: the system has it all.
// 3. A file's sync that failed has written a part. The rest counts as clean from then on: no later
//    sync writes it, it is read as it was written until the system forgets it, and is gone then.
//    That is what Linux does. A folder's sync may be made again: names stand in a journal.
// 4. Any other call that failed may have done a part of its work as well.
// 5. It has no links and no owners but this: a folder or file may be another user's.
//
// One thread. Files that it has opened must not outlive it. A copy costs the bytes of all files.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "spool/file.h"

namespace awps {

/// Of what was not synced, at a cut.
enum class Keep : uint8_t {
  kNone,
  kAll,
  kRandom,
  kFirst,  // of each file only the sector that was written first; of names any
  kLast,   // only the last
};

class DiskModel final : public FileSystem {
 public:
  struct Options {
    size_t sector_bytes = 512;
    uint64_t bytes = uint64_t{1} << 40U;  // of all files
    uint64_t seed = 1;                    // for what a failed call has done
    bool syncs_files = true;              // else a file's sync does nothing, and says it did
    bool syncs_folders = true;
  };

  /// What it was asked for.
  struct Operation {
    uint64_t number = 0;  // from 1
    std::string call;     // as IoError has it, and "mkdir"
    std::string path;
    bool has_failed = false;
  };

  /// The first call from `from` on that may fail so does. With ENOSPC and EROFS those fail that
  /// write; with another code any.
  struct Failure {
    uint64_t from = 1;
    int code = 5;             // EIO
    bool is_lasting = false;  // and each later one as well, until heal()
  };

  DiskModel() : DiskModel(Options{}) {}
  explicit DiskModel(Options options);
  ~DiskModel() override;

  Result<std::unique_ptr<Folder>, IoError> open_folder(const std::string& path) override;
  Result<std::unique_ptr<Folder>, IoError> make_folder(const std::string& path) override;
  Result<uint64_t, IoError> free_bytes(const std::string& path) override;

  // ---- what happens to it

  void fail(Failure failure) { failure_ = failure; }
  void heal() { failure_.reset(); }
  /// Is called behind each operation that may have changed the disk. It may look and copy.
  using AfterChange = std::function<void(const Operation&)>;
  void after_change(AfterChange visit) { after_change_ = std::move(visit); }
  /// Operations so far.
  uint64_t operations() const { return operations_; }

  /// A disk as it may look after a cut now. It fails in nothing.
  std::unique_ptr<DiskModel> cut(Keep keep, uint64_t seed) const;
  /// As the next process finds it.
  std::unique_ptr<DiskModel> killed() const;
  /// The same, and the system has forgotten what a failed sync left in memory alone.
  std::unique_ptr<DiskModel> killed_and_forgotten() const;

  // ---- the test's hands: durable at once, no operation

  void put(const std::string& path, std::string content);
  void put_folder(const std::string& path);
  void give_away(const std::string& path);  // to another user
  void remove(const std::string& path);
  bool has(const std::string& path) const;
  std::string content(const std::string& path) const;
  /// Of the folder, sorted; none if it is not there.
  std::vector<std::string> names(const std::string& folder) const;
  uint64_t used_bytes() const;
  /// Is anything not durable?
  bool has_unsynced() const;
  /// The last operations, one a line.
  std::string trace() const;

 private:
  friend class DiskFolder;
  friend class DiskFile;
  using NodeId = uint64_t;

  // A version of a sector, or a size.
  struct Dirty {
    std::optional<uint64_t> size{};
    size_t offset = 0;
    std::string bytes{};
  };
  struct NameChange {
    std::string from;  // "": the name is new
    std::string to;    // "": it is gone
    NodeId node = 0;
  };
  struct Node {
    bool is_folder = false;
    bool is_ours = true;
    std::string bytes{};  // of a file, as it is read
    std::string disk_bytes{};
    std::vector<Dirty> dirty{};
    std::map<std::string, NodeId> names{};  // of a folder
    std::map<std::string, NodeId> disk_names{};
    std::vector<NameChange> changes{};
  };

  NodeId new_node(bool is_folder);
  std::optional<NodeId> find(const std::string& path) const;
  Node& node(NodeId id) { return nodes_.at(id); }
  std::unique_ptr<DiskModel> copy() const;
  void copy_reachable(NodeId id, std::map<NodeId, Node>& into) const;

  IoError error(const Operation& operation, int code);
  Operation begin(std::string call, const std::string& path);
  std::optional<int> failure_of(const Operation& operation);
  void end(const Operation& operation);

  Result<NodeId, IoError> make_path(const std::string& path, int most_above);
  Result<void, IoError> change_names(const std::string& call, const std::string& path,
                                     NodeId folder, const NameChange& change);
  Result<void, IoError> sync_folder(NodeId id, const std::string& path);
  Result<void, IoError> sync_file(NodeId id, const std::string& path);
  Result<void, IoError> write(NodeId id, const std::string& path, uint64_t offset,
                              std::string_view bytes);
  Result<void, IoError> allocate(NodeId id, const std::string& path, uint64_t bytes);
  void put_bytes(Node& file, uint64_t offset, std::string_view bytes) const;
  static void grow(Node& file, uint64_t size);

  const Options options_;
  Random random_;
  std::map<NodeId, Node> nodes_;
  NodeId last_node_ = 0;
  uint64_t operations_ = 0;
  std::optional<Failure> failure_;
  AfterChange after_change_;
  std::deque<Operation> trace_;
};

}  // namespace awps
