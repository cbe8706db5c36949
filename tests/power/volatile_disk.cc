// A plugin of nbdkit(1): a disk with a volatile cache, whose power can be cut.
//
// 1. A sector is 512 bytes, and never half written. What was written is kept apart until a flush
//    (or a write with FUA) has brought it into the image.
// 2. `cut` keeps of what is not flushed each sector by chance, and loses the others. From then on
//    everything is answered EIO; the next nbdkit finds in the image what was left.
// 3. `fail` answers writes and flushes EIO, and what is kept apart stays so: a disk in trouble, not
//    one without power.
//
// Arguments: image=FILE (its size is the disk's), control=SOCKET. A connection to the socket gives
// one line, and is answered one:
//
//   cut SEED PERCENT    "LOST of UNFLUSHED": each sector stays with this probability
//   fail COUNT          the next COUNT writes and flushes; 0: all until `heal`
//   heal                ends `fail`; "FAILED": how many calls it has failed
//   ask                 "UNFLUSHED"
//
// Requests come one at a time; one thread more waits for commands.

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <random>
#include <sstream>
#include <string>
#include <thread>

#define NBDKIT_API_VERSION 2
#define THREAD_MODEL NBDKIT_THREAD_MODEL_SERIALIZE_ALL_REQUESTS
#include <nbdkit-plugin.h>

namespace {

constexpr uint64_t kSector = 512;
using Sector = std::array<char, kSector>;

bool read_all(int fd, char* into, size_t count, uint64_t offset) {
  while (count > 0) {
    const ssize_t got = pread(fd, into, count, static_cast<off_t>(offset));
    if (got <= 0) return false;
    into += got;
    count -= static_cast<size_t>(got);
    offset += static_cast<uint64_t>(got);
  }
  return true;
}

class Disk {
 public:
  std::string image, control;

  bool open_image() {
    fd_ = open(image.c_str(), O_RDWR | O_CLOEXEC);
    struct stat status {};
    if (fd_ < 0 || fstat(fd_, &status) != 0) return false;
    size_ = status.st_size;
    return true;
  }
  int64_t size() const { return size_; }

  bool read(char* into, size_t count, uint64_t offset) {
    const std::lock_guard lock(mutex_);
    if (!is_powered_ || !read_all(fd_, into, count, offset)) return false;
    auto at = unflushed_.lower_bound(offset / kSector);
    for (; at != unflushed_.end() && at->first * kSector < offset + count; ++at) {
      const uint64_t begin = std::max(offset, at->first * kSector);
      const uint64_t end = std::min(offset + count, (at->first + 1) * kSector);
      memcpy(into + (begin - offset), at->second.data() + begin % kSector, end - begin);
    }
    return true;
  }

  bool write(const char* bytes, size_t count, uint64_t offset) {
    const std::lock_guard lock(mutex_);
    if (!is_powered_ || must_fail()) return false;
    while (count > 0) {
      const uint64_t number = offset / kSector;
      const size_t part = std::min<uint64_t>(count, kSector - offset % kSector);
      auto [at, is_new] = unflushed_.try_emplace(number);
      if (is_new && part < kSector && !read_all(fd_, at->second.data(), kSector, number * kSector))
        return false;
      memcpy(at->second.data() + offset % kSector, bytes, part);
      bytes += part;
      count -= part;
      offset += part;
    }
    return true;
  }

  bool flush() {
    const std::lock_guard lock(mutex_);
    if (!is_powered_ || must_fail()) return false;
    for (const auto& [number, sector] : unflushed_) {
      if (!keep(number, sector)) return false;
    }
    unflushed_.clear();
    return true;
  }

  std::string obey(const std::string& line) {
    const std::lock_guard lock(mutex_);
    std::istringstream words(line);
    std::string verb;
    uint64_t first = 0, second = 0;
    words >> verb >> first >> second;
    if (verb == "cut") return cut(first, second);
    if (verb == "ask") return std::to_string(unflushed_.size());
    if (verb == "fail") {
      failures_left_ = first == 0 ? UINT64_MAX : first;
      return "failing";
    }
    if (verb != "heal") return "unknown command";
    failures_left_ = 0;
    return std::to_string(failed_);
  }

 private:
  bool keep(uint64_t number, const Sector& sector) const {
    const auto place = static_cast<off_t>(number * kSector);
    return pwrite(fd_, sector.data(), kSector, place) == static_cast<ssize_t>(kSector);
  }

  bool must_fail() {
    if (failures_left_ == 0) return false;
    --failures_left_;
    ++failed_;
    return true;
  }

  std::string cut(uint64_t seed, uint64_t percent) {
    is_powered_ = false;
    std::mt19937_64 random(seed);
    size_t lost = 0;
    for (const auto& [number, sector] : unflushed_) {
      if (random() % 100 >= percent || !keep(number, sector)) ++lost;
    }
    return std::to_string(lost) + " of " + std::to_string(unflushed_.size());
  }

  std::mutex mutex_;
  int fd_ = -1;
  int64_t size_ = 0;
  bool is_powered_ = true;
  std::map<uint64_t, Sector> unflushed_;
  uint64_t failures_left_ = 0;
  uint64_t failed_ = 0;
};

// nbdkit's callbacks have no place for it: a plugin is one disk.
Disk disk;

void take_commands(int listener) {
  while (true) {
    const int connection = accept(listener, nullptr, nullptr);
    if (connection < 0) return;
    char line[256];
    const ssize_t got = ::read(connection, line, sizeof line);
    if (got > 0) {
      const std::string answer = disk.obey(std::string(line, static_cast<size_t>(got))) + "\n";
      (void)!::write(connection, answer.data(), answer.size());  // who asked may have gone
    }
    close(connection);
  }
}

int disk_config(const char* key, const char* value) {
  const std::string_view name = key;
  if (name == "image") {
    disk.image = value;
  } else if (name == "control") {
    disk.control = value;
  } else {
    nbdkit_error("unknown argument '%s'", key);
    return -1;
  }
  return 0;
}

int disk_get_ready() {
  if (disk.open_image()) return 0;
  nbdkit_error("open '%s': %s", disk.image.c_str(), strerror(errno));
  return -1;
}

int disk_after_fork() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  disk.control.copy(address.sun_path, sizeof address.sun_path - 1);
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto* where = reinterpret_cast<const sockaddr*>(&address);
  if (listener < 0 || bind(listener, where, sizeof address) != 0 || listen(listener, 8) != 0) {
    nbdkit_error("listen on '%s': %s", disk.control.c_str(), strerror(errno));
    return -1;
  }
  std::thread(take_commands, listener).detach();
  return 0;
}

void* disk_open(int /*readonly*/) {
  return &disk;
}
int64_t disk_get_size(void* /*handle*/) {
  return disk.size();
}

int answer(bool is_good) {
  if (is_good) return 0;
  nbdkit_set_error(EIO);
  return -1;
}

int disk_pread(void* /*handle*/, void* into, uint32_t count, uint64_t offset, uint32_t /*flags*/) {
  return answer(disk.read(static_cast<char*>(into), count, offset));
}

int disk_pwrite(void* /*handle*/, const void* from, uint32_t count, uint64_t offset,
                uint32_t /*flags*/) {
  return answer(disk.write(static_cast<const char*>(from), count, offset));
}

int disk_flush(void* /*handle*/, uint32_t /*flags*/) {
  return answer(disk.flush());
}

nbdkit_plugin make_plugin() {
  nbdkit_plugin plugin{};
  plugin.name = "volatile";
  plugin.config = disk_config;
  plugin.get_ready = disk_get_ready;
  plugin.after_fork = disk_after_fork;
  plugin.open = disk_open;
  plugin.get_size = disk_get_size;
  plugin.pread = disk_pread;
  plugin.pwrite = disk_pwrite;
  plugin.flush = disk_flush;
  return plugin;
}

nbdkit_plugin plugin = make_plugin();

}  // namespace

NBDKIT_REGISTER_PLUGIN(plugin)
