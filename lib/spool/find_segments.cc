#include "spool/find_segments.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

#include "spool/frame.h"

namespace awps {

using HeaderState = SegmentHeaderReading::State;

namespace {

Result<FoundSegment, LogOpenError> look_at(File& file, uint64_t number, uint32_t kind) {
  FoundSegment found{.number = number, .name = segment_name(number, kind)};
  const Result<uint64_t, IoError> size = file.size();
  if (!size) return unreadable_log(size.error());
  found.bytes = *size;
  std::string bytes(SegmentHeader::kBytes + FrameHeader::kBytes, '\0');
  Result<size_t, IoError> read = file.read(0, {bytes.data(), bytes.size()});
  for (int i = 1; !read && i < kSegmentReadTries; ++i) {
    read = file.read(0, {bytes.data(), bytes.size()});
  }
  if (!read) return unreadable_log(read.error());
  bytes.resize(*read);
  found.reading = read_segment_header(bytes);
  HeaderState& state = found.reading.state;
  const SegmentHeader& header = found.reading.header;
  const bool is_other = header.number != number || header.kind != kind;
  if (state == HeaderState::kGood && is_other) state = HeaderState::kBad;
  // A page of zeros where the header was: what stands behind it is not given up for that.
  const bool has_frame = bytes.find_first_not_of('\0') != std::string::npos;
  if (state == HeaderState::kEmpty && has_frame) state = HeaderState::kBad;
  return found;
}

// A hub's log and its dead letters lie in one folder.
bool is_of_other_kind(std::string_view name, uint32_t kind) {
  const uint32_t other =
      kind == SegmentHeader::kLetters ? SegmentHeader::kLog : SegmentHeader::kLetters;
  return segment_number(name, other) || is_damaged_name(name, other);
}

}  // namespace

std::optional<uint64_t> end_by_next(const FoundSegment& segment, const FoundSegment* next) {
  if (next == nullptr || next->reading.state != HeaderState::kGood) return std::nullopt;
  if (next->number != segment.number + 1) return std::nullopt;
  return next->reading.header.previous_end;
}

bool is_deleted(const IoError& error, const LogOptions& options) {
  return error.code == ENOENT && options.is_of_others;
}

Result<FoundSegments, LogOpenError> find_segments(Folder& folder, const LogOptions& options) {
  FoundSegments all;
  Result<std::vector<std::string>, IoError> names = folder.list();
  if (!names) return unreadable_log(names.error());
  std::vector<uint64_t> numbers;
  for (const std::string& name : *names) {
    if (const std::optional<uint64_t> number = segment_number(name, options.kind)) {
      numbers.push_back(*number);
    } else if (is_damaged_name(name, options.kind)) {
      all.put_aside.push_back(name);
    } else if (!is_of_other_kind(name, options.kind)) {
      all.remarks.push_back("'" + name + "' in '" + options.folder +
                            "' is none of awpsd's files; it is left alone");
    }
  }
  std::ranges::sort(numbers);
  for (const uint64_t number : numbers) {
    const Result<std::unique_ptr<File>, IoError> file =
        folder.open(segment_name(number, options.kind));
    if (!file && file.error().code == EPERM) return not_ours_error(file.error().path);
    if (!file && is_deleted(file.error(), options)) {
      all.segments.clear();  // the oldest goes first
      continue;
    }
    if (!file) return unreadable_log(file.error());
    Result<FoundSegment, LogOpenError> found = look_at(**file, number, options.kind);
    if (!found) return found.error();
    if (found->reading.state == HeaderState::kNewer) return newer_log(found->name);
    // Only the last one is made ahead of its use.
    const bool was_used = number != numbers.back() && found->bytes > SegmentHeader::kBytes;
    HeaderState& state = found->reading.state;
    if (state == HeaderState::kEmpty && was_used) state = HeaderState::kBad;
    if (state == HeaderState::kEmpty) {
      all.empty.push_back(found->name);
    } else {
      all.segments.push_back(std::move(*found));
    }
  }
  return all;
}

}  // namespace awps
