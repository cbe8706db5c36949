#pragma once

// Router: which hub an action of one producer goes to. It decides and writes nothing; --explain
// decides by it, too.
//
// 1. An action goes to the hub that it names, else to the one of the hello, else to the default.
// 2. The hub must be configured and must admit the producer. Both are looked up in the directory
//    that is given, so a reload also reaches connections that are open.
// 3. All elements of an ordered batch go to one hub: that of the first that has one.
//
// Belongs to the thread of its producer. It is told of another directory by follow(); until then
// the one that it was made with must live.

#include <string>
#include <string_view>

#include "action/refusal.h"
#include "base/result.h"
#include "intake/hub_directory.h"
#include "net/peer_credentials.h"

namespace awps {

class Router {
 public:
  using Decision = Result<const IntakeHub*, Refusal>;

  /// `default_hub`: where an action goes that names none; nullptr: nowhere.
  Router(PeerCredentials credentials, const IntakeHub* default_hub)
      : credentials_(std::move(credentials)) {
    lead_to(default_hub);
  }

  /// Its door has judged who may: no hub's list of users is asked.
  void admit_everywhere() { is_admitted_ = true; }

  /// The directory is another one from now on.
  void follow(const HubDirectory& hubs) { hub_ = hubs.find(hub_name_); }

  /// The hub of a hello, "" if it names none: where its connection's actions go that name none;
  /// nullptr: nowhere.
  Decision greet(std::string_view name, const HubDirectory& hubs);
  /// The hub of an action that names it, or names none ("").
  Decision route(std::string_view name, const HubDirectory& hubs);

  /// The least of those that its actions may go to.
  Duration least_dedupe_window(const HubDirectory& hubs) const;

  void begin_ordered_batch() {
    in_ordered_batch_ = true;
    batch_hub_.clear();
  }
  void end_ordered_batch() { in_ordered_batch_ = false; }
  bool in_ordered_batch() const { return in_ordered_batch_; }

 private:
  void lead_to(const IntakeHub* hub);
  Decision find(std::string_view name, const HubDirectory& hubs) const;
  Refusal forbidden(const IntakeHub& hub) const;

  bool may_use(const IntakeHub& hub) const {
    return is_admitted_ || hub.access.admits(credentials_);
  }

  PeerCredentials credentials_;
  bool is_admitted_ = false;
  const IntakeHub* hub_ = nullptr;  // where actions go that name none
  std::string hub_name_;            // its name, also when it is gone; "": there was none
  bool in_ordered_batch_ = false;
  std::string batch_hub_;  // that of its first element; "": none yet
};

}  // namespace awps
