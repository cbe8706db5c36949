#pragma once

// KeptBytes: keys and values that a stream keeps of records whose fate is open, so that a dead
// letter can be written to a topic as the record came. Their sum is bounded over all partitions.
//
// Charge is the share of one record; it goes back when its owner lets it go. One thread.

#include <cstdint>
#include <utility>

namespace awps {

class KeptBytes {
 public:
  class Charge {
   public:
    Charge() = default;
    Charge(KeptBytes& of, uint64_t bytes) : of_(&of), bytes_(bytes) { of.bytes_ += bytes; }
    Charge(Charge&& other) noexcept
        : of_(std::exchange(other.of_, nullptr)), bytes_(other.bytes_) {}
    Charge& operator=(Charge&& other) noexcept {
      std::swap(of_, other.of_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Charge() {
      if (of_ != nullptr) of_->bytes_ -= bytes_;
    }

   private:
    KeptBytes* of_ = nullptr;
    uint64_t bytes_ = 0;
  };

  uint64_t bytes() const { return bytes_; }

 private:
  uint64_t bytes_ = 0;
};

}  // namespace awps
