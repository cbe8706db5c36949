#include "hub/redrive.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace awps {

namespace {

// No connection's number: those count from 1.
constexpr uint64_t kProducer = UINT64_MAX;

bool undoes_what_is_later(ActionKind kind) {
  return !is_send(kind);
}

bool is_older(const DeadLetter& a, const DeadLetter& b) {
  return std::tuple(a.accepted_at, a.producer_number, a.seq) <
         std::tuple(b.accepted_at, b.producer_number, b.seq);
}

// Puts the one action of a letter's line into the batch.
class IntoBatch final : public LineVisitor {
 public:
  IntoBatch(Batch& batch, uint64_t seq) : batch_(batch), seq_(seq) {}

  void on_action(const Action& action) override {
    kind = action.kind;
    is_taken = true;
    batch_.add(action, seq_, static_cast<uint32_t>(charge_of(action)), /*ordered_batch=*/0);
  }
  void on_rejected(const Rejection& rejection) override { problem = rejection.message; }
  void on_warning(std::string /*message*/) override {}
  void on_hello(const Hello& /*hello*/) override {}
  void on_bad_hello(const Rejection& rejection) override { problem = rejection.message; }
  void begin_ordered_batch() override {}
  void end_ordered_batch() override {}

  ActionKind kind = ActionKind::kSendToAll;
  bool is_taken = false;
  std::string problem;

 private:
  Batch& batch_;
  uint64_t seq_;
};

}  // namespace

Redrive::Redrive() {
  account_.producer = kProducer;
  account_.producer_name = "redrive";
}

Redrive::Result Redrive::batches_of(std::vector<DeadLetter> letters, const Overtakings& overtakings,
                                    Instant now) {
  Result result;
  std::ranges::sort(letters, is_older);
  for (DeadLetter& letter : letters) {
    if (result.batches.empty() || result.batches.back()->count() == kMostInBatch) {
      result.batches.push_back(std::make_unique<Batch>(account_, now, letter.action.size()));
    }
    line_ = letter.action;
    const size_t length = line_.size();
    line_.append(kLinePadding, ' ');
    IntoBatch taking(*result.batches.back(), ++seq_);
    decoder_.decode(std::string_view(line_).substr(0, length), /*first_line=*/false, taking);
    const std::string name = "dead letter " + std::to_string(letter.number);
    if (!taking.is_taken) {
      result.warnings.push_back(name + " was not sent again: " + taking.problem);
      result.unreadable.push_back(std::move(letter));
      continue;
    }
    ++result.actions;
    if (undoes_what_is_later(taking.kind) && overtakings.has_overtaken(letter)) {
      result.warnings.push_back(name + " (" + std::string(name_of(taking.kind)) +
                                ") undoes a later action of the same target");
    }
  }
  if (!result.batches.empty() && result.batches.back()->count() == 0) result.batches.pop_back();
  return result;
}

}  // namespace awps
