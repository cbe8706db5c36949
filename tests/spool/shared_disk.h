#pragma once

// SharedDisk: a disk on which a daemon works while a test's program looks at it. Before each file
// is opened the test may let the daemon go on; and a list may name files that have gone meanwhile.
//
// One thread.

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "spool/file.h"

namespace awps {

class SharedDisk final : public FileSystem {
 public:
  explicit SharedDisk(FileSystem& disk) : disk_(disk) {}

  /// Is called before each open of a file; `number` counts them from 1.
  using BeforeOpen = std::function<void(int number)>;
  void before_open(BeforeOpen call) { before_open_ = std::move(call); }
  /// Each list names these as well.
  void list_also(std::vector<std::string> names) { gone_ = std::move(names); }
  /// Files that were opened, or could not be.
  int opens() const { return opens_; }

  Result<std::unique_ptr<Folder>, IoError> open_folder(const std::string& path) override {
    return shared(disk_.open_folder(path));
  }
  Result<std::unique_ptr<Folder>, IoError> make_folder(const std::string& path) override {
    return shared(disk_.make_folder(path));
  }
  Result<uint64_t, IoError> free_bytes(const std::string& path) override {
    return disk_.free_bytes(path);
  }

 private:
  class SharedFolder final : public Folder {
   public:
    SharedFolder(SharedDisk& disk, std::unique_ptr<Folder> folder)
        : disk_(disk), folder_(std::move(folder)) {}

    Result<std::vector<std::string>, IoError> list() override {
      auto names = folder_->list();
      if (names) names->insert(names->end(), disk_.gone_.begin(), disk_.gone_.end());
      return names;
    }
    Result<std::unique_ptr<File>, IoError> open(const std::string& name) override {
      ++disk_.opens_;
      if (disk_.before_open_) disk_.before_open_(disk_.opens_);
      return folder_->open(name);
    }
    Result<std::unique_ptr<File>, IoError> make(const std::string& name) override {
      return folder_->make(name);
    }
    Result<void, IoError> unlink(const std::string& name) override { return folder_->unlink(name); }
    Result<void, IoError> rename(const std::string& from, const std::string& to) override {
      return folder_->rename(from, to);
    }
    Result<void, IoError> sync() override { return folder_->sync(); }

   private:
    SharedDisk& disk_;
    const std::unique_ptr<Folder> folder_;
  };

  Result<std::unique_ptr<Folder>, IoError> shared(Result<std::unique_ptr<Folder>, IoError> folder) {
    if (!folder) return folder;
    return std::unique_ptr<Folder>(std::make_unique<SharedFolder>(*this, std::move(*folder)));
  }

  FileSystem& disk_;
  BeforeOpen before_open_;
  std::vector<std::string> gone_;
  int opens_ = 0;
};

}  // namespace awps
