#include "http_server/outbox.h"

#include <utility>

#include "base/check.h"

namespace awps::http_server {

void Outbox::add(std::string text, OnWritten on_written) {
  AWPS_CHECK(!text.empty() || !on_written);
  if (text.empty()) return;
  bytes_ += text.size();
  texts_.push_back({std::move(text), std::move(on_written)});
}

std::string_view Outbox::rest_of_first() const {
  if (texts_.empty()) return {};
  return std::string_view(texts_.front().text).substr(taken_);
}

bool Outbox::take(size_t bytes) {
  AWPS_CHECK(!texts_.empty() && bytes <= texts_.front().text.size() - taken_);
  taken_ += bytes;
  bytes_ -= bytes;
  return taken_ == texts_.front().text.size();
}

Outbox::OnWritten Outbox::take_first() {
  OnWritten told = std::move(texts_.front().on_written);
  bytes_ -= texts_.front().text.size() - taken_;
  taken_ = 0;
  texts_.erase(texts_.begin());
  if (texts_.empty()) std::vector<Text>().swap(texts_);  // an idle connection keeps no memory
  return told;
}

}  // namespace awps::http_server
