#pragma once

// HubLettersTest: a DaemonHarness whose service gives actions up, over restarts on one disk.

#include <sstream>
#include <string>
#include <vector>

#include "daemon/awpsd/spool_report.h"
#include "spool/hub_folders.h"
#include "tests/daemon/daemon_harness.h"

namespace awps {

using Numbers = std::vector<uint64_t>;

class HubLettersTest : public DaemonHarness {
 protected:
  void give_up(const std::string& name, const std::vector<std::string>& data) {
    azure_.answer_with(400);
    producer_->send(hub(name), data);
    EXPECT_EQ(producer_->wait_for_outcomes(data.size()),
              std::vector<std::string>(data.size(), "dead_lettered"));
    azure_.answer_with(202);
  }
  Numbers numbers(const std::string& name) {
    Numbers numbers;
    const auto page = steering_->dead_letters(name, 0, 100);
    EXPECT_TRUE(page.ok());
    for (const DeadLetterView& letter : page->letters) numbers.push_back(letter.number);
    return numbers;
  }
  void end() {
    hubs_->begin_stop();
    hubs_->stop_now();
    until([this] { return hubs_->workers_ended(); });
    hubs_->join();
    steering_.reset();
    reader_.reset();
    reloader_.reset();
    hubs_.reset();
    logs_.reset();
  }
  void restart(const std::string& toml) {
    end();
    start(toml);
  }
  std::string folder_of(const std::string& name) const { return log_folder_of(folder_, name); }
  std::string checked() const {
    Config config = config_of("[hubs.chat]\n");
    config.spool.path = folder_;
    std::ostringstream out;
    exit_code_ = report_spool({}, config, clock_, out);
    return out.str();
  }

  Account doorman_;
  mutable ExitCode exit_code_ = ExitCode::kOk;
};

}  // namespace awps
