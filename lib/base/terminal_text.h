#pragma once

// Text for a terminal: how wide it is, cut, wrapped, padded, and what a terminal would obey made
// visible. UTF-8; wide characters count two columns, combining ones none. Functions of their
// arguments, any thread.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace awps {

/// Control characters, and bytes that are no UTF-8, as \xNN.
std::string printable(std::string_view text);
/// The same, but line feeds stay, except those at the end.
std::string printable_lines(std::string_view text);
bool is_utf8(std::string_view text);
size_t columns_of(std::string_view text);
/// At most `columns` of it, with … at its end if it was longer. Without columns: nothing.
std::string shortened(std::string_view text, size_t columns);
/// Lines of at most `columns`, broken at blanks (longer words stand alone, cut) and at line feeds;
/// all but the first begin with `indent` blanks.
std::vector<std::string> wrapped(std::string_view text, size_t indent, size_t columns);
std::string padded_left(std::string_view text, size_t columns);
std::string padded_right(std::string_view text, size_t columns);
/// "a, b, c"
std::string joined(const std::vector<std::string>& words, std::string_view between);

}  // namespace awps
