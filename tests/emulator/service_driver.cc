// See service_driver.h.

#include "service_driver.h"

#include "base/check.h"
#include "emulator/url.h"

namespace awps::emulator {

namespace {

ServiceOptions with_key(ServiceOptions options) {
  if (options.access_keys.empty()) options.access_keys.emplace_back(ServiceDriver::kKey);
  return options;
}

}  // namespace

ServiceDriver::ServiceDriver(ServiceOptions options)
    : service(with_key(std::move(options)), Instant(std::chrono::seconds(100))) {}

std::string ServiceDriver::token(std::string_view payload, std::string_view key) {
  return signed_token(payload, HmacKey(key));
}

std::string ServiceDriver::token_for(std::string_view path) {
  return token(R"({"aud":"http://)" + std::string(kHost) + std::string(path) + R"(","exp":)" +
               std::to_string(kNowSeconds + 3600) + "}");
}

Handled ServiceDriver::handle(const TestRequest& request) {
  std::string text =
      request.method + " " + request.target + " HTTP/1.1\r\nHost: " + std::string(kHost);
  const std::string bearer =
      request.token ? *request.token : token_for(split_target(request.target).path);
  if (!bearer.empty()) text += "\r\nAuthorization: Bearer " + bearer;
  if (!request.content_type.empty()) text += "\r\nContent-Type: " + request.content_type;
  if (request.has_length) text += "\r\nContent-Length: " + std::to_string(request.body.size());
  text += "\r\n" + request.headers + "\r\n";
  RequestHead head;
  AWPS_CHECK(parse_head(text, head) == HeadState::kComplete);
  const auto fault = service.fault_for(head, request.body, now());
  return service.handle(head, request.body, fault ? &*fault : nullptr, now());
}

TestClient ServiceDriver::connect(const ClientSpec& spec, const std::string& hub) {
  TestClient client;
  client.link = std::make_unique<RecordingLink>();
  client.admission.hub = hub;
  client.admission.user_id = spec.user;
  client.admission.protocol = spec.protocol;
  client.admission.permissions = Permissions::from_roles(spec.roles).value();
  client.admission.groups = spec.groups;
  client.id = service.open(client.admission, *client.link, now()).value();
  return client;
}

std::optional<CloseCode> ServiceDriver::receive(const TestClient& client, std::string text,
                                                bool is_binary) {
  Frame frame = text_frame(std::move(text));
  frame.is_binary = is_binary;
  return service.receive(client.admission, client.id, std::move(frame));
}

}  // namespace awps::emulator
