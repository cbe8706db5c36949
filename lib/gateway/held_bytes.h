#pragma once

// HeldBytes: what the writes that hubs have not taken yet hold of the server's budget for bodies,
// and of its connections. A hub that is full may hold a part of each, and all of them together
// twice that: so writes to other hubs still have room.
//
// Pure; one thread. It outlives its charges.

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>

namespace awps {

class HeldBytes {
 public:
  /// While it lives, that much is held.
  class Charge {
   public:
    Charge() = default;
    Charge(HeldBytes& owner, std::string hub, size_t bytes)
        : owner_(&owner), hub_(std::move(hub)), bytes_(bytes) {
      Held& held = owner.by_hub_[hub_];
      held.bytes += bytes;
      ++held.writes;
      owner.all_.bytes += bytes;
      ++owner.all_.writes;
    }
    ~Charge() { release(); }
    Charge(Charge&& other) noexcept { *this = std::move(other); }
    Charge& operator=(Charge&& other) noexcept {
      release();
      owner_ = std::exchange(other.owner_, nullptr);
      hub_ = std::move(other.hub_);
      bytes_ = other.bytes_;
      return *this;
    }

   private:
    void release() {
      if (owner_ == nullptr) return;
      const auto of_hub = owner_->by_hub_.find(hub_);
      of_hub->second.bytes -= bytes_;
      owner_->all_.bytes -= bytes_;
      --owner_->all_.writes;
      if (--of_hub->second.writes == 0) owner_->by_hub_.erase(of_hub);
      owner_ = nullptr;
    }

    HeldBytes* owner_ = nullptr;
    std::string hub_;
    size_t bytes_ = 0;
  };

  struct Limits {
    size_t max_bytes = SIZE_MAX;  // of a hub, as the next
    size_t max_writes = SIZE_MAX;
  };
  explicit HeldBytes(const Limits& limits) : limits_(limits) {}
  HeldBytes(const HeldBytes&) = delete;
  HeldBytes& operator=(const HeldBytes&) = delete;

  /// The hub holds more than it may.
  bool is_over(const std::string& hub) const {
    const auto of_hub = by_hub_.find(hub);
    if (of_hub == by_hub_.end()) return false;
    return of_hub->second.bytes > limits_.max_bytes || all_.bytes / 2 > limits_.max_bytes ||
           of_hub->second.writes > limits_.max_writes || all_.writes / 2 > limits_.max_writes;
  }
  size_t all() const { return all_.bytes; }

 private:
  struct Held {
    size_t bytes = 0;
    size_t writes = 0;
  };

  const Limits limits_;
  std::unordered_map<std::string, Held> by_hub_;  // none has no writes
  Held all_;
};

}  // namespace awps
