#include "worker/letter_recovery.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "record/record.h"
#include "worker/producer_number.h"

namespace awps {

namespace {

constexpr size_t kBytesOfALook = size_t{1} << 20U;
constexpr int kMostReads = 1000;  // that bring nothing

uint32_t run_of(uint64_t producer) {
  return static_cast<uint32_t>(producer >> kConnectionBits);
}

// Positions begin anew where a log was empty: the run tells, and the producer's own number.
bool is_of(const DeadLetter& letter, const Origin& origin) {
  return run_of(origin.producer) <= letter.run && origin.seq == letter.origin.seq &&
         connection_of(origin.producer) == connection_of(letter.origin.producer);
}

// Visits all that lives in a log, as far as the disk gives it.
Result<void, IoError> look_at_all(Log& log, const Log::Visit& visit) {
  const Position end = log.status().committed;
  Position from = 1;
  int failures = 0;
  while (from < end) {
    const Position before = from;
    const Result<void, IoError> looked = log.look(from, kBytesOfALook, visit);
    failures = from > before ? 0 : failures + 1;
    if (looked && from == before) break;
    if (!looked && failures > kMostReads) return looked;
  }
  log.end_looking();
  return {};
}

}  // namespace

Result<std::vector<RestoredLetter>, IoError> read_letters(Log& letters, const LetterTime& moment) {
  std::vector<RestoredLetter> found;
  LetterReader reader;
  const auto read = look_at_all(letters, [&](Position number, std::string_view bytes) {
    found.push_back({.letter = reader.read(bytes, moment)});
    found.back().letter.number = number;
  });
  if (!read) return read.error();
  return found;
}

uint32_t last_run_of(const std::vector<RestoredLetter>& letters) {
  uint32_t last = 0;
  for (const RestoredLetter& one : letters) last = std::max(last, one.letter.run);
  return last;
}

Result<LetterMatch, IoError> match_letters(Log& log, std::vector<RestoredLetter>& letters) {
  LetterMatch match;
  if (letters.empty() || log.status().records == 0) return match;
  std::unordered_map<Position, RestoredLetter*> by_position;
  std::unordered_map<uint64_t, const DeadLetter*> by_number;
  for (RestoredLetter& one : letters) {
    // Of two with one position the later is of the later run.
    if (one.letter.position != 0) by_position[one.letter.position] = &one;
    by_number[one.letter.number] = &one.letter;
  }
  std::vector<Position> released;
  RecordReader reader;
  const auto looked = look_at_all(log, [&](Position position, std::string_view bytes) {
    const Result<Record> record = reader.read(bytes);
    const auto given_up = by_position.find(position);
    if (given_up != by_position.end()) {
      const DeadLetter& letter = given_up->second->letter;
      if (record ? is_of(letter, record->origin) : letter.record == bytes) {
        given_up->second->generation = 1;
        released.push_back(position);
      }
    }
    if (!record || record->letter == 0) return;
    const auto named = by_number.find(record->letter);
    if (named == by_number.end() || named->second->run > run_of(record->origin.producer)) return;
    match.done.push_back(record->letter);
  });
  if (!looked) return looked.error();
  for (const Position position : released) log.release({position, 1});
  if (!released.empty()) log.want_frame();
  std::ranges::sort(match.done);
  match.released = released.size();
  return match;
}

}  // namespace awps
