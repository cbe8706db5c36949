#include "daemon/awpsctl/commands/export_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

namespace awps {

ExportFile::ExportFile(std::string path) : path_(std::move(path)) {
  if (path_.empty()) return;
  file_ = UniqueFd(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file_.valid()) error_ = errno;
}

ExportFile::~ExportFile() {
  if (file_.valid() && !is_finished_) (void)::unlink(path_.c_str());  // at worst it is found
}

void ExportFile::append(const std::string& line) {
  constexpr size_t kPiece = size_t{64} << 10U;
  text_.append(line) += '\n';
  if (text_.size() >= kPiece) flush();
}

Result<void, Failure> ExportFile::finish() {
  flush();
  if (error_ == 0 && file_.valid() && ::fsync(file_.get()) != 0) error_ = errno;
  is_finished_ = error_ == 0;
  if (is_finished_) return {};
  return Failure{ExitCode::kCannotCreate, "cannot_write",
                 "write '" + (path_.empty() ? "standard output" : path_) +
                     "': " + std::strerror(error_) +
                     (error_ == EEXIST ? "; name a file that does not exist yet"
                                       : "; nothing was purged, name another file")};
}

void ExportFile::flush() {
  const int fd = file_.valid() ? file_.get() : STDOUT_FILENO;
  std::string_view left = text_;
  while (error_ == 0 && !left.empty()) {
    const ssize_t written = ::write(fd, left.data(), left.size());
    if (written > 0)
      left.remove_prefix(static_cast<size_t>(written));
    else if (errno != EINTR)
      error_ = errno;
  }
  text_.clear();
}

}  // namespace awps
