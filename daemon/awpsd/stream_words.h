#pragma once

// A stream as operators see it, and what goes from its parts into the log. Functions of their
// arguments; any thread.

#include <spdlog/logger.h>

#include <functional>
#include <memory>
#include <string>

#include "admin/stream_view.h"
#include "auth/entra_token_keeper.h"
#include "base/clock.h"
#include "daemon/awpsd/stream_unit.h"
#include "stream/kafka/kafka_settings.h"
#include "stream/stream.h"

namespace awps {

StreamView view_of(const StreamUnit& unit, const Clock& clock);

/// Why the stream does not work as it should, with its name; empty: it does.
std::string not_ready_reason(const StreamView& stream);

/// What a stream says, which names itself.
std::function<void(StreamLog, const std::string&)> log_of(spdlog::logger& logger);
/// What librdkafka says, of which there may be much: some lines a minute, and how many there were
/// beside.
KafkaLog library_log_of(const std::string& stream, spdlog::logger& logger, const Clock& clock);

}  // namespace awps
