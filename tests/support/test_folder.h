#pragma once

// TestFolder: a folder of a test, which goes with everything in it.
//
// One thread.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/check.h"

namespace awps {

class TestFolder {
 public:
  TestFolder() {
    char name[] = "/tmp/awps-test-XXXXXX";
    AWPS_CHECK(::mkdtemp(name) != nullptr);
    path_ = name;
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  std::string file(const std::string& name) const { return path_ + "/" + name; }
  /// A file of its owner alone.
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(file(name)) << text;
    std::filesystem::permissions(file(name), std::filesystem::perms(0600));
    return file(name);
  }

 private:
  std::string path_;
};

}  // namespace awps
