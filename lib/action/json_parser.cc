#include "action/json_parser.h"

namespace awps {

simdjson::error_code JsonParser::parse(std::string_view text) {
  if (const simdjson::error_code error = index_.find_tokens(text)) return error;
  strings_.begin_text(text.size());
  text_ = {.origin = text.data(),
           .first_token = index_.tokens(),
           .begin = 0,
           .end = static_cast<uint32_t>(text.size()),
           .has_escapes = text.find('\\') != std::string_view::npos,
           .strings = &strings_};
  JsonWalk walk(text_);
  (void)walk.take_value(root_);  // end() says whether it could
  return walk.end();
}

void JsonParser::release_excess() {
  index_.release_excess();
  strings_.release_excess();
}

void JsonParser::release_unused() {
  index_.release_unused();
  strings_.release_unused();
}

}  // namespace awps
