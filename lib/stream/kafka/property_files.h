#pragma once

// The files that librdkafka's properties name: whether they can be used. librdkafka reads them when
// a client is made, and the service would start without its stream.
//
// Any thread; reads files.

#include <optional>
#include <string>
#include <string_view>

#include "stream/kafka/kafka_settings.h"

namespace awps {

/// Whether the value of this property is the path of a file.
bool is_file_property(std::string_view name);

/// Why the file cannot be read, and the remedy; nothing: it can.
std::optional<std::string> problem_of_file(const std::string& name, const std::string& path,
                                           bool is_secret);

/// Why librdkafka does not take what these files hold, for a consumer of these settings; nothing:
/// it does. No broker is asked.
std::optional<std::string> problem_of_contents(const KafkaSettings& settings);

}  // namespace awps
