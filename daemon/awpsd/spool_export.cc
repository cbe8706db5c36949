#include "daemon/awpsd/spool_export.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <utility>

#include "record/record_lines.h"

namespace awps {

namespace {

constexpr size_t kExportPiece = size_t{64} << 10U;

// As the daemon would find it now.
void age(Record& record, WallTime now) {
  Duration& left = record.action.time_to_live;
  if (left == Duration::zero() || record.accepted_at == WallTime{}) return;
  const Duration since = std::max(Duration::zero(), Duration(now - record.accepted_at));
  left = std::max(Duration(1), left - since);
}

}  // namespace

SpoolExport::SpoolExport(std::string path, WallTime now, size_t max_line_bytes)
    : path_(std::move(path)),
      now_(now),
      max_line_bytes_(max_line_bytes),
      file_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) {
  if (!file_.valid()) fail(errno == EEXIST ? "make, which is there already," : "make");
}

SpoolExport::~SpoolExport() {
  if (file_.valid() && !is_finished_) (void)::unlink(path_.c_str());  // at worst it is found
}

bool SpoolExport::add(std::string_view bytes) {
  Result<Record> record = reader_.read(bytes);
  if (!record) return false;
  ++actions_;
  end_batch_before(*record);
  if (record->origin.ordered_batch != 0) {
    OpenBatch& batch = batches_[record->origin.producer];
    batch.number = record->origin.ordered_batch;
    batch.records.emplace_back(bytes);
    return true;
  }
  age(*record, now_);
  line_.clear();
  append_line(line_, *record);
  write_line(line_);
  return true;
}

void SpoolExport::end_batch_before(const Record& record) {
  const auto open = batches_.find(record.origin.producer);
  if (open == batches_.end() || open->second.number == record.origin.ordered_batch) return;
  const OpenBatch batch = std::move(open->second);
  batches_.erase(open);
  write_batch(batch);
}

void SpoolExport::write_batch(const OpenBatch& batch) {
  RecordLines lines([this](std::string_view line, std::span<const size_t>) { write_line(line); },
                    max_line_bytes_);
  RecordReader reader;
  const auto visit = [&](const auto& take) {
    for (const std::string& bytes : batch.records) {
      Record record = std::move(reader.read(bytes)).value();  // add() has read it
      age(record, now_);
      take(record);
    }
  };
  visit([&](const Record& record) { lines.expect(record); });
  visit([&](const Record& record) { lines.add(record); });
}

void SpoolExport::write_line(std::string_view line) {
  text_ += line;
  text_ += '\n';
  if (text_.size() >= kExportPiece) flush();
}

void SpoolExport::end_log() {
  for (const auto& [producer, batch] : std::exchange(batches_, {})) write_batch(batch);
}

bool SpoolExport::finish() {
  end_log();
  flush();
  if (error_.empty() && ::fsync(file_.get()) != 0) fail("sync");
  is_finished_ = error_.empty();
  return is_finished_;
}

void SpoolExport::flush() {
  std::string_view left = text_;
  while (error_.empty() && !left.empty()) {
    const ssize_t written = ::write(file_.get(), left.data(), left.size());
    if (written > 0) {
      left.remove_prefix(static_cast<size_t>(written));
    } else if (errno != EINTR) {
      fail("write");
    }
  }
  text_.clear();
}

void SpoolExport::fail(std::string_view what) {
  error_ = "cannot " + std::string(what) + " '" + path_ + "': " + std::strerror(errno) +
           "; nothing is exported";
}

}  // namespace awps
