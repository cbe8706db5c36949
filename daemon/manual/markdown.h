#pragma once

// From our own Markdown to roff(7), so that a document of the tree is a page of the manual without
// being written twice. It takes what our documents use: headings, paragraphs, bullets with
// continued lines, fenced code, tables, `code`, **bold**, *italic*, [text](url), and \ before a
// sign. The title (#) is left out, since a page has its own.
//
// A table of two columns becomes tagged paragraphs; one of more is for tbl(1). Pure function.

#include <string>
#include <string_view>

namespace awps {

std::string markdown_as_roff(std::string_view markdown);

}  // namespace awps
