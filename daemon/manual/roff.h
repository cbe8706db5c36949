#pragma once

// Text as roff(7) takes it, for groff and mandoc alike. What a reader copies (code) comes out as
// plain ASCII signs, not as the typographic ones that roff makes of - ' ` ^ ~. Pure functions.

#include <string>
#include <string_view>

namespace awps {

/// Prose. A line that begins with a control character stays text.
std::string roff_text(std::string_view text);
/// Code in bold.
std::string roff_code(std::string_view code);
/// A block of code as it stands, indented.
std::string roff_code_block(std::string_view code);

}  // namespace awps
