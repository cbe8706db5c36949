// The functions of awps/client/awps.h for streams: each is its C++ call, see c_interface.cc.

#include <awps/client/awps.h>
#include <awps/client/stream.h>

#include <cstring>

#include "client/c_options.h"

namespace {

using awps::client::Error;
using awps::client::ErrorCode;
using awps::client::write_error;

Error problem(ErrorCode code, std::string message) {
  return {code, std::move(message)};
}

size_t write_key(const std::string& made, char* key, size_t size, awps_error* error) noexcept {
  if (key == nullptr) {
    write_error(problem(ErrorCode::kInvalid, "make a record's key: key is NULL: give a place"),
                error);
    return 0;
  }
  if (made.size() >= size) {
    write_error(problem(ErrorCode::kTooLarge,
                        "make a record's key: it has " + std::to_string(made.size()) +
                            " bytes and a '\\0', more than the " + std::to_string(size) +
                            " bytes given: give AWPS_STREAM_KEY_SIZE"),
                error);
    return 0;
  }
  std::memcpy(key, made.c_str(), made.size() + 1);
  return made.size();
}

}  // namespace

size_t awps_stream_key(const char* hub, awps_stream_target target, const char* name, char* key,
                       size_t size, awps_error* error) {
  const auto made =
      awps::client::stream_key(awps::client::text_of(hub), awps::client::stream_target_of(target),
                               awps::client::text_of(name));
  if (made) return write_key(made.value(), key, size, error);
  write_error(made.error(), error);
  return 0;
}

int32_t awps_stream_partition(const void* key, size_t size, int32_t partitions, awps_error* error) {
  if (key == nullptr) {
    write_error(problem(ErrorCode::kInvalid, "find a key's partition: key is NULL: give one"),
                error);
    return -1;
  }
  const auto found =
      awps::client::stream_partition({static_cast<const char*>(key), size}, partitions);
  if (found) return found.value();
  write_error(found.error(), error);
  return -1;
}
