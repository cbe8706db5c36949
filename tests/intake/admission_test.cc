#include "intake/admission.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace awps {
namespace {

constexpr Instant kNow{std::chrono::hours(1)};

class AdmissionTest : public testing::Test {
 protected:
  /// A read of lines of `line_bytes`, of each of which `data_bytes` are its data; every `one_in`th
  /// is for this hub.
  void read(size_t lines, size_t line_bytes, size_t data_bytes, size_t one_in = 1) {
    const std::string data(data_bytes, 'd');
    const Action action{.kind = ActionKind::kSendToGroup, .group = "group", .data = data};
    for (size_t left = lines; left > 0; --left) {
      if (left % one_in != 0) continue;
      const auto charge = static_cast<uint32_t>(charge_of(action));
      if (!admission_.is_granted(charge)) {
        ASSERT_EQ(admission_.room_for(charge), Budget::Room::kFree);
      }
      admission_.add(action, {.seq = ++seq_, .charge = charge},
                     {.at = kNow, .bytes_left = left * line_bytes});
      needed_ += Accepted::bytes_of(action, {});
    }
    admission_.hand_over(0);
    std::array<std::unique_ptr<Batch>, 64> batches;
    while (const size_t count = queue_.pop(batches)) {
      for (size_t i = 0; i < count; ++i) {
        ++batches_;
        memory_ += batches[i]->memory();
        queue_.budget().release(batches[i]->charge(), account_);
      }
    }
  }
  void forget() { batches_ = memory_ = needed_ = 0; }

  HubQueue queue_{{.hub = "chat", .budget = {.max_producer_share = 1}}, [] {}, [] {}};
  MemoryEntrance entrance_{queue_};
  Account account_;
  PendingReceipts pending_;
  Admission admission_{
      {.name = "chat", .queue = &queue_, .entrance = &entrance_}, account_, 0, pending_};
  uint64_t seq_ = 0;
  size_t batches_ = 0;
  size_t memory_ = 0;  // of them
  size_t needed_ = 0;  // for their actions
};

struct Shape {
  const char* name;
  size_t lines;
  size_t line_bytes;
  size_t data_bytes;
  size_t one_in = 1;
};
std::ostream& operator<<(std::ostream& out, const Shape& shape) {
  return out << shape.name;
}
class ReadsOfAShape : public AdmissionTest, public testing::WithParamInterface<Shape> {};

TEST_P(ReadsOfAShape, TakeLittleMoreMemoryThanTheirActions) {
  const auto& [name, lines, line_bytes, data_bytes, one_in] = GetParam();
  read(lines, line_bytes, data_bytes, one_in);
  forget();
  for (int i = 0; i < 10; ++i) read(lines, line_bytes, data_bytes, one_in);
  EXPECT_GE(memory_ * 10, needed_ * 9);  // memory that nobody needs is not counted as needed
  EXPECT_LE(memory_ * 100, needed_ * 115);
}

INSTANTIATE_TEST_SUITE_P(
    , ReadsOfAShape,
    testing::Values(Shape{"OneLine", 1, 150, 80}, Shape{"APageOfLines", 27, 150, 80},
                    Shape{"ManyLines", 1000, 150, 80}, Shape{"TinyLines", 1000, 60, 1},
                    Shape{"LinesOfSomeHundredBytes", 100, 800, 700},
                    Shape{"LargeLines", 10, 20'000, 19'900}, Shape{"OneLargeLine", 1, 5000, 4900},
                    Shape{"AFewForThisHub", 1000, 150, 80, 100},
                    Shape{"OneForThisHub", 1000, 150, 80, 1000}),
    [](const auto& row) { return std::string(row.param.name); });

TEST_F(AdmissionTest, ReadsAfterOthersOfAnotherShapeDoNotFallApartIntoSmallBatches) {
  for (int i = 0; i < 3; ++i) read(1000, 150, 80, 1000);
  forget();
  read(1000, 150, 80);
  EXPECT_LE(batches_, 50U);
}

TEST_F(AdmissionTest, AnActionIsKeptWithFewOthers) {
  read(1000, 60, 1);
  EXPECT_GE(batches_, 1000U / 32);
  forget();
  read(1000, 150, 80);
  EXPECT_LE(memory_ / batches_, 4096U);
}

}  // namespace
}  // namespace awps
