#pragma once

// What others wrote, made fit for our logs, dead letters and pages. Pure, any thread, linear.

#include <string>
#include <string_view>

namespace awps {

/// Appends what is readable of foreign text, up to `limit` bytes in all: valid UTF-8 without
/// control characters, and "…" where it was cut.
void append_readable(std::string& out, std::string_view text, size_t limit);

/// Without whatever looks like a token: others may quote the one that we sent.
std::string without_tokens(std::string_view text);

/// The words of a WWW-Authenticate line for people: its error_description, else its error, else the
/// line, since a proxy's "Basic realm=…" tells who answered. A bare "Bearer" says nothing.
std::string challenge_words(std::string_view line);

/// The address of a Location line without a query, a fragment or a user's name: they may be secret.
std::string plain_location(std::string_view location);

}  // namespace awps
