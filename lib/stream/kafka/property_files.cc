#include "stream/kafka/property_files.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "stream/kafka/kafka_client.h"

namespace awps {

namespace {

constexpr std::string_view kFileProperties[] = {"ssl.ca.location", "ssl.certificate.location",
                                                "ssl.crl.location", "ssl.key.location",
                                                "ssl.keystore.location"};

}  // namespace

bool is_file_property(std::string_view name) {
  return std::ranges::find(kFileProperties, name) != std::end(kFileProperties);
}

std::optional<std::string> problem_of_file(const std::string& name, const std::string& path,
                                           bool is_secret) {
  // Then librdkafka looks where systems have the authorities that they trust.
  if (name == "ssl.ca.location" && path == "probe") return std::nullopt;
  if (::access(path.c_str(), R_OK) == 0) return std::nullopt;
  const std::string error = std::error_code(errno, std::generic_category()).message();
  const std::string file = is_secret ? "the file that it names" : "the file '" + path + "'";
  return "read " + file + ": " + error + "; name one that awpsd may read";
}

std::optional<std::string> problem_of_contents(const KafkaSettings& settings) {
  KafkaSettings alone = settings;
  std::erase_if(alone.consumer, [](const auto& one) { return one.first == "bootstrap.servers"; });
  const auto made = KafkaClient::make_consumer(alone, {});
  if (made) return std::nullopt;
  return made.error().message;
}

}  // namespace awps
