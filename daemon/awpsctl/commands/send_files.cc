#include "daemon/awpsctl/commands/send_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <set>
#include <string_view>
#include <utility>

#include "daemon/awpsctl/commands/arguments.h"
#include "daemon/awpsctl/figures.h"
#include "spool/undelivered_file.h"

namespace awps {

namespace {

using Path = std::filesystem::path;

constexpr std::string_view kStandardInput = "-";

std::string parent_of(const std::string& path) {
  const Path folder = Path(path).parent_path();
  return folder.empty() ? "." : folder.string();
}

// A pattern that the shell left as it is: nothing fits it, or nothing that this user may list.
bool is_pattern(const std::string& path) {
  return Path(path).filename().string().find_first_of("*?[") != std::string::npos;
}

std::string send_command(const std::string& path, const SendArguments& wanted) {
  return std::string(::geteuid() == 0 ? "" : "sudo ") + "awpsctl send " +
         (wanted.remove ? "--remove " : "") + shell_word(path);
}

Failure unreadable(const std::string& path, int error, const SendArguments& wanted) {
  std::string text = "read '" + path + "': " + std::strerror(error) + "; ";
  if (is_pattern(path)) {
    text += "a shell expands a pattern only for those who may list the folder; name the folder: `" +
            send_command(parent_of(path), wanted) + "`";
  } else if (error == EACCES && ::geteuid() != 0) {
    text += "run it with sudo: `" + send_command(path, wanted) + "`";
  } else {
    text +=
        "give a file of protocol lines, a folder with undelivered-*.ndjson, or - for standard "
        "input";
  }
  return {ExitCode::kNoInput, "cannot_read", std::move(text)};
}

Result<std::vector<std::string>, Failure> files_in(const std::string& folder,
                                                   const SendArguments& wanted) {
  std::error_code error;
  std::vector<std::string> found;
  std::filesystem::directory_iterator entry(folder, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    std::error_code gone;  // another awpsctl may have removed it
    const bool is_file = entry->symlink_status(gone).type() == std::filesystem::file_type::regular;
    if (is_file && is_undelivered_name(entry->path().filename().string())) {
      found.push_back(entry->path().string());
    }
  }
  if (error) return unreadable(folder, error.value(), wanted);
  std::ranges::sort(found);  // their names tell their time
  return found;
}

// Before anything is sent: else the files before it would have to be left out the next time.
Result<void, Failure> try_file(const std::string& path, const SendArguments& wanted) {
  if (::faccessat(AT_FDCWD, path.c_str(), R_OK, AT_EACCESS) != 0) {
    return unreadable(path, errno, wanted);
  }
  const std::string folder = parent_of(path);
  if (!wanted.remove || ::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) == 0) {
    return {};
  }
  return Failure{ExitCode::kNoPermission, "cannot_remove",
                 "remove '" + path + "' once it is sent: " + std::strerror(errno) +
                     "; nothing was sent; `" + send_command(path, wanted) +
                     "`, or leave out --remove"};
}

Failure stays(ExitCode code, const std::string& path, const std::string& why) {
  return {code, "not_removed", "'" + path + "' stays: " + why};
}

}  // namespace

Result<std::vector<std::string>, Failure> files_to_send(const SendArguments& wanted) {
  std::vector<std::string> files;
  for (const std::string& path : wanted.files) {
    struct stat status {};
    if (path == kStandardInput) {
      files.push_back(path);
    } else if (::stat(path.c_str(), &status) != 0) {
      return unreadable(path, errno, wanted);
    } else if (S_ISDIR(status.st_mode)) {
      Result<std::vector<std::string>, Failure> found = files_in(path, wanted);
      if (!found) return found;
      std::ranges::move(*found, std::back_inserter(files));
    } else {
      files.push_back(path);
    }
  }
  std::set<std::pair<dev_t, ino_t>> seen;
  std::vector<std::string> once;
  for (std::string& path : files) {
    struct stat status {};
    if (path != kStandardInput) {
      if (const Result<void, Failure> tried = try_file(path, wanted); !tried) return tried.error();
    }
    const bool has_inode = path != kStandardInput && ::stat(path.c_str(), &status) == 0;
    const bool is_new = !has_inode || seen.emplace(status.st_dev, status.st_ino).second;
    if (is_new) once.push_back(std::move(path));
  }
  return once;
}

Result<FileToSend, Failure> FileToSend::open(const std::string& path, const SendArguments& wanted) {
  FileToSend opened(path);
  if (path == kStandardInput) return opened;
  opened.file_ = UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const int fd = opened.file_.get();
  if (fd < 0 || ::fstat(fd, &opened.opened_) != 0) return unreadable(path, errno, wanted);
  if (!opened.is_undelivered()) return opened;
  // Where there are no locks, it is sent without one.
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    return Failure{ExitCode::kTempFail, "busy",
                   "'" + path +
                       "' is being written by a daemon that stops, or sent by another awpsctl; try "
                       "again when that has ended: nothing of it was sent"};
  }
  // Whoever had the lock before may have written to it, or sent and removed it.
  if (::fstat(fd, &opened.opened_) == 0 && opened.opened_.st_nlink == 0) {
    return unreadable(path, ENOENT, wanted);
  }
  return opened;
}

int FileToSend::fd() const {
  return file_.valid() ? file_.get() : STDIN_FILENO;
}

bool FileToSend::is_undelivered() const {
  return file_.valid() && S_ISREG(opened_.st_mode) &&
         is_undelivered_name(Path(path_).filename().string());
}

Result<void, Failure> FileToSend::remove() const {
  struct stat now {};
  if (::lstat(path_.c_str(), &now) != 0) {
    return stays(ExitCode::kIoError, path_,
                 std::string("look at it again: ") + std::strerror(errno));
  }
  const bool is_it = now.st_dev == opened_.st_dev && now.st_ino == opened_.st_ino;
  if (!is_it || !S_ISREG(now.st_mode)) {
    return stays(ExitCode::kIoError, path_, "this is not the file itself that was sent");
  }
  const bool is_as_it_was = now.st_size == opened_.st_size &&
                            now.st_mtim.tv_sec == opened_.st_mtim.tv_sec &&
                            now.st_mtim.tv_nsec == opened_.st_mtim.tv_nsec;
  if (!is_as_it_was) {
    return stays(ExitCode::kTempFail, path_,
                 "it was written to while it was sent, so some of it may not have been; what was "
                 "sent would be sent twice");
  }
  if (::unlink(path_.c_str()) == 0) return {};
  return stays(ExitCode::kIoError, path_, std::string("remove it: ") + std::strerror(errno));
}

std::string remove_command(const std::string& path) {
  // What was sent with sudo is removed with it.
  return (std::getenv("SUDO_USER") == nullptr ? "rm " : "sudo rm ") + shell_word(path);
}

}  // namespace awps
