#pragma once

// Stream::Core: the parts of a stream, and the order of a turn.
//
// Of the stream's thread, but for room_again().

#include <atomic>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "intake/refusal_notes.h"
#include "stream/departure.h"
#include "stream/letter_watch.h"
#include "stream/offsets.h"
#include "stream/stream.h"
#include "stream/stream_posts.h"
#include "stream/stream_services.h"
#include "stream/stuck_heads.h"

namespace awps {

class Stream::Core {
 public:
  Core(StreamOptions options, std::shared_ptr<const HubDirectory> hubs, Parts parts);
  ~Core();
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  void turn(Instant now);
  Instant next_turn(Instant now) const;
  bool prepare_to_sleep();
  void woke_up() { slot_.reports().woke_up(); }
  void set_options(const StreamOptions& options);
  void follow_directory(std::shared_ptr<const HubDirectory> hubs);
  void begin_stop(Instant now);
  void hurry_stop(Instant now);
  bool has_stopped() const { return has_stopped_; }
  bool is_forgotten();
  StreamStatus status() const;
  void room_again();

 private:
  void take_events(Instant now);
  void on(const Assigned& assigned, Instant now);
  void on(const Revoked& revoked, Instant now);
  void on(const CommitEnded& ended, Instant now);
  void on(const SourceTrouble& trouble, Instant now);
  void on(const SourceWell& well, Instant now);

  void tell_part();
  void take_reports();
  void take_report(const Report& report);
  void take_letters(Instant now);
  void read(Instant now);
  void depart(std::vector<Leaving> leaving, Instant now);
  void advance_departures(Instant now);
  void give_back(std::span<const Leaving> done);
  void once_a_second(Instant now);
  void sweep();
  Partition* find(uint64_t producer) const;

  std::unique_ptr<RecordLetters> make_letters();
  StreamServices make_services();
  void note_refused(int32_t partition, int64_t offset, const std::string& message);
  void warn(const std::string& line) const;
  void inform(const std::string& line) const;

  StreamOptions options_;
  const Parts parts_;
  std::shared_ptr<StreamPosts> posts_;
  SourceSlot slot_;
  StreamHubs hubs_;
  std::shared_ptr<StreamLease> lease_ = std::make_shared<StreamLease>();
  ActionDecoder decoder_;
  std::string scratch_;
  KeptBytes kept_;
  LetterWatch letter_watch_;
  std::unique_ptr<RecordLetters> letters_;
  const StreamServices services_;

  Partitions partitions_;
  std::unordered_map<uint64_t, Partition*> by_producer_;
  std::list<Departure> departures_;
  std::set<int32_t> given_back_;  // before they were revoked: released once they are
  Offsets offsets_;
  StuckHeads stuck_heads_;
  RefusalNotes refusals_;
  std::vector<LetterId> safe_letters_;  // scratch

  Instant now_;             // of this turn
  int32_t read_first_ = 0;  // the number from which a turn begins to read
  bool is_busy_ = false;    // the next turn has something to do
  Instant next_second_ = Instant::min();
  Instant swept_at_ = Instant::min();
  bool has_told_key_ = false;
  bool has_joined_ = false;
  bool is_idle_ = false;                                    // the group has last given it nothing
  std::optional<std::pair<uint32_t, uint32_t>> told_part_;  // owned, all
  std::string trouble_;                                     // of the source; empty: it is well
  bool is_stopping_ = false;
  bool is_in_a_hurry_ = false;
  bool has_stopped_ = false;
  Instant stop_by_ = kNever;
  std::atomic<bool> has_room_again_{false};
};

}  // namespace awps
