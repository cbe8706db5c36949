#include "action/lines_index.h"

namespace awps {

void LinesIndex::index(std::string_view bytes) {
  bytes = bytes.substr(0, kMostBytes);
  bytes = bytes.substr(0, bytes.rfind('\n') + 1);  // none, if no line ends there
  begin_ = bytes.data();
  end_ = begin_ + bytes.size();
  next_ = nullptr;
  if (bytes.empty() || index_.find_tokens(bytes) != simdjson::SUCCESS) return;
  next_ = index_.tokens();
  has_escapes_ = bytes.find('\\') != std::string_view::npos;
}

bool LinesIndex::find(std::string_view line, JsonText& text) {
  if (next_ == nullptr || line.data() < begin_ || line.data() >= end_) return false;
  const auto offset = static_cast<uint32_t>(line.data() - begin_);
  while (*next_ < offset) ++next_;
  text.origin = begin_;
  text.first_token = next_;
  text.begin = offset;
  text.end = offset + static_cast<uint32_t>(line.size());
  text.has_escapes = has_escapes_;
  return true;
}

}  // namespace awps
