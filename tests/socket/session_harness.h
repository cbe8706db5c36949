#pragma once

// A session with hubs whose workers are the test itself: what it pushed is taken out by hand, and
// its outcomes are told by hand.

#include <gtest/gtest.h>

#include <memory>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "queue/report_queue.h"
#include "socket/session.h"
#include "tests/socket/intake_law.h"

namespace awps {

inline constexpr uid_t kTestUser = 1000;
inline constexpr uid_t kOtherUser = 2000;

/// Gives receipts at once, or by hand: then what has entered may be settled before them, or
/// refused.
class ScriptedEntrance final : public HubEntrance {
 public:
  explicit ScriptedEntrance(HubQueue& queue) : memory_(queue) {}

  std::optional<Receipt> enter(int intake_thread, std::unique_ptr<Batch> batch) override {
    const std::optional<Receipt> receipt = memory_.enter(intake_thread, std::move(batch));
    if (!withholds) return receipt;
    withheld.push_back(*receipt);
    return std::nullopt;
  }
  void end_read() override { memory_.end_read(); }
  bool wants_lines() const override { return withholds; }

  bool withholds = false;
  std::vector<Receipt> withheld;

 private:
  MemoryEntrance memory_;
};

/// A hub's queue, and the batches that a worker would have taken from it.
struct ScriptedHub {
  explicit ScriptedHub(const HubQueue::Options& options, Duration window = {})
      : queue(
            options, [] {}, [this] { ++room_signals; }),
        dedupe_window(window) {}

  HubQueue queue;
  Duration dedupe_window;
  ScriptedEntrance entrance{queue};
  int room_signals = 0;
  uint64_t accepted = 0;  // actions that were taken
  std::vector<std::unique_ptr<Batch>> batches;

  /// As a directory lists it.
  IntakeHub listed(AccessList access = {}) {
    return {.name = queue.hub(),
            .queue = &queue,
            .entrance = &entrance,
            .access = std::move(access),
            .dedupe_window = dedupe_window};
  }

  /// Takes what was pushed: "seq data" each, with "#n" behind it in ordered batch n.
  std::vector<std::string> take() {
    std::vector<std::string> taken;
    std::array<std::unique_ptr<Batch>, 16> popped;
    while (const size_t count = queue.pop(popped)) {
      for (size_t i = 0; i < count; ++i) {
        for (const Accepted* item = popped[i]->first(); item != nullptr; item = item->next) {
          std::string text = std::to_string(item->seq) + " " + std::string(item->data());
          if (item->ordered_batch() > 0) text += "#" + std::to_string(item->ordered_batch());
          taken.push_back(std::move(text));
          ++accepted;
        }
        batches.push_back(std::move(popped[i]));
      }
    }
    return taken;
  }

  /// Takes what was pushed, and settles everything: its bytes are free again.
  void settle_all() {
    take();
    for (const auto& batch : batches) queue.budget().release(batch->charge(), batch->account());
    batches.clear();
  }
};

struct HarnessOptions {
  Session::Options session{{.max_line_bytes = 4096, .max_message_bytes = 1024}, 4096};
  HubQueue::Options chat{.hub = "Chat"};
  HubQueue::Options news{.hub = "news"};
  bool has_default_hub = true;
  Duration chat_window{};  // for deduplication
  Duration news_window{};
};

/// What sessions of one intake thread share. "vault" admits kOtherUser alone.
struct IntakeHarness {
  explicit IntakeHarness(const HarnessOptions& given = {})
      : options(given),
        chat(given.chat, given.chat_window),
        news(given.news, given.news_window),
        vault({.hub = "vault"}),
        directory(std::make_shared<const HubDirectory>(
            std::vector{chat.listed(), news.listed(), vault.listed({{kOtherUser}, {}})},
            given.has_default_hub ? "Chat" : "")) {}

  ~IntakeHarness() {
    for (ScriptedHub* hub : {&chat, &news, &vault}) hub->take();
    expect_intake_law({&counters, 1}, chat.accepted + news.accepted + vault.accepted);
  }
  IntakeHarness(const IntakeHarness&) = delete;
  IntakeHarness& operator=(const IntakeHarness&) = delete;

  std::unique_ptr<Session> connect() {
    return std::make_unique<Session>(services, options.session,
                                     Peer{++last_number, {1, kTestUser, {}}});
  }

  HarnessOptions options;
  ScriptedHub chat;
  ScriptedHub news;
  ScriptedHub vault;
  std::shared_ptr<const HubDirectory> directory;
  SourceSlot slot{/*number=*/0, directory, [] {}};
  ActionDecoder decoder;
  IntakeCounters counters;
  RefusalNotes refusals;
  std::vector<std::string> warnings;
  SocketServices services{decoder, slot, counters, refusals,
                          [this](const std::string& line) { warnings.push_back(line); }};
  uint64_t last_number = 0;
};

/// Hands `text` over as one read.
inline void feed(Session& session, std::string_view text) {
  const std::string padded = std::string(text) + std::string(kReadPadding, '\0');
  session.take(std::string_view(padded).substr(0, text.size()), Instant{});
}

/// The replies since the last call, as if the producer had read them. Messages are for people and
/// stand as "…".
inline std::string read_replies(Session& session) {
  static const std::regex kMessage(R"re("message":"([^"\\]|\\.)*")re");
  const std::string text(session.replies().unread());
  session.replies().consume(text.size());
  return std::regex_replace(text, kMessage, R"("message":"…")");
}

/// A send of `data` with further members, such as R"(,"id":7)".
inline std::string send_line(const std::string& data, const std::string& members = "") {
  return R"({"actionName":"sendToAll","dataType":"text","data":")" + data + "\"" + members + "}";
}

}  // namespace awps
