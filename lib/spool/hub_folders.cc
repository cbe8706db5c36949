#include "spool/hub_folders.h"

#include <algorithm>
#include <cerrno>
#include <memory>

#include "base/hub_name.h"

namespace awps {

std::string log_folder_of(const std::string& spool_path, std::string_view hub) {
  return spool_path + "/spool/" + std::string(hub);
}

Result<std::vector<std::string>, IoError> hubs_with_logs(FileSystem& files,
                                                         const std::string& spool_path) {
  Result<std::unique_ptr<Folder>, IoError> folder = files.open_folder(spool_path + "/spool");
  if (!folder && folder.error().code == ENOENT) return std::vector<std::string>();
  if (!folder) return folder.error();
  Result<std::vector<std::string>, IoError> names = (*folder)->list();
  if (!names) return names;
  std::erase_if(*names, [](const std::string& name) {
    const Result<std::string> hub = canonical_hub_name(name);
    return !hub || *hub != name;
  });
  std::ranges::sort(*names);
  return names;
}

}  // namespace awps
