#include "spool/segment_header.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "base/crypto.h"
#include "spool/bytes.h"

namespace awps {

namespace {

constexpr std::string_view kMagicOfSegment{"AWPSEG\0\1", 8};
constexpr uint16_t kFormat = 1;
constexpr size_t kChecksumAt = SegmentHeader::kBytes - sizeof(uint32_t);
constexpr std::string_view kSegmentEnd = ".seg";
constexpr std::string_view kDamagedEnd = ".damaged";
constexpr size_t kDigits = 16;

// Positions and groups begin with 1, and nobody ever counts so far.
bool is_sane_number(uint64_t number) {
  return number != 0 && number < uint64_t{1} << 62U;
}

std::string_view name_begin(uint32_t kind) {
  return kind == SegmentHeader::kLetters ? "letters-" : "log-";
}

bool is_zero(std::string_view bytes) {
  return std::ranges::all_of(bytes, [](char byte) { return byte == 0; });
}

}  // namespace

uint32_t SegmentHeader::salt() const {
  std::string bytes(store.begin(), store.end());
  add_number(bytes, number);
  return crc32c(bytes);
}

std::string to_bytes(const SegmentHeader& header) {
  std::string bytes(kMagicOfSegment);
  bytes.reserve(SegmentHeader::kBytes);
  add_number(bytes, kFormat);
  add_number(bytes, kFormat);
  add_number(bytes, static_cast<uint32_t>(SegmentHeader::kBytes));
  add_number(bytes, header.number);
  bytes.append(header.store.begin(), header.store.end());
  add_number(bytes, header.salt());
  add_number(bytes, header.kind);
  add_number(bytes, header.next);
  add_number(bytes, header.previous_end);
  add_number(bytes, static_cast<int64_t>(header.begun.time_since_epoch().count()));
  add_number(bytes, header.first_group);
  add_number(bytes, header.run);
  bytes.resize(kChecksumAt);
  add_number(bytes, crc32c(bytes));
  return bytes;
}

SegmentHeaderReading read_segment_header(std::string_view bytes) {
  using State = SegmentHeaderReading::State;
  bytes = bytes.substr(0, SegmentHeader::kBytes);
  if (is_zero(bytes)) return {.state = State::kEmpty};
  if (bytes.size() < SegmentHeader::kBytes || !bytes.starts_with(kMagicOfSegment)) {
    return {.state = State::kBad};
  }
  if (get_number<uint32_t>(bytes, kChecksumAt) != crc32c(bytes.substr(0, kChecksumAt))) {
    return {.state = State::kBad};
  }
  if (get_number<uint16_t>(bytes, 10) > kFormat) return {.state = State::kNewer};
  SegmentHeader header;
  header.number = get_number<uint64_t>(bytes, 16);
  std::ranges::copy(bytes.substr(24, header.store.size()), header.store.begin());
  header.kind = get_number<uint32_t>(bytes, 44);
  header.next = get_number<uint64_t>(bytes, 48);
  header.previous_end = get_number<uint64_t>(bytes, 56);
  header.begun = WallTime(Duration(get_number<int64_t>(bytes, 64)));
  header.first_group = get_number<uint64_t>(bytes, 72);
  header.run = get_number<uint32_t>(bytes, 80);
  const bool is_sane = is_sane_number(header.next) && is_sane_number(header.first_group);
  if (!is_sane) return {.state = State::kBad};
  return {.state = State::kGood, .header = header};
}

StoreId store_id_of(std::string_view hub, std::string_view host) {
  std::string bytes = "awpsd";
  bytes += '\0';
  bytes += hub;
  bytes += '\0';
  bytes += host;
  const Sha256Digest digest = sha256(bytes);
  StoreId id{};
  std::copy_n(digest.begin(), id.size(), id.begin());
  return id;
}

std::string segment_name(uint64_t number, uint32_t kind) {
  std::array<char, kDigits + 1> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(number));
  return std::string(name_begin(kind)) + digits.data() + std::string(kSegmentEnd);
}

std::optional<uint64_t> segment_number(std::string_view name, uint32_t kind) {
  const std::string_view start = name_begin(kind);
  if (name.size() != start.size() + kDigits + kSegmentEnd.size()) return std::nullopt;
  if (!name.starts_with(start) || !name.ends_with(kSegmentEnd)) return std::nullopt;
  const char* begin = name.data() + start.size();
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(begin, begin + kDigits, number, 16);
  if (error != std::errc() || end != begin + kDigits) return std::nullopt;
  return segment_name(number, kind) == name ? std::optional(number) : std::nullopt;
}

std::string damaged_name(uint64_t number, uint32_t kind) {
  return segment_name(number, kind) + std::string(kDamagedEnd);
}

bool is_damaged_name(std::string_view name, uint32_t kind) {
  if (!name.ends_with(kDamagedEnd)) return false;
  name.remove_suffix(kDamagedEnd.size());
  return segment_number(name, kind).has_value();
}

}  // namespace awps
