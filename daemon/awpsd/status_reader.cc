#include "daemon/awpsd/status_reader.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "daemon/awpsd/future_wait.h"
#include "daemon/awpsd/status_words.h"
#include "daemon/awpsd/stream_words.h"
#include "hub/waiting_lanes.h"

namespace awps {

namespace {

// A page asks each second: a worker that is late is shown without its report.
constexpr Duration kReportPatience = std::chrono::milliseconds(500);
constexpr size_t kShownLanes = 5;

HubReport report_of_letters(const DeadLetterStore& store) {
  const DeadLetterStore::Summary letters = store.summary();
  DeadLetterStore::Storage storage = store.storage();
  return {.dead_letters = letters.count,
          .dead_letter_bytes = letters.bytes,
          .dead_letters_dropped = letters.dropped,
          .dead_letters_on_disk = storage.is_on_disk,
          .dead_letters_unwritten = storage.unwritten,
          .dead_letters_error = std::move(storage.error),
          .last_dead_letter_number = letters.last_number,
          .last_dead_letter = std::string(letters.last_reason)};
}

HubReport make_report(Worker& worker) {
  const Pipeline& pipeline = worker.pipeline();
  HubReport report = report_of_letters(pipeline.dead_letters());
  report.concurrency_reason = pipeline.permits().concurrency_reason();
  const size_t shown = pipeline.lanes_held_up() > 0 ? kShownLanes : 0;
  for (LaneInWords& lane : longest_lanes(pipeline.order().lane_table(), shown)) {
    report.waiting_lanes.push_back({.target = std::move(lane.target), .waiting = lane.waiting});
  }
  for (size_t i = 0; i < kActionKinds; ++i) {
    const auto kind = static_cast<ActionKind>(i);
    if (pipeline.kind_holds().holds(kind)) report.kinds_held.emplace_back(name_of(kind));
  }
  return report;
}

// Taken out, and nothing is left of it; it is about to end.
bool is_over(const HubUnit& hub, const std::optional<HubReport>& report) {
  return hub.queue->is_removed() && hub.is_empty() && (!report || report->dead_letters == 0);
}

uint64_t free_bytes_at(const std::string& path) {
  const Result<uint64_t, IoError> free = PosixFileSystem().free_bytes(path);
  return free ? *free : 0;
}

UndeliveredStatus status_of(const Undelivered& left) {
  return {.files = left.files,
          .actions = left.actions,
          .bytes = left.bytes,
          .is_at_least = left.is_at_least,
          .oldest = left.oldest,
          .error = left.error};
}

}  // namespace

StatusReader::StatusReader(Parts parts)
    : parts_(std::move(parts)),
      started_at_(parts_.clock.wall_now()),
      started_(parts_.clock.now()) {}

void StatusReader::ask_for_report(const Hub& hub) {
  std::future<HubReport>& asked = questions_[hub];
  const bool is_open =
      asked.valid() && asked.wait_for(Duration::zero()) != std::future_status::ready;
  // Acquire pairs with the release in HubUnit::start(): report_of() reads what it left.
  if (is_open || hub->ended.load(std::memory_order_acquire)) return;
  asked = hub->worker->ask([](Worker& worker) { return make_report(worker); });
}

std::optional<HubReport> StatusReader::report_of(const Hub& hub, Instant deadline) {
  // Acquire pairs with the release in HubUnit::start(): all that the worker wrote is seen, and
  // nobody writes it any more: what retires hubs has ended before a stop begins.
  const bool has_ended = hub->ended.load(std::memory_order_acquire);
  if (has_ended && parts_.hubs.is_stopping()) return make_report(*hub->worker);
  if (has_ended) return std::nullopt;
  return wait_until(questions_[hub], deadline, parts_.clock);
}

ServiceStatus StatusReader::read() {
  const Instant now = parts_.clock.now();
  const DoorReading doors = parts_.read_doors();
  ServiceStatus status{.version = AWPS_VERSION,
                       .pid = getpid(),
                       .started_at = started_at_,
                       .now = parts_.clock.wall_now(),
                       .uptime = now - started_,
                       .stopping = parts_.hubs.is_stopping(),
                       .log_level = parts_.reloader.level(),
                       .log_lines_dropped = parts_.log_lines_dropped(),
                       .socket_path = doors.address,
                       .spool_path = parts_.spool_config.path,
                       .spool_bytes = parts_.space.used(),
                       .spool_max_bytes = parts_.spool_config.max_bytes,
                       .spool_free_bytes = free_bytes_at(parts_.spool_config.path),
                       .spool_min_free_bytes = parts_.spool_config.min_free_bytes,
                       .spool_error = parts_.spool.error(),
                       .pending_restart = parts_.reloader.pending(),
                       .intake = doors.values,
                       .producers = doors.producers,
                       .gateway = doors.gateway};
  // While it stops, the last look stands: what this stop writes is for the next daemon to show.
  status.undelivered =
      status_of(status.stopping ? parts_.undelivered.last() : parts_.undelivered.look());
  std::erase_if(questions_, [](const auto& question) { return question.first.expired(); });
  if (!status.stopping && !doors.lost.empty()) status.not_ready.push_back(doors.lost);
  if (!status.stopping && doors.gateway && doors.gateway->has_ended(status.now)) {
    status.not_ready.push_back(doors.gateway->warning);
  }
  const HubTable::Hubs hubs = parts_.hubs.hubs();
  // All are asked before one is waited for.
  for (const Hub& hub : hubs) ask_for_report(hub);
  endpoints_.clear();
  for (const Hub& hub : hubs) add_hub(hub, now, status);
  for (const auto& hub : parts_.hubs.resting()) {
    // One that came to rest, or came back, since the others were read is shown once.
    if (std::ranges::find(status.hubs, hub->plan().hub, &HubStatus::name) != status.hubs.end()) {
      continue;
    }
    status.hubs.emplace_back(status_of(*hub)).report = hub->ask_letters(report_of_letters);
  }
  for (const HubRecoveries::View& view : parts_.hubs.recoveries().views()) {
    add_recovery(view, status);
  }
  add_streams(status);
  for (auto& [state, endpoint] : endpoints_) status.endpoints.push_back(std::move(endpoint));
  return status;
}

void StatusReader::add_streams(ServiceStatus& status) const {
  if (parts_.read_streams) status.streams = parts_.read_streams();
  if (status.stopping) return;
  for (const StreamView& stream : status.streams) {
    std::string reason = not_ready_reason(stream);
    if (!reason.empty()) status.not_ready.push_back(std::move(reason));
  }
}

void StatusReader::add_recovery(const HubRecoveries::View& view, ServiceStatus& status) {
  HubStatus& shown = status.hubs.emplace_back();
  shown.name = view.hub;
  shown.endpoint = view.endpoint;
  shown.not_ready = "it reads what it has on disk, and accepts nothing until then: " +
                    std::to_string(view.percent) + " %";
  shown.spool = SpoolStatus{.state = "recovering"};
  status.not_ready.push_back("hub " + view.hub + ": " + shown.not_ready);
}

void StatusReader::add_hub(const Hub& hub, Instant asked, ServiceStatus& status) {
  std::optional<HubReport> answer = report_of(hub, asked + kReportPatience);
  if (is_over(*hub, answer)) return;
  EndpointStatus& endpoint = endpoints_[hub->endpoint.get()];
  if (endpoint.url.empty()) {
    hub->endpoint->look_at_lease(asked);  // while nothing is sent, nobody else may look
    endpoint = status_of(*hub->endpoint, hub->plan, asked);
  }
  endpoint.hubs.push_back(hub->plan.hub);
  HubStatus& shown = status.hubs.emplace_back(status_of(*hub, status.now));
  if (answer) shown.report = std::move(*answer);
  shown.not_ready = status.stopping ? "the daemon stops"
                                    : not_ready_reason(*hub, endpoint, parts_.clock.awake_now());
  if (!shown.not_ready.empty()) {
    status.not_ready.push_back("hub " + hub->plan.hub + ": " + shown.not_ready);
  }
}

}  // namespace awps
