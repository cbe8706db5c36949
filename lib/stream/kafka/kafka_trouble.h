#pragma once

// KafkaTrouble: what of a broker's errors is told to people, and when it is over. Pure.
//
// 1. That brokers are away does not hide why: a refused credential stays told, although its
//    connection ends, too.
// 2. Each change of the kind is told once, and the end of it once.
//
// It belongs to one thread.

#include <librdkafka/rdkafka.h>

#include <optional>
#include <string>

#include "stream/record_source.h"

namespace awps {

/// Nothing: it says nothing for sure, and the broker is to be asked.
std::optional<SourceTrouble::Kind> trouble_of(rd_kafka_resp_err_t error);

class KafkaTrouble {
 public:
  /// Who saw it, and so who may say that it is over.
  enum class Seen : uint8_t { kByAsking, kByGroup, kByReading };

  /// What is to be told; nothing: it was told already.
  std::optional<SourceTrouble> raise(SourceTrouble::Kind kind, std::string message, Seen seen);
  /// It goes well, as `seen` shows. True: tell that the trouble is over.
  bool is_over(Seen seen);

  bool is_there() const { return kind_.has_value(); }
  std::optional<SourceTrouble::Kind> kind() const { return kind_; }

 private:
  std::optional<SourceTrouble::Kind> kind_;
  Seen seen_ = Seen::kByAsking;
};

}  // namespace awps
