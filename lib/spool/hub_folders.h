#pragma once

// Where the logs of hubs lie: <spool.path>/spool/<hub>.
//
// Any thread.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "spool/file.h"

namespace awps {

/// Where the hub's log is.
std::string log_folder_of(const std::string& spool_path, std::string_view hub);

/// The hubs that have a folder there, by name. None, if there is no spool yet.
Result<std::vector<std::string>, IoError> hubs_with_logs(FileSystem& files,
                                                         const std::string& spool_path);

}  // namespace awps
