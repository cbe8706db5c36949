#include "socket/line_handler.h"

#include <algorithm>

namespace awps {

static_assert(kReadPadding >= kLinePadding, "the decoder reads over the end of a line");

namespace {

std::string why_full(Budget::Room room, const std::string& name) {
  const std::string hub = "hub '" + name + "'";
  switch (room) {
    case Budget::Room::kFree:
      break;
    case Budget::Room::kHubFull:
      return hub + " holds as much as it may (max_queued_bytes); send this again later";
    case Budget::Room::kProducerFull:
      return "this connection holds its share of " + hub +
             " (max_producer_share); send this again later";
    case Budget::Room::kNotAdmitting:
      return hub + " accepts nothing while an operator drains it; send this again later";
  }
  return "";
}

}  // namespace

LineHandler::LineHandler(const IntakeServices& services, const LineLimits& limits, Peer peer,
                         ReplyBuffer& replies)
    : services_(services),
      limits_(limits),
      peer_(std::move(peer)),
      replies_(replies),
      hub_(services.hubs->default_hub()) {}

LineHandler::~LineHandler() {
  for (const auto& admission : admissions_) services_.accounts.orphan(admission->account());
}

LineHandler::Taken LineHandler::take(const Line& line, const Admission::Read& read) {
  line_ = line.number;
  read_ = read;
  seq_before_line_ = seq_;
  full_ = nullptr;
  if (line.too_long) {
    on_rejected({RejectCode::kLineTooLong,
                 "the line exceeds what this daemon takes at present (max_line_bytes is " +
                     std::to_string(limits_.max_line_bytes) +
                     ", max_partial_bytes bounds all lines still arriving); send shorter lines",
                 {}});
  } else if (must_pay_back_first()) {
    return Taken::kPutBack;
  } else {
    services_.decoder.decode(line.text, first_line_, *this);
  }
  if (full_ != nullptr) return Taken::kPutBack;
  first_line_ = false;
  return Taken::kWhole;
}

// What earlier lines took beyond a hub's room is to be free again before more is taken.
bool LineHandler::must_pay_back_first() {
  for (const auto& admission : admissions_) {
    if (!admission->is_overdrawn()) continue;
    full_ = admission.get();
    full_charge_ = kFixedCharge;
    return true;
  }
  return false;
}

void LineHandler::end_read(size_t bytes_left) {
  for (const auto& admission : admissions_) admission->hand_over(bytes_left);
  services_.counters.lines.add(line_ - counted_lines_);
  services_.counters.actions.add(seq_ - counted_actions_);
  counted_lines_ = line_;
  counted_actions_ = seq_;
  acks_.tell_accepted(replies_.text());
}

bool LineHandler::must_wait_for_room() {
  return full_->must_wait_for(full_charge_);
}

bool LineHandler::has_room_for_read(size_t bytes) const {
  // A short message's charge is about twice its line.
  return !admissions_.empty() && std::ranges::all_of(admissions_, [bytes](const auto& admission) {
    return admission->queue().budget().room_for(2 * bytes, 0, admission->account()) ==
           Budget::Room::kFree;
  });
}

void LineHandler::refuse_the_rest(RejectCode code, std::string message) {
  refuse({}, {code, std::move(message), {}});
}

void LineHandler::on_action(const Action& action) {
  if (full_ != nullptr) return;
  const bool is_for_own_hub = action.options->hub.empty() && !in_ordered_batch_;
  const bool knows_own = own_ != nullptr && !own_->queue().is_removed();
  Admission* admission = is_for_own_hub && knows_own ? own_ : route(action);
  if (admission == nullptr) return;
  const auto charge = static_cast<uint32_t>(charge_of(action));
  if (!admission->is_granted(charge) && !has_room(*admission, action, charge)) return;
  ++seq_;
  acks_.note_accepted(seq_);
  admission->add(action, {seq_, charge, in_ordered_batch_ ? ordered_batches_ : 0}, read_);
}

bool LineHandler::has_room(Admission& admission, const Action& action, uint32_t charge) {
  const bool block = admission.queue().block_when_full();
  const Budget::Room room = admission.room_for(charge);
  if (room == Budget::Room::kFree) return true;
  const bool is_first = seq_ == seq_before_line_;
  if (block && !is_first) {
    admission.overdraw();
    return true;
  }
  if (block) {
    full_ = &admission;
    full_charge_ = charge;
    return false;
  }
  refuse_action(action, RejectCode::kQueueFull, why_full(room, admission.queue().hub()));
  return false;
}

Admission* LineHandler::route(const Action& action) {
  const std::string_view name = action.options->hub;
  Admission* admission = name.empty() ? own_ : nullptr;
  if (admission == nullptr || admission->queue().is_removed()) {
    const IntakeHub* hub = name.empty() ? hub_ : services_.hubs->find(name);
    if (hub == nullptr) {
      refuse_action(action, RejectCode::kUnknownHub,
                    name.empty() ? "the action names no hub, and there is no default; add \"hub\" "
                                   "to it or to the hello, or set service.hub"
                                 : "there is no hub '" + std::string(name) + "', but " +
                                       services_.hubs->names() +
                                       "; correct \"hub\", or configure it as [hubs.NAME]");
      return nullptr;
    }
    if (hub->queue->is_removed()) {
      refuse_action(action, RejectCode::kUnknownHub,
                    "hub '" + hub->queue->hub() + "' is no longer configured; name one of " +
                        services_.hubs->names());
      return nullptr;
    }
    admission = admission_for(*hub);
    if (admission == nullptr) {
      refuse_action(action, RejectCode::kForbidden,
                    "hub '" + hub->queue->hub() + "' does not admit user id " +
                        std::to_string(peer_.credentials.uid) +
                        "; extend its allow_users or allow_groups");
      return nullptr;
    }
    if (name.empty()) own_ = admission;
  }
  if (!in_ordered_batch_) return admission;
  if (batch_admission_ == nullptr) batch_admission_ = admission;
  if (batch_admission_ == admission) return admission;
  refuse_action(action, RejectCode::kInvalidAction,
                "an ordered batch goes to one hub, this one to '" +
                    batch_admission_->queue().hub() + "'; send this element in another batch");
  return nullptr;
}

Admission* LineHandler::admission_for(const IntakeHub& hub) {
  const auto known = std::ranges::find_if(
      admissions_, [&hub](const auto& admission) { return &admission->queue() == hub.queue; });
  if (known != admissions_.end()) return known->get();
  if (!hub.access.admits(peer_.credentials)) return nullptr;
  Account& account =
      services_.accounts.open({peer_.number, producer_name_, acks_.ack() == Ack::kDelivered});
  admissions_.push_back(std::make_unique<Admission>(*hub.queue, account, services_.intake_thread));
  return admissions_.back().get();
}

void LineHandler::on_rejected(const Rejection& rejection) {
  if (full_ != nullptr) return;
  ++seq_;
  services_.counters.rejected.add();
  refuse({seq_, line_}, rejection);
}

void LineHandler::refuse_action(const Action& action, RejectCode code, std::string message) {
  on_rejected({code, std::move(message), action.id});
}

void LineHandler::refuse(Place place, const Rejection& rejection) {
  if (!replies_.reject(place, rejection)) services_.counters.replies_dropped.add();
}

void LineHandler::on_warning(std::string message) {
  if (full_ != nullptr) return;
  services_.counters.warnings.add();
  if (warned_) return;
  warned_ = true;
  append_warning(replies_.text(), seq_, message);
}

void LineHandler::on_hello(const Hello& hello) {
  const IntakeHub* hub = hello.hub.empty() ? hub_ : services_.hubs->find(hello.hub);
  if (hub == nullptr && !hello.hub.empty()) {
    on_bad_hello({RejectCode::kUnknownHub,
                  "there is no hub '" + std::string(hello.hub) + "', but " +
                      services_.hubs->names() +
                      "; correct \"hub\" of the hello, or configure it as [hubs.NAME]",
                  {}});
    return;
  }
  if (hub != nullptr && !hello.hub.empty() && !hub->access.admits(peer_.credentials)) {
    on_bad_hello({RejectCode::kForbidden,
                  "hub '" + hub->queue->hub() + "' does not admit user id " +
                      std::to_string(peer_.credentials.uid) +
                      "; extend its allow_users or allow_groups",
                  {}});
    return;
  }
  hub_ = hub;
  producer_name_ = hello.producer;
  acks_.set_ack(hello.ack);
  replies_.set_may_drop(hello.ack == Ack::kNone);
  append_ready(replies_.text(),
               {.hub = hub == nullptr ? std::string_view() : std::string_view(hub->queue->hub()),
                .ack = hello.ack,
                .max_line_bytes = limits_.max_line_bytes,
                .max_message_bytes = limits_.max_message_bytes});
}

void LineHandler::on_bad_hello(const Rejection& rejection) {
  refused_ = true;
  refuse({0, line_}, rejection);
}

void LineHandler::begin_ordered_batch() {
  ++ordered_batches_;
  in_ordered_batch_ = true;
  batch_admission_ = nullptr;
}

void LineHandler::end_ordered_batch() {
  in_ordered_batch_ = false;
}

}  // namespace awps
