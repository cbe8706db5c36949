#include "intake/source.h"

#include <algorithm>

namespace awps {

namespace {

std::string why_full(Budget::Room room, const std::string& name) {
  const std::string hub = "hub '" + name + "'";
  switch (room) {
    case Budget::Room::kFree:
      break;
    case Budget::Room::kHubFull:
      return hub + " is full (max_queued_bytes); send this again later";
    case Budget::Room::kProducerFull:
      return "this connection has used up its share of " + hub +
             " (max_producer_share); send this again later";
    case Budget::Room::kNotAdmitting:
      return hub + " accepts nothing while an operator drains it; send this again later";
    case Budget::Room::kProducerSpoolFull:
      return "this connection has used up its share of the disk of " + hub +
             " (max_producer_share); send this again later";
    case Budget::Room::kSpoolFull:
      return hub + " is full: the logs of all hubs take what they may of the disk " +
             "(spool.max_bytes); send this again later";
    case Budget::Room::kHubSpoolFull:
      return hub +
             " is full: its log takes what it may of the disk (spool_max_bytes); send this "
             "again later";
    case Budget::Room::kDiskFull:
      return hub + " is full: its disk is (spool.min_free_bytes); send this again later";
    case Budget::Room::kRecovering:
      return hub + " reads what it has on its disk; send this again later";
    case Budget::Room::kStorageFailed:
      return hub + " cannot write to its disk; send this again later";
  }
  return "";
}

}  // namespace

Source::Source(SourceSlot& slot, const Peer& peer)
    : slot_(slot),
      number_(peer.number),
      user_(peer.credentials.uid),
      router_(peer.credentials, slot.hubs().default_hub()) {
  if (peer.is_admitted) router_.admit_everywhere();
}

Source::~Source() {
  for (const auto& admission : admissions_) slot_.accounts().orphan(admission->account());
}

void Source::introduce(std::string name, bool wants_outcomes) {
  name_ = std::move(name);
  wants_outcomes_ = wants_outcomes;
}

void Source::set_partition(std::shared_ptr<const StreamLease> lease, bool letters_elsewhere) {
  is_partition_ = true;
  lease_ = std::move(lease);
  letters_elsewhere_ = letters_elsewhere;
  waits_when_full_ = true;
}

Source::Decision Source::admit(const Action& action, const Arrival& arrival,
                               const Admission::Read& read) {
  Admission* admission = admission_for(action);
  if (admission == nullptr) return Decision::kRefused;
  Account& account = admission->account();
  // Read by the hub's thread, too: not written for nothing.
  if (account.ids_are_new != ids_are_new_) account.ids_are_new = ids_are_new_;
  const auto charge = static_cast<uint32_t>(charge_of(action));
  if (!admission->is_granted(charge)) {
    const Decision decision = has_room(*admission, charge);
    if (decision != Decision::kAdmitted) return decision;
  }
  admitted_ = admission;
  admission->add(action, {arrival.seq, charge, arrival.ordered_batch, arrival.line}, read);
  return Decision::kAdmitted;
}

Source::Decision Source::has_room(Admission& admission, uint32_t charge) {
  const Budget::Room room = admission.room_for(charge);
  if (room == Budget::Room::kFree) return Decision::kAdmitted;
  if (room == Budget::Room::kStorageFailed && !waits_when_full_) {
    return refuse({RejectCode::kStorageFailed, why_full(room, admission.queue().hub())});
  }
  if (!waits_when_full_ && !admission.queue().block_when_full()) {
    return refuse({RejectCode::kQueueFull, why_full(room, admission.queue().hub())});
  }
  full_ = &admission;
  full_charge_ = charge;
  return Decision::kFull;
}

Source::Decision Source::refuse(Refusal refusal) {
  refusal_ = std::move(refusal);
  return Decision::kRefused;
}

Admission* Source::admission_for(const Action& action) {
  const HubDirectory& hubs = slot_.hubs();
  const std::string_view name = action.options->hub;
  const bool is_for_own = name.empty() && !router_.in_ordered_batch();
  if (is_for_own && own_ != nullptr && !own_->queue().is_removed()) return own_;
  Router::Decision decision = router_.route(name, hubs);
  if (!decision) {
    refuse(std::move(decision).error());
    return nullptr;
  }
  Admission& admission = open(**decision);
  if (name.empty()) own_ = &admission;
  return &admission;
}

Admission& Source::open(const IntakeHub& hub) {
  const auto known = std::ranges::find_if(
      admissions_, [&hub](const auto& admission) { return &admission->queue() == hub.queue; });
  if (known != admissions_.end()) return **known;
  const bool knows_ids = hub.dedupe_window > Duration::zero();
  Account& account = slot_.accounts().open({.number = number_,
                                            .name = name_,
                                            .wants_outcomes = wants_outcomes_,
                                            .wants_answers = wants_answers_,
                                            .id_scope = knows_ids ? id_scope_ : std::string(),
                                            .of_stream = is_partition_,
                                            .letters_elsewhere = letters_elsewhere_,
                                            .lease = lease_});
  return *admissions_.emplace_back(
      std::make_unique<Admission>(hub, account, slot_.number(), pending_));
}

void Source::follow_directory() {
  router_.follow(slot_.hubs());
  drop_removed();
}

// What the directory does not lead to is gone, be it removed or a stand-in of a hub that is made by
// now. An account that receipts are awaited for must stay: they name it by its address.
void Source::drop_removed() {
  own_ = nullptr;
  admitted_ = nullptr;
  full_ = nullptr;
  keeps_removed_ = false;
  std::erase_if(admissions_, [this](const auto& admission) {
    const HubQueue& queue = admission->queue();
    if (!queue.is_removed() && slot_.hubs().has(queue)) return false;
    if (pending_.awaits(admission->account())) {
      keeps_removed_ = true;
      return false;
    }
    slot_.accounts().orphan(admission->account());
    return true;
  });
}

void Source::end_read(size_t bytes_left) {
  for (const auto& admission : admissions_) admission->hand_over(bytes_left);
}

bool Source::has_room_for_read(size_t bytes) const {
  // A short message's charge is about twice its line.
  return !admissions_.empty() && std::ranges::all_of(admissions_, [bytes](const auto& admission) {
    return admission->queue().budget().room_for(2 * bytes, 0, admission->account()) ==
           Budget::Room::kFree;
  });
}

}  // namespace awps
