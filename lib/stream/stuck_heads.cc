#include "stream/stuck_heads.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace awps {

namespace {

constexpr Duration kBetweenQuestions = std::chrono::seconds(5);
constexpr Duration kWorthAQuestion = std::chrono::seconds(2);  // age of a record
constexpr Duration kBetweenLines = std::chrono::minutes(1);

std::string words_of(const PartitionStatus& status) {
  if (!status.oldest) {
    return "all that was read of it is settled, but its offset is not committed (max_ahead)";
  }
  const OldestRecord& oldest = *status.oldest;
  std::string words = std::to_string(status.ahead) + " records (max_ahead) wait behind offset " +
                      std::to_string(oldest.offset);
  if (!oldest.action.empty()) words += " (" + oldest.action + ", hub '" + oldest.hub + "')";
  return oldest.why.empty() ? words : words + ": " + oldest.why;
}

}  // namespace

void StuckHeads::look(const Partitions& partitions, Instant now) {
  std::erase_if(heads_, [&partitions](const auto& head) {
    const auto found = partitions.find(head.first);
    return found == partitions.end() || found->second->wait() != PartitionWait::kAhead;
  });
  for (const auto& [number, partition] : partitions) {
    if (partition->wait() != PartitionWait::kAhead) continue;
    const int64_t offset = partition->records().settled_offset();
    Head& head = heads_.try_emplace(number, Head{offset, now}).first->second;
    if (head.offset != offset) head = {offset, now};
  }
  ask_why(partitions, now);
  tell(partitions, now);
}

// All of a hub in one question, since its worker looks at all that it has for one.
void StuckHeads::ask_why(const Partitions& partitions, Instant now) {
  if (*open_questions_ > 0 || !has_passed(asked_at_, kBetweenQuestions, now)) return;
  std::map<StreamHubHandle, std::vector<HubForStreams::Waiting>> questions;
  for (const auto& [number, partition] : partitions) {
    const std::optional<OpenRecords::Waiting> action = partition->records().oldest_action();
    if (!action || now - partition->records().oldest().read_at < kWorthAQuestion) continue;
    questions[partition->hubs().at(action->element.hub)].push_back(
        {partition->producer(), action->seq});
  }
  if (questions.empty()) return;
  asked_at_ = now;
  *open_questions_ = static_cast<int>(questions.size());
  for (auto& [hub, actions] : questions) {
    hub->for_streams->ask_why(
        actions, [posts = parts_.posts, find = parts_.find, open = open_questions_,
                  actions = actions](std::vector<std::string> reasons) {
          posts->post([find, open, actions, reasons = std::move(reasons)] {
            --*open;
            for (size_t i = 0; i < std::min(actions.size(), reasons.size()); ++i) {
              Partition* partition = find(actions[i].producer);
              if (partition != nullptr) partition->note_why(actions[i].seq, reasons[i]);
            }
          });
        });
  }
}

void StuckHeads::tell(const Partitions& partitions, Instant now) {
  const auto longest =
      std::ranges::min_element(heads_, {}, [](const auto& head) { return head.second.since; });
  if (longest == heads_.end() || now - longest->second.since < kStuck) {
    if (longest == heads_.end() && std::exchange(is_told_, false)) {
      parts_.inform("all partitions are read again");
    }
    return;
  }
  if (!has_passed(told_at_, kBetweenLines, now)) return;
  told_at_ = now;
  is_told_ = true;
  const PartitionStatus status = partitions.at(longest->first)->status(parts_.source);
  const auto seconds = static_cast<int64_t>(to_seconds(now - longest->second.since));
  std::string line = "partition " + std::to_string(status.number) + " has not been read for " +
                     std::to_string(seconds) + " s: " + words_of(status);
  if (heads_.size() > 1) {
    line += "; " + std::to_string(heads_.size() - 1) + " more partitions wait likewise";
  }
  parts_.warn(line);
}

}  // namespace awps
