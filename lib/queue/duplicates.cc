#include "queue/duplicates.h"

#include <string>

#include "base/check.h"

namespace awps {

void note_ids(Batch& batch) {
  const std::string& scope = batch.account().id_scope;
  std::vector<ActionId> ids;
  ids.reserve(batch.count());
  bool any = false;
  for (const Accepted* item = batch.first(); item != nullptr; item = item->next) {
    ActionId& id = ids.emplace_back();
    if (item->id().empty() || item->ordered_batch() != 0) continue;
    id = {.hash = hash_of_id(scope, item->id()),
          .is_set = true,
          .is_new = batch.account().ids_are_new};
    any = true;
  }
  if (any) batch.uncommitted().ids = std::move(ids);
}

TakenOut take_out_duplicates(Batch& batch, std::vector<Outcome>& outcomes) {
  TakenOut taken;
  if (!batch.has_ids()) return taken;
  const std::vector<ActionId>& ids = batch.uncommitted().ids;
  AWPS_CHECK(ids.size() == batch.count());
  Account& account = batch.account();
  Accepted* before = nullptr;
  size_t number = 0;
  for (Accepted* item = batch.first(); item != nullptr; item = item->next) {
    if (!ids[number++].is_duplicate) {
      before = item;
      continue;
    }
    batch.take_out(before, *item);
    ++taken.actions;
    taken.charge += item->charge;
    if (!account.wants_outcomes) continue;
    Outcome& outcome = outcomes.emplace_back();
    outcome.account = &account;
    outcome.seq = item->seq;
    outcome.kind = OutcomeKind::kDuplicate;
    outcome.id = item->id();
  }
  batch.uncommitted().ids.clear();
  return taken;
}

}  // namespace awps
