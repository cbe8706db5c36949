#include "admin/token_file.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/crypto.h"
#include "base/unique_fd.h"

namespace awps::admin {

namespace {

constexpr size_t kMinLength = 16;
constexpr size_t kMaxBytes = 4096;
constexpr mode_t kOthersAccess = 007;

Error failed(const std::string& path, const std::string& reason) {
  return {"admin.token_file = \"" + path + "\": " + reason};
}

struct FileContents {
  std::string text;
  struct stat status {};
};

Result<FileContents> read_file(const std::string& path) {
  // Without waiting: a named pipe there must not hold up who asks.
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  FileContents contents;
  if (!fd.valid() || ::fstat(fd.get(), &contents.status) != 0) {
    return failed(path, std::string("cannot be opened (") + std::strerror(errno) +
                            "); write a token to it that the daemon may read");
  }
  if (!S_ISREG(contents.status.st_mode)) {
    return failed(path, "it is no regular file; name a file that holds the token");
  }
  if ((contents.status.st_mode & kOthersAccess) != 0) {
    return failed(path, "every user of this machine may use the file; `chmod 640` it");
  }
  std::array<char, kMaxBytes> buffer{};
  ssize_t count = 0;
  while ((count = ::read(fd.get(), buffer.data(), buffer.size())) > 0) {
    contents.text.append(buffer.data(), static_cast<size_t>(count));
    if (contents.text.size() > kMaxBytes) break;
  }
  if (count < 0) return failed(path, std::string("cannot be read: ") + std::strerror(errno));
  return contents;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

Result<std::string> token_in(const std::string& path, std::string_view text) {
  const std::string_view token = trimmed(text);
  const bool is_printable = std::ranges::all_of(token, [](char c) { return c > ' ' && c < 0x7f; });
  if (token.size() < kMinLength || token.size() > kMaxBytes || !is_printable) {
    return failed(path,
                  "a token has 16 to 4096 printable characters without blanks; make one "
                  "with `openssl rand -hex 24`");
  }
  return std::string(token);
}

bool is_same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec &&
         a.st_ctim.tv_sec == b.st_ctim.tv_sec && a.st_ctim.tv_nsec == b.st_ctim.tv_nsec;
}

// Of digests, so that not even the length shows in the time.
bool is_equal_in_constant_time(std::string_view a, std::string_view b) {
  const Sha256Digest left = sha256(a);
  const Sha256Digest right = sha256(b);
  unsigned difference = 0;
  for (size_t i = 0; i < left.size(); ++i) difference |= left[i] ^ static_cast<unsigned>(right[i]);
  return difference == 0;
}

}  // namespace

Result<TokenFile> TokenFile::open(const std::string& path) {
  const Result<FileContents> file = read_file(path);
  if (!file) return file.error();
  Result<std::string> token = token_in(path, file->text);
  if (!token) return token.error();
  return TokenFile(path, std::move(*token), file->status);
}

bool TokenFile::admits(std::string_view presented) {
  struct stat status {};
  if (::stat(path_.c_str(), &status) == 0 && !is_same_file(status, status_)) {
    Result<TokenFile> changed = open(path_);
    if (changed) *this = std::move(*changed);
  }
  return is_equal_in_constant_time(presented, token_);
}

}  // namespace awps::admin
