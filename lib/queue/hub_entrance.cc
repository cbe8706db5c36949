#include "queue/hub_entrance.h"

#include "queue/hub_queue.h"

namespace awps {

std::optional<Receipt> MemoryEntrance::enter(int intake_thread, std::unique_ptr<Batch> batch) {
  const Receipt receipt{.account = &batch->account(),
                        .up_to = batch->last()->seq,
                        .producer = batch->account().producer};
  queue_.budget().add(batch->charge(), batch->account());
  queue_.push(intake_thread, std::move(batch));
  return receipt;
}

void MemoryEntrance::end_read() {
  queue_.wake_worker();
}

}  // namespace awps
