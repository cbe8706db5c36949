#pragma once

// World: producers, hubs of one endpoint and a scripted service under one seed, in virtual time. It
// runs the real queue and the real pipelines, on wish behind a log with a small window
// (world_log.h), whose process may end in mid-stream. Some producers may be partitions of a stream,
// which are withdrawn at any moment. It checks after every step:
//
// - the law, against a count of its own;
// - that no action starts while an earlier one, which the oracle makes it wait for, has no Outcome,
//   but in one operation with it, behind it; values of other conflationKeys may be passed
//   (DESIGN.md §4);
// - that nothing starts within a pause, above the limits, or after its time to live;
// - that nothing that was withdrawn waits, or starts, nor anything of a stream without its lease;
// - that a worker that waits has something to wait for (else it would spin, or sleep for ever).
//
// Every mistake that it finds is one line in mistakes(), with the seed's history left to be
// printed.

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/arena.h"
#include "hub/pipeline.h"
#include "queue/hub_queue.h"
#include "queue/report_queue.h"
#include "tests/simulation/oracle.h"
#include "tests/simulation/service_model.h"
#include "tests/simulation/world_log.h"

namespace awps {

class World {
 public:
  struct Options {
    uint64_t seed = 0;
    int hubs = 2;
    int producers = 3;
    int actions = 80;
    Ordering ordering = Ordering::kTarget;
    bool give_up_ambiguous = false;
    bool with_ttl = false;
    ServiceModel::Faults faults;
    double requests_per_second = 0;
    bool coalesce = false;
    uint64_t window_bytes = 0;  // of durable hubs; 0: they are in memory
    int restarts = 0;           // of a durable hub; then there is only one
    int withdrawals = 0;        // then every other producer is a partition of a stream
  };

  explicit World(const Options& options);
  /// Until everything has its Outcome, or something is wrong.
  void run();

  const std::vector<std::string>& mistakes() const { return mistakes_; }
  uint64_t outcomes(OutcomeKind kind) const { return outcomes_[static_cast<size_t>(kind)]; }
  uint64_t starts() const { return starts_; }
  uint64_t coalesced() const { return coalesced_; }
  /// Steps at which something waited on disk alone.
  uint64_t tails() const { return tails_; }

 private:
  struct Issued {
    OrderedAction order;
    Action action;
    Account* account = nullptr;
    size_t hub = 0;
    size_t number = 0;  // in the order accepted by its hub
    size_t place = 0;   // number of the first of those in whose place it stands
    Instant accepted{};
    bool poisoned = false;
    bool taken = false;  // the hub has it
    bool active = false;
    bool settled = false;
    bool exempt = false;  // a removeUserFromAllGroups need not wait for it any longer
    bool ambiguous = false;
    int failures = 0;
    int deferrals = 0;  // attempts after which it waits for another, whatever the answer was
  };
  struct Hub {
    std::unique_ptr<HubQueue> memory_queue;  // of a hub in memory
    std::unique_ptr<WorldLog> log;           // of a durable one
    HubQueue* queue = nullptr;               // that the pipeline takes from
    HubEntrance* entrance = nullptr;
    std::unique_ptr<HubEntrance> memory_entrance;
    std::unique_ptr<HubQueue> records;  // of a durable one, from streams
    std::unique_ptr<HubEntrance> records_entrance;
    std::unique_ptr<Pipeline> pipeline;
    std::vector<size_t> issued;    // in the order accepted
    std::vector<Outcome> settled;  // of a durable hub, whether or not they are reported
    uint64_t recovered = 0;        // at its last restart
    uint64_t issued_before = 0;    // likewise, without records
  };
  struct Answering {
    Instant at;
    size_t hub = 0;
    Operation* operation = nullptr;
    HttpMethod method = HttpMethod::kPost;
    std::vector<size_t> members;
    HttpResponse response;
  };
  struct Arrival {
    Instant at;
    size_t hub = 0;
    size_t producer = 0;
    std::vector<size_t> issued;
  };

  struct Withdrawal {
    Instant at;
    size_t producer = 0;
    bool has_next_owner = false;
  };
  struct Lapse {
    Instant at;
    Instant lease;  // from then on
  };

  void generate();
  Action random_action();
  const ActionOptions& random_options(ActionKind kind);
  PipelineOptions hub_options(int number) const;
  void make_queue(Hub& hub, const std::string& name);
  void make_records(Hub& hub, const std::string& name);
  void make_pipeline(Hub& hub, int number);
  void lose_record(Issued& issued, bool is_on_disk);
  void arrive(const Arrival& arrival);
  void restart();
  void work(size_t hub);
  void take_batches(Hub& hub);
  void start(size_t hub, Operation& operation);
  void check_start(const std::vector<size_t>& members, size_t position);
  bool waits_for(const Issued& later, const Issued& earlier) const;
  void answer(const Answering& answering);
  void spread_exemption(size_t hub);
  Account& add_account(uint64_t producer, bool of_stream);
  bool is_stream(size_t producer) const;
  void plan_withdrawals();
  void plan_lapses(Random& random);
  void withdraw_due();
  void withdraw(size_t hub, const Withdrawal& withdrawal);
  bool came_apart(const Issued& a, const Issued& b) const;
  bool exclude(const Issued& a, const Issued& b) const;
  void check_alone(const Issued& starting, const Issued& other);
  static HubQueue& queue_of(Hub& hub, const Account& account);
  static HubEntrance& entrance_of(Hub& hub, const Account& account);
  static uint64_t held_bytes(const Hub& hub);
  void take_outcomes();
  void take_outcome(const Outcome& outcome);
  void check_law();
  Instant next_event() const;
  void mistake(std::string text);

  Options options_;
  Random random_;
  ServiceModel service_;
  Instant now_{};
  Instant pause_until_{};
  std::unique_ptr<EndpointState> endpoint_;
  ReportQueue outcome_queue_;
  Arena arena_{1 << 14};
  std::vector<Hub> hubs_;
  std::deque<Account> accounts_;
  std::vector<Account*> owners_;  // producer × hub: whose account it is now
  uint64_t last_owner_ = 1000;    // their numbers
  std::vector<Issued> issued_;
  std::deque<Arrival> arrivals_;
  std::deque<Instant> restarts_;
  std::deque<Withdrawal> withdrawals_;
  std::shared_ptr<StreamLease> lease_ = std::make_shared<StreamLease>();
  std::deque<Lapse> lapses_;
  uint64_t tails_ = 0;
  std::vector<Answering> answering_;
  std::array<uint64_t, kOutcomeKinds> outcomes_{};
  uint64_t settled_ = 0;
  uint64_t starts_ = 0;
  uint64_t coalesced_ = 0;  // members of operations of several
  std::vector<std::string> mistakes_;
};

}  // namespace awps
