#pragma once

// SourceSlot: what the hubs see of one thread of a door, be it a socket, a gateway or a stream: its
// number, which is its place in every hub's queue, the accounts of its producers, and the queue by
// which reports come back.
//
// 1. It knows the directory of the hubs that are configured now. When that is another one, each of
//    its sources must follow, see use().
// 2. An account is freed as account.h demands: sweep() takes the reports in between.
//
// Belongs to the door's thread. The hubs use reports() from theirs, as report_queue.h says.

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "intake/account_table.h"
#include "intake/hub_directory.h"
#include "queue/report_queue.h"

namespace awps {

class SourceSlot {
 public:
  /// `wake` interrupts the thread's wait; called from any thread.
  SourceSlot(int number, std::shared_ptr<const HubDirectory> hubs, std::function<void()> wake)
      : number_(number), hubs_(std::move(hubs)), reports_(std::move(wake)), accounts_(reports_) {}

  int number() const { return number_; }
  const HubDirectory& hubs() const { return *hubs_; }
  /// Actions that come from now on find their hubs in `hubs`. Between two reads; then call
  /// follow_directory() of each source: while one does not follow, hubs that are gone stay.
  void use(std::shared_ptr<const HubDirectory> hubs) { hubs_ = std::move(hubs); }

  ReportQueue& reports() { return reports_; }
  AccountTable& accounts() { return accounts_; }

  /// What was reported since the last time, or the first of it: call it until it is empty. Valid
  /// until the next call.
  const std::vector<Report>& take_reports() {
    taken_.clear();
    reports_.pop(taken_);
    return taken_;
  }

  /// Frees accounts of producers that are gone; `take_reports` is called in between and must take
  /// all there are.
  template <typename TakeReports>
  void sweep(TakeReports take_reports) {
    accounts_.begin_sweep();
    take_reports();
    accounts_.end_sweep();
  }

 private:
  int number_;
  std::shared_ptr<const HubDirectory> hubs_;
  ReportQueue reports_;
  AccountTable accounts_;
  std::vector<Report> taken_;
};

}  // namespace awps
