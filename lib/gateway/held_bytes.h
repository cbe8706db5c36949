#pragma once

// HeldBytes: what the writes that hubs have not taken yet hold of the server's budget for bodies. A
// hub that is full may hold a part of it, and all of them together twice that: so the bodies of
// writes to other hubs still have room.
//
// Pure; one thread. It outlives its charges.

#include <cstddef>
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
      owner.by_hub_[hub_] += bytes;
      owner.all_ += bytes;
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
      of_hub->second -= bytes_;
      owner_->all_ -= bytes_;
      if (of_hub->second == 0) owner_->by_hub_.erase(of_hub);
      owner_ = nullptr;
    }

    HeldBytes* owner_ = nullptr;
    std::string hub_;
    size_t bytes_ = 0;
  };

  explicit HeldBytes(size_t max_of_hub) : max_of_hub_(max_of_hub) {}
  HeldBytes(const HeldBytes&) = delete;
  HeldBytes& operator=(const HeldBytes&) = delete;

  /// The hub holds more than it may.
  bool is_over(const std::string& hub) const {
    const auto of_hub = by_hub_.find(hub);
    return of_hub != by_hub_.end() && (of_hub->second > max_of_hub_ || all_ / 2 > max_of_hub_);
  }
  size_t all() const { return all_; }

 private:
  const size_t max_of_hub_;
  std::unordered_map<std::string, size_t> by_hub_;  // none is 0
  size_t all_ = 0;
};

}  // namespace awps
