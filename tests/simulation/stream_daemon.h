#pragma once

// StreamDaemon: a daemon of a world of streams: a real Stream, the hubs that it feeds, and a socket
// beside it. It can be stopped, frozen or killed (its end).
//
// One thread.

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "intake/hub_directory.h"
#include "stream/stream.h"
#include "tests/simulation/stream_hub.h"
#include "tests/simulation/stream_letters.h"
#include "tests/support/scripted_member.h"

namespace awps {

class StreamDaemon {
 public:
  struct Options {
    StreamOptions stream;
    PipelineOptions pipeline;
    std::vector<std::string> hubs;  // canonical
    Budget::Options budget;
    bool block_when_full = true;
    bool has_disk = true;  // for letters
    Duration slowest_sync{};
    bool writes_letters = false;  // to a topic
    uint64_t seed = 0;
  };
  struct Parts {
    ScriptedBroker& broker;
    StreamService& service;
    StreamTruth& truth;
    StreamJudge& judge;
    const Clock& clock;
    uint64_t& last_producer;
  };

  StreamDaemon(const Options& options, const Parts& parts);
  /// Its process is gone, as it stands.
  ~StreamDaemon();
  StreamDaemon(const StreamDaemon&) = delete;
  StreamDaemon& operator=(const StreamDaemon&) = delete;

  size_t member() const { return source_->number(); }
  StreamHub& hub(size_t number) { return *hubs_[number]; }
  size_t hubs() const { return hubs_.size(); }
  StreamLetters* letters() { return letters_.get(); }
  const StreamCounters& counters() const { return counters_; }
  StreamStatus status() const { return stream_->status(); }
  /// Which part of the fleet's limit is its own, if it can send at all.
  double part();

  /// Whatever is due now.
  void turn();
  Instant next_event() const;
  void check();

  /// A socket's actions, unless the hub is full.
  void send(size_t hub, const std::vector<size_t>& elements);
  void freeze(Instant until);
  bool is_frozen() const { return parts_.clock.now() < frozen_until_; }
  void set_max_ahead(uint64_t max_ahead);
  void set_hubs(std::vector<std::string> hubs);
  /// Takes the hub with that number out of the configuration, or back in.
  void configure(size_t hub, bool is_there);
  void begin_stop();
  bool is_stopping() const { return stopping_since_.has_value(); }
  bool has_stopped() const { return stream_->has_stopped(); }

 private:
  std::shared_ptr<const HubDirectory> directory() const;
  void turn_stream();
  bool is_stream_due() const;
  void check_memory();

  Options options_;
  const Parts parts_;
  Random random_;
  EndpointState endpoint_{EndpointState::Options{.shared_by = "orders"}};
  StreamCounters counters_;
  std::vector<std::unique_ptr<StreamHub>> hubs_;
  std::vector<bool> is_configured_;
  bool is_woken_ = true;
  std::unique_ptr<ScriptedMember> source_;
  std::unique_ptr<StreamLetters> letters_;
  std::unique_ptr<Stream> stream_;
  ReportQueue socket_reports_{[] {}};
  std::deque<Account> socket_accounts_;  // one for each hub
  uint64_t socket_seq_ = 0;
  Instant frozen_until_ = Instant::min();
  std::optional<Instant> stopping_since_;
  Instant spun_at_{};
  int turns_at_once_ = 0;
};

}  // namespace awps
