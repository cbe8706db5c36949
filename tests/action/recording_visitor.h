#pragma once

// RecordingVisitor: keeps what a decoder says about lines, as values that outlive them.

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "action/decoder.h"
#include "base/arena.h"

namespace awps {

struct Recorded {
  enum class Kind { kAction, kRejected, kWarning, kHello, kBadHello, kBeginBatch, kEndBatch };
  Kind kind;
  Action action;  // its texts live in the visitor's arena
  RejectCode code = RejectCode::kInvalidAction;
  std::string message;
  std::string id;
  std::string hub;
  std::string producer;
  Ack ack = Ack::kNone;
  bool deduplicate = false;
};

class RecordingVisitor final : public LineVisitor {
 public:
  void on_action(const Action& action) override {
    add(Recorded::Kind::kAction).action = copy_into(action, *arena_);
  }
  void on_rejected(const Rejection& rejection) override {
    add_rejection(Recorded::Kind::kRejected, rejection);
  }
  void on_warning(std::string message) override {
    add(Recorded::Kind::kWarning).message = std::move(message);
  }
  void on_hello(const Hello& hello) override {
    Recorded& record = add(Recorded::Kind::kHello);
    record.hub = hello.hub;
    record.producer = hello.producer;
    record.ack = hello.ack;
    record.deduplicate = hello.deduplicate;
  }
  void on_bad_hello(const Rejection& rejection) override {
    add_rejection(Recorded::Kind::kBadHello, rejection);
  }
  void begin_ordered_batch() override { add(Recorded::Kind::kBeginBatch); }
  void end_ordered_batch() override { add(Recorded::Kind::kEndBatch); }

  const std::vector<Recorded>& records() const { return records_; }

  /// One letter a record, in order: A action, R rejected, W warning, H hello, B bad hello, [ and ].
  std::string shape() const {
    std::string letters;
    for (const Recorded& record : records_) letters += "ARWHB[]"[static_cast<int>(record.kind)];
    return letters;
  }

 private:
  Recorded& add(Recorded::Kind kind) {
    records_.push_back({});
    records_.back().kind = kind;
    return records_.back();
  }
  void add_rejection(Recorded::Kind kind, const Rejection& rejection) {
    Recorded& record = add(kind);
    record.code = rejection.code;
    record.message = rejection.message;
    record.id = rejection.id;
  }

  std::unique_ptr<Arena> arena_ = std::make_unique<Arena>(4096);
  std::vector<Recorded> records_;
};

/// Decodes `line` from a heap buffer that ends exactly with the padding, so that a sanitizer sees
/// any step beyond it.
inline void decode_padded(ActionDecoder& decoder, std::string_view line, LinesBefore& before,
                          LineVisitor& visitor) {
  const auto buffer = std::make_unique<char[]>(line.size() + kLinePadding);
  std::copy(line.begin(), line.end(), buffer.get());
  std::fill_n(buffer.get() + line.size(), kLinePadding, '"');
  decoder.decode({buffer.get(), line.size()}, before, visitor);
}

/// A line of a connection on which nothing is open.
inline void decode_padded(ActionDecoder& decoder, std::string_view line, bool first_line,
                          LineVisitor& visitor) {
  LinesBefore before{.none = first_line};
  decode_padded(decoder, line, before, visitor);
}

inline RecordingVisitor decode_line(std::string_view line, bool first_line = false) {
  ActionDecoder decoder;
  RecordingVisitor visitor;
  decode_padded(decoder, line, first_line, visitor);
  return visitor;
}

/// The lines of one connection, from its first.
inline RecordingVisitor decode_lines(std::string_view lines) {
  ActionDecoder decoder;
  LinesBefore before;
  RecordingVisitor visitor;
  while (!lines.empty()) {
    const size_t end = std::min(lines.find('\n'), lines.size());
    decode_padded(decoder, lines.substr(0, end), before, visitor);
    before.none = false;
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return visitor;
}

}  // namespace awps
