#include "config/load.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <system_error>
#include <tuple>

#include "base/result.h"
#include "base/unique_fd.h"
#include "config/document.h"
#include "config/reader.h"

namespace awps {
namespace {

namespace fs = std::filesystem;

/// By file in the order read, then by place: as somebody who mends them goes through.
void sort_by_place(ConfigErrors& errors, std::span<const ConfigText> files) {
  std::map<std::string_view, size_t> order;
  for (const ConfigText& file : files) {
    order.emplace(file.file, order.size() + 1);
  }
  std::ranges::stable_sort(errors, {}, [&](const ConfigError& error) {
    const auto found = order.find(error.place.file);
    const size_t position = found == order.end() ? 0 : found->second;
    return std::tuple(position, error.place.line, error.place.column);
  });
}

Error read_error(int error) {
  return Error{"cannot be read: " + std::generic_category().message(error) +
               "; check the path, and that the daemon's user may read it"};
}

// Somebody who names one file may name a pipe; in a folder it would be waited for in vain.
enum class FileKinds { kAny, kRegular };

Result<std::string> read_file(const fs::path& path, FileKinds kinds) {
  struct stat status {};
  const bool is_there = ::stat(path.c_str(), &status) == 0;
  if (is_there && kinds == FileKinds::kRegular && !S_ISREG(status.st_mode) &&
      !S_ISDIR(status.st_mode)) {
    return Error{"is no regular file; move it out of the way, or put a file there"};
  }
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) {
    return read_error(errno);
  }
  std::string text;
  char block[16384];
  while (text.size() <= kMaxFileBytes) {
    const ssize_t count = ::read(fd.get(), block, sizeof block);
    if (count < 0 && errno != EINTR) {
      return read_error(errno);
    }
    if (count == 0) {
      break;
    }
    text.append(block, count < 0 ? 0 : static_cast<size_t>(count));
  }
  return text;
}

/// conf.d/*.toml by name. Hidden ones are left out: editors leave such behind.
Result<std::vector<fs::path>> drop_ins(const fs::path& directory) {
  std::vector<fs::path> paths;
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const fs::path& path = entry->path();
    if (path.extension() == ".toml" && !path.filename().native().starts_with('.')) {
      paths.push_back(path);
    }
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return read_error(error.value());
  }
  std::ranges::sort(paths);
  return paths;
}

}  // namespace

ConfigReading parse_config(std::span<const ConfigText> files) {
  ConfigReader reader;
  for (const ConfigText& file : files) {
    auto document = parse_document(file.file, file.text);
    if (document) {
      reader.read(std::move(*document));
    } else {
      reader.add_error(document.error());
    }
  }
  reader.finish();
  ConfigReading reading{.config = reader.take_config(), .mistakes = reader.take_errors()};
  sort_by_place(reading.mistakes, files);
  return reading;
}

ConfigReading load_files(std::span<const fs::path> files, FileKinds kinds) {
  std::vector<ConfigText> texts;
  ConfigErrors unread;
  for (const fs::path& path : files) {
    auto text = read_file(path, kinds);
    if (text) {
      texts.push_back({.file = path.string(), .text = std::move(*text)});
    } else {
      unread.push_back({{.file = path.string()}, "", text.error().message});
    }
  }
  ConfigReading reading = parse_config(texts);
  reading.mistakes.insert(reading.mistakes.begin(), unread.begin(), unread.end());
  return reading;
}

ConfigReading load_config(std::span<const fs::path> files) {
  return load_files(files, FileKinds::kAny);
}

ConfigReading load_config_directory(const fs::path& directory) {
  std::vector<fs::path> files;
  std::error_code error;
  // Only a file that is not there is left out; one that cannot be looked at is a mistake.
  if (fs::exists(directory / "awpsd.toml", error) || error) {
    files.push_back(directory / "awpsd.toml");
  }
  const auto found = drop_ins(directory / "conf.d");
  if (!found) {
    ConfigReading reading = load_files(files, FileKinds::kRegular);
    reading.mistakes.push_back(
        {{.file = (directory / "conf.d").string()}, "", found.error().message});
    return reading;
  }
  files.insert(files.end(), found->begin(), found->end());
  return load_files(files, FileKinds::kRegular);
}

ConfigReading load_default_locations() {
  return load_config_directory(kConfigDirectory);
}

}  // namespace awps
